package cmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"astrid/internal/iostreams"
)

// verbCalls has plausible arguments for every verb, and after a "<" what is on its stdin. IN is a directory with the
// files that they name.
var verbCalls = []string{
	"capability audit greeter",
	"capability check greeter net_connect",
	"capability explain net_connect",
	"capability list",
	"capability list greeter",
	"capability test greeter net_connect api.example.com:443",
	"capsule check IN/greeter",
	"capsule inspect greeter",
	"capsule inspect IN/greeter/greeter.wasm",
	"capsule install IN/greeter --no-input",
	"capsule list",
	"capsule logs greeter",
	"capsule logs",
	"capsule pack IN/greeter -o IN/packed",
	"capsule remove greeter --yes",
	"capsule run greeter --action report",
	"capsule run IN/greeter/greeter.wasm --action report",
	"capsule show greeter",
	"capsule verify",
	"capsule verify greeter",
	"completion bash",
	"doctor",
	"doctor --fix",
	"env diff greeter default alice",
	"env edit greeter",
	"env export greeter",
	"env get greeter base_url",
	"env import greeter <base_url=http://y",
	"env list greeter",
	"env set greeter base_url=http://y",
	"env unset greeter base_url",
	"principal create bob",
	"principal list",
	"principal remove alice --yes",
	"principal show",
	"principal use alice",
	"secret check",
	"secret check greeter",
	"secret copy greeter api_key --to-principal alice",
	"secret delete greeter api_key --yes",
	"secret get greeter api_key",
	"secret get greeter api_key --reveal",
	"secret import greeter <api_key=value",
	"secret list",
	"secret list greeter",
	"secret migrate greeter",
	"secret move greeter api_key --to-principal alice",
	"secret set greeter api_key <value",
	"version",
}

// faults are what may be wrong with a tree, or with what a verb is started with.
var faults = []struct {
	name   string
	damage func(w *faultyWorld) error
}{
	{"nothing", func(*faultyWorld) error { return nil }},
	{"nothing installed", func(w *faultyWorld) error { return os.RemoveAll(w.root) }},
	{"output", func(w *faultyWorld) error { w.full = true; return nil }},
	{"relative root", func(w *faultyWorld) error { w.root = "relative"; return nil }},
	{"open root", func(w *faultyWorld) error { return os.Chmod(w.root, 0o777) }},
	{"open home", func(w *faultyWorld) error { return os.Chmod(filepath.Join(w.root, "home"), 0o777) }},
	{"open secrets", func(w *faultyWorld) error { return os.Chmod(filepath.Join(w.root, "secrets"), 0o777) }},
	{"open code", func(w *faultyWorld) error { return os.Chmod(filepath.Join(w.root, "bin"), 0o777) }},
	{"layout", func(w *faultyWorld) error { return w.write("2", "etc", "layout-version") }},
	{"context", func(w *faultyWorld) error { return w.write("active_agent =", "run", "cli-context.toml") }},
	{"manifest", func(w *faultyWorld) error {
		return w.write("[package", "home", "default", ".local", "capsules", "greeter", "Capsule.toml")
	}},
	{"settings", func(w *faultyWorld) error {
		return w.write("{", "home", "default", ".config", "env", "greeter.env.json")
	}},
	{"secret", func(w *faultyWorld) error { return w.write("\xff", "secrets", "default", "greeter", "api_key") }},
	{"code", func(w *faultyWorld) error {
		files, _ := filepath.Glob(filepath.Join(w.root, "bin", "*.wasm"))
		return os.WriteFile(files[0], []byte("\x00asm"), 0o600)
	}},
}

// TestExitStatus runs every verb on trees that something is wrong with, and checks that its help lists the code that it
// ends with, or that of the program does.
func TestExitStatus(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	prepared := &faultyWorld{t: t, root: filepath.Join(whole, "tree"), in: whole}
	copyFiles(t, filepath.Join("..", "testdata", "capsules", "greeter"), filepath.Join(whole, "greeter"))
	for _, call := range []string{
		"principal create default", "principal create alice", "capsule install IN/greeter --no-input",
		"env set greeter base_url=http://x", "secret set greeter api_key <value", "capsule run greeter --action report",
	} {
		if code, said := prepared.run(call); code != exitOK {
			t.Fatalf("%s: %d: %s", call, code, said)
		}
	}
	root := testRoot(t)
	common := exitStatus(root)
	called := map[*cobra.Command]bool{}
	for _, call := range verbCalls {
		c, _, err := root.Find(strings.Fields(call))
		if err != nil {
			t.Fatal(err)
		}
		called[c] = true
		listed := exitStatus(c)
		for _, fault := range faults {
			if runtime.GOOS == "windows" && strings.HasPrefix(fault.name, "open ") {
				continue
			}
			w := &faultyWorld{t: t, in: t.TempDir()}
			w.root = filepath.Join(w.in, "tree")
			copyFiles(t, whole, w.in)
			if err := fault.damage(w); err != nil {
				t.Fatal(err)
			}
			if code, said := w.run(call); !listed[code] && !common[code] {
				t.Errorf("%s: astrid %s ends with %d, which its help does not list: %s", fault.name, call, code, said)
			}
		}
	}
	for _, c := range documented(root) {
		if !c.HasAvailableSubCommands() && !called[c] {
			t.Errorf("%s: verbCalls does not call it", c.CommandPath())
		}
	}
}

// exitStatus returns the codes that a command's help lists.
func exitStatus(c *cobra.Command) map[int]bool {
	codes, in := map[int]bool{}, false
	for _, b := range parseLong(c.Long) {
		if b.heading != "" {
			in = b.heading == "EXIT STATUS"
		}
		for _, term := range b.terms {
			if code, err := strconv.Atoi(term.word); err == nil && in {
				codes[code] = true
			}
		}
	}
	return codes
}

// faultyWorld is what a verb is run in.
type faultyWorld struct {
	t        *testing.T
	root, in string // $ASTRID_HOME, and what IN stands for
	full     bool   // stdout takes nothing
}

func (w *faultyWorld) write(text string, path ...string) error {
	file := filepath.Join(append([]string{w.root}, path...)...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

func (w *faultyWorld) run(call string) (code int, said string) {
	line, stdin, _ := strings.Cut(call, "<")
	streams, _, stderr := iostreams.Test(stdin)
	if w.full {
		streams.Out = fullDisk{}
	}
	env := map[string]string{"ASTRID_HOME": w.root, "EDITOR": "true"}
	a := &app{io: streams, now: time.Now, lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	args := strings.Fields(line)
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "IN", w.in)
	}
	code = a.main(w.t.Context(), args)
	return code, stderr.String()
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// copyFiles copies a tree, with the modes of one that is private.
func copyFiles(t *testing.T, from, to string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(from), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, path), 0o700)
		}
		data, err := os.ReadFile(filepath.Join(from, path))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
