package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"astrid/internal/iostreams"
)

func testRoot(t *testing.T, args ...string) *cobra.Command {
	t.Helper()
	streams, _, _ := iostreams.Test("")
	return (&app{io: streams, lookup: func(string) (string, bool) { return "", false }}).root(args)
}

// TestReference checks that docs/cli is what the commands say now.
func TestReference(t *testing.T) {
	want := markdownPages(testRoot(t))
	dir := filepath.Join("..", "docs", "cli")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		have[e.Name()] = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("docs/cli is not current: run 'go generate .' in the root of the repository (-commands +docs/cli)\n%s", diff)
	}
}

// TestVerbs checks that each verb is documented whole.
func TestVerbs(t *testing.T) {
	for _, c := range documented(testRoot(t)) {
		for _, f := range jsonFields(c) {
			if strings.Contains(f.text, "any") {
				t.Errorf("%s: the type of the field %s is not known: give jsonField a function that returns it", c.CommandPath(), f.word)
			}
		}
		if c.HasAvailableSubCommands() {
			continue
		}
		if !strings.Contains(c.Long, "\nEXIT STATUS\n") {
			t.Errorf("%s: its help has no EXIT STATUS", c.CommandPath())
		}
		if c.Example == "" {
			t.Errorf("%s: its help has no example", c.CommandPath())
		}
	}
}

// TestCompletions checks that every argument has a completion, and that flags that name a file complete to files. What
// other flags take completes to what they say, or to nothing.
func TestCompletions(t *testing.T) {
	for _, c := range documented(testRoot(t)) {
		if strings.ContainsAny(c.Use, "<|") && c.ValidArgsFunction == nil && c.ValidArgs == nil {
			t.Errorf("%s: its arguments have no completion", c.CommandPath())
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if name, _ := pflag.UnquoteUsage(f); (name == "file" || name == "directory") && !completesToFiles(f) {
				t.Errorf("%s: --%s does not complete to files: use MarkFlagFilename or MarkFlagDirname", c.CommandPath(), f.Name)
			}
		})
	}
}

// A command is made alone where the arguments begin with it, and is the same as among all others.
func TestCommandsAreMadeAlone(t *testing.T) {
	for _, c := range testRoot(t).Commands() {
		if c.Hidden {
			continue
		}
		alone := testRoot(t, c.Name(), "x").Commands()
		if len(alone) != 1 || alone[0].Name() != c.Name() {
			t.Errorf("astrid %s is not made alone: there are %d commands", c.Name(), len(alone))
		}
	}
}

func TestParseLong(t *testing.T) {
	got := parseLong(`One paragraph
of two lines:
  good  fine
  bad   not
        at all

  literal
    text

EXIT STATUS
  0    done
  130  interrupted`)
	want := []docBlock{
		{text: "One paragraph of two lines:"},
		{terms: []term{{"good", "fine"}, {"bad", "not at all"}}},
		{verbatim: "literal\n  text"},
		{heading: "EXIT STATUS"},
		{terms: []term{{"0", "done"}, {"130", "interrupted"}}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(docBlock{}, term{})); diff != "" {
		t.Error(diff)
	}
}

// What a help text holds must not be taken for markup.
func TestMarkup(t *testing.T) {
	if got, want := markdown("<a> __b__ *c* [d](e) `f` \\"), "\\<a> \\_\\_b\\_\\_ \\*c\\* \\[d](e) \\`f\\` \\\\"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := roff(".TH\n'x\n--y \\fB"), "\\&.TH\n\\&'x\n\\-\\-y \\efB"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := breakable("fields: a,b,c, and d"), `fields: a,\:b,\:c, and d`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWriteFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	for _, files := range []map[string]string{{"astrid.1": "a", "astrid-old.1": "b"}, {"astrid.1": "c"}} {
		if err := writeFiles(dir, files); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, e := range entries {
			b, _ := os.ReadFile(filepath.Join(dir, e.Name()))
			got[e.Name()] = string(b)
		}
		if diff := cmp.Diff(files, got); diff != "" {
			t.Error(diff)
		}
	}
}

// Every page is of one program, and every script for one shell.
func TestPages(t *testing.T) {
	root := testRoot(t)
	for name, page := range manPages(root) {
		title := strings.ToUpper(strings.TrimSuffix(name, ".1"))
		if !strings.HasPrefix(page, ".TH "+title+" 1 ") || !strings.Contains(page, "\n.SH DESCRIPTION\n") {
			t.Errorf("%s is no man page:\n%s", name, page)
		}
	}
	scripts, err := completionScripts(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, sign := range map[string]string{
		"astrid.bash": "complete -o default", "astrid.zsh": "#compdef astrid",
		"astrid.fish": "complete -c astrid", "astrid.ps1": "Register-ArgumentCompleter",
	} {
		if !strings.Contains(scripts[name], sign) {
			t.Errorf("%s does not contain %q", name, sign)
		}
	}
}
