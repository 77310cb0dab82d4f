package main_test

// Rules of the repository that no compiler checks.

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPackageDocs checks that every package says in its doc.go what it is, and only there.
func TestPackageDocs(t *testing.T) {
	packages := map[string]bool{} // directories, with whether a doc.go was seen
	eachGoFile(t, parser.ParseComments|parser.PackageClauseOnly, func(name string, f *ast.File) {
		dir := path.Dir(name)
		if strings.HasSuffix(name, "_test.go") || dir == "." {
			return
		}
		packages[dir] = packages[dir] || path.Base(name) == "doc.go"
		switch doc := f.Doc.Text(); {
		case path.Base(name) != "doc.go":
			if doc != "" {
				t.Errorf("%s has a package comment, which belongs in doc.go", name)
			}
		case !strings.HasPrefix(doc, "Package "+f.Name.Name+" "):
			t.Errorf("%s does not begin with \"Package %s\"", name, f.Name.Name)
		case strings.Count(doc, "\n") < 2:
			t.Errorf("%s does not say what the package owns and what it leaves to others", name)
		}
	})
	for dir, documented := range packages {
		if !documented {
			t.Errorf("%s has no doc.go", dir)
		}
	}
}

// TestPromisesHaveTests checks that the tests which docs/security.md names exist. That they ran and passed is checked where
// all of them run.
func TestPromisesHaveTests(t *testing.T) {
	names := regexp.MustCompile("`([a-z][a-z/]*)\\.((?:Test|Fuzz)[A-Za-z0-9_]+)`").FindAllStringSubmatch(readFile(t, "docs/security.md"), -1)
	if len(names) < 50 {
		t.Errorf("docs/security.md names %d tests", len(names))
	}
	for _, m := range names {
		files, err := filepath.Glob(filepath.Join(filepath.FromSlash(m[1]), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(file string) bool { return strings.Contains(readFile(t, file), "\nfunc "+m[2]+"(") }) {
			t.Errorf("docs/security.md names %s, which %s does not have", m[2], m[1])
		}
	}
}

// TestExitCodes checks that docs/exit-codes.md lists the codes of cmd/exit.go, and no other.
func TestExitCodes(t *testing.T) {
	var code []int
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("cmd", "exit.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, spec := range g.Specs {
				code = append(code, exitConstant(t, spec.(*ast.ValueSpec)))
			}
		}
	}
	var documented []int
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(readFile(t, "docs/exit-codes.md"), -1) {
		n, _ := strconv.Atoi(m[1])
		documented = append(documented, n)
	}
	if diff := cmp.Diff(code, documented); diff != "" {
		t.Errorf("cmd/exit.go and docs/exit-codes.md differ (-code +docs):\n%s", diff)
	}
}

func exitConstant(t *testing.T, spec *ast.ValueSpec) int {
	lit, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		t.Fatalf("%s is no literal", spec.Names[0])
	}
	n, err := strconv.Atoi(lit.Value)
	if err != nil {
		t.Fatalf("%s: %v", spec.Names[0], err)
	}
	return n
}

// TestCommandsToPaste checks that commands are not written around names: what an operator pastes is from internal/paste.
func TestCommandsToPaste(t *testing.T) {
	around := regexp.MustCompile(`\bastrid [a-z]+( [a-z]+)*( [^\n'"]*%[a-z]| "$)`)
	eachGoFile(t, 0, func(name string, f *ast.File) {
		if strings.HasSuffix(name, "_test.go") || path.Dir(name) == "internal/paste" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && around.MatchString(lit.Value) {
				t.Errorf("%s has a command with a place for a name: %s", name, lit.Value)
			}
			return true
		})
	})
}

// TestFixtureSums checks that every binary fixture is the one whose sum was committed with it.
func TestFixtureSums(t *testing.T) {
	sums := map[string]string{}
	var binaries []string
	eachFile(t, "testdata", func(name string) {
		switch {
		case strings.HasSuffix(name, ".wasm"):
			binaries = append(binaries, name)
		case strings.HasSuffix(name, ".sha256"), path.Base(name) == "SHA256SUMS":
			lines := bufio.NewScanner(strings.NewReader(readFile(t, name)))
			for lines.Scan() {
				sum, file, ok := strings.Cut(lines.Text(), "  ")
				if !ok {
					t.Errorf("%s: cannot read %q", name, lines.Text())
				}
				sums[path.Join(path.Dir(name), file)] = sum
			}
		}
	})
	if len(binaries) == 0 {
		t.Fatal("there are no fixtures")
	}
	for _, name := range binaries {
		sum := sha256.Sum256([]byte(readFile(t, name)))
		switch want, ok := sums[name]; {
		case !ok:
			t.Errorf("%s has no committed sum", name)
		case want != hex.EncodeToString(sum[:]):
			t.Errorf("%s is not the file whose sum was committed", name)
		}
		delete(sums, name)
	}
	for name := range sums {
		t.Errorf("%s has a sum but is not there", name)
	}
}

// TestDependencies checks that docs/rationale.md argues for every module that the code imports, and for no other.
func TestDependencies(t *testing.T) {
	imported := map[string]bool{}
	eachGoFile(t, parser.ImportsOnly, func(_ string, f *ast.File) {
		for _, spec := range f.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			if host, _, _ := strings.Cut(p, "/"); strings.Contains(host, ".") {
				imported[p] = true
			}
		}
	})
	unused := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(readFile(t, "docs/rationale.md"), -1) {
		unused[m[1]] = true
	}
	argued := slices.Collect(maps.Keys(unused))
	for p := range imported {
		i := slices.IndexFunc(argued, func(module string) bool { return p == module || strings.HasPrefix(p, module+"/") })
		if i < 0 {
			t.Errorf("%s is imported, and docs/rationale.md does not say why", p)
			continue
		}
		delete(unused, argued[i])
	}
	for module := range unused {
		t.Errorf("docs/rationale.md argues for %s, which nothing imports", module)
	}
}

// TestLinks checks that the links between documents lead somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	eachFile(t, ".", func(name string) {
		if path.Ext(name) != ".md" {
			return
		}
		for _, m := range link.FindAllStringSubmatch(readFile(t, name), -1) {
			if _, err := os.Stat(filepath.FromSlash(path.Join(path.Dir(name), m[1]))); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
			}
		}
	})
}

// eachGoFile parses the Go files of the module.
func eachGoFile(t *testing.T, mode parser.Mode, visit func(name string, f *ast.File)) {
	t.Helper()
	eachFile(t, ".", func(name string) {
		if path.Ext(name) != ".go" {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, mode)
		if err != nil {
			t.Error(err)
			return
		}
		visit(name, f)
	})
}

// eachFile visits the files below dir by their slash-separated names, except for what begins with a dot, for
// dependencies of fixtures, and for modules of their own.
func eachFile(t *testing.T, dir string, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		if e.IsDir() {
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			if strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules" || err == nil {
				return fs.SkipDir
			}
			return nil
		}
		visit(filepath.ToSlash(name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
