package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The first go run of the README and its test command are run by .ci/run, which has to start from nothing.

// TestDocumentedCommands pastes the sh blocks of a document into a shell, in an empty home, and checks that the text
// block after one shows what it printed: each of its lines in that order, with anything in place of "…".
func TestDocumentedCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the documents speak sh")
	}
	if testing.Short() {
		t.Skip("builds the program")
	}
	bin := buildProgram(t)
	for _, doc := range []string{"README.md", "docs/quickstart.md", "docs/scripting.md", "docs/migrating.md"} {
		t.Run(doc, func(t *testing.T) {
			t.Parallel()
			blocks := parseBlocks(readFile(t, doc))
			said := runBlocks(t, bin, blocks)
			for i, b := range blocks {
				if missing, ok := shows(said[i], b.output); !ok {
					t.Errorf("%s\n\ndoes not print %q; it prints\n\n%s", b.script, missing, said[i])
				}
			}
		})
	}
}

// buildProgram returns the directory of a program that was just built.
func buildProgram(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "astrid"), ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// block is an sh block and the lines of the text block that follows it.
type block struct {
	script string
	output []string
}

// parseBlocks returns the sh blocks of a document, without those that build the program.
func parseBlocks(doc string) []block {
	var blocks []block
	build := false
	for _, m := range regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```$").FindAllStringSubmatch(doc, -1) {
		switch {
		case m[1] == "sh":
			if build = strings.HasPrefix(m[2], "go build "); !build {
				blocks = append(blocks, block{script: m[2]})
			}
		case !build && len(blocks) > 0:
			blocks[len(blocks)-1].output = strings.Split(strings.TrimSuffix(m[2], "\n"), "\n")
		}
	}
	return blocks
}

// runBlocks runs the blocks in one shell and returns what each printed on both streams.
func runBlocks(t *testing.T, bin string, blocks []block) []string {
	t.Helper()
	const mark = "=== block"
	var script bytes.Buffer
	for _, b := range blocks {
		fmt.Fprintf(&script, "%secho; echo '%s'\n", b.script, mark)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script.String())
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := strings.Split(string(out), mark+"\n")
	if len(said) != len(blocks)+1 {
		t.Fatalf("%d blocks printed in %d parts", len(blocks), len(said)-1)
	}
	return said
}

// shows reports whether the lines of an output include the wanted ones in their order, and if not, which is missing.
func shows(output string, want []string) (missing string, ok bool) {
	lines := strings.Split(output, "\n")
	for _, w := range want {
		if w == "…" {
			continue // other lines may come anywhere
		}
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(w), "…", ".*") + "$")
		i := slices.IndexFunc(lines, pattern.MatchString)
		if i < 0 {
			return w, false
		}
		lines = lines[i+1:]
	}
	return "", true
}
