package cmd_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The canary. Each script works with the marked secret, and with others that it stores; whatever astrid prints,
// writes or hands on while it does, none of them may be in it: not as they are, not in base64, not in hex. A secret
// is at home below secrets/ alone, and on the stdout of whoever asked for it.

// marked is the secret that the scripts work with, as $MARKED and in the file marked.
const marked = "marked-secret-3c8f1d"

// minCanary is the length in bytes of the shortest secret that is looked for: shorter ones are found by chance.
const minCanary = 8

// encodings returns what a secret looks like: as it is, in hex, and in base64 wherever in a text it begins.
func encodings(secret []byte) [][]byte {
	lower := []byte(hex.EncodeToString(secret))
	forms := [][]byte{secret, lower, bytes.ToUpper(lower)}
	for skip := range 3 {
		// A secret in the middle of what is encoded begins at any of three places in a group; its last bytes share
		// their group with what follows.
		whole := secret[skip : skip+(len(secret)-skip)/3*3]
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			forms = append(forms, []byte(enc.EncodeToString(whole)))
		}
	}
	return forms
}

// canaries are the encodings of secrets.
type canaries [][]byte

func (c canaries) sing(text []byte) bool {
	return slices.ContainsFunc(c, func(form []byte) bool { return bytes.Contains(text, form) })
}

func TestCanaries(t *testing.T) {
	c := canaries(encodings([]byte(marked)))
	for _, text := range []string{
		"a" + marked, hex.EncodeToString([]byte("a" + marked + "b")), fmt.Sprintf("%X", marked),
		base64.StdEncoding.EncodeToString([]byte(marked)),
		base64.StdEncoding.EncodeToString([]byte("a" + marked + "b")),
		base64.RawURLEncoding.EncodeToString([]byte("ab" + marked + "c")),
	} {
		if !c.sing([]byte(text)) {
			t.Errorf("%q passes", text)
		}
	}
	if c.sing(nil) || c.sing([]byte(marked[1:])) {
		t.Error("finds what is not there")
	}
}

// watch is what a script's directory was before a command.
type watch struct {
	ts     *testscript.TestScript
	dir    string
	tree   string // of astrid
	before map[string]fileState
	stored canaries
}

type fileState struct {
	size    int64
	modTime time.Time
}

// startWatch looks at the directory of a script. Until the returned watch ends, the environment has no marked secret
// in it: it is the script's to expand, and nothing that a child of astrid could inherit.
func startWatch(ts *testscript.TestScript) *watch {
	w := &watch{ts: ts, dir: ts.Getenv("WORK"), tree: ts.Getenv("ASTRID_HOME")}
	if w.tree == "" {
		w.tree = ts.Getenv("TREE")
	}
	w.before = w.files()
	w.stored = w.secrets()
	ts.Setenv("MARKED", "")
	return w
}

// end checks what astrid wrote and what it said. On stdout it may tell a secret if the arguments ask for it.
func (w *watch) end(args []string, streams ...string) {
	w.ts.Setenv("MARKED", marked)
	c := slices.Concat(w.stored, w.secrets())
	for _, name := range streams {
		if c.sing([]byte(w.ts.ReadFile(name))) && (name == "stderr" || !reveals(args)) {
			w.ts.Fatalf("%s holds a secret", name)
		}
	}
	for path, now := range w.files() {
		if c.sing([]byte(path)) {
			w.ts.Fatalf("a secret is the name of a file")
		}
		if was, ok := w.before[path]; ok && was == now {
			continue
		}
		if data, err := os.ReadFile(path); err == nil && c.sing(data) { // what nobody can read tells nobody
			w.ts.Fatalf("%s holds a secret", path)
		}
	}
}

// reveals reports whether a command was asked for a secret: by --reveal, or by running the capsule that returns its
// own, which is data like any other.
func reveals(args []string) bool {
	i := slices.Index(args, "--action")
	return slices.Contains(args, "--reveal") || i > 0 && i+1 < len(args) && args[i+1] == "leak"
}

// secrets returns the canaries of the marked secret and of all that the tree keeps.
func (w *watch) secrets() canaries {
	c := canaries(encodings([]byte(marked)))
	_ = filepath.WalkDir(filepath.Join(w.tree, "secrets"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // there is none, or a script made it unreadable
		}
		if data, err := os.ReadFile(path); err == nil && len(bytes.TrimSpace(data)) >= minCanary {
			c = append(c, encodings(bytes.TrimSpace(data))...)
		}
		return nil
	})
	return c
}

// files returns the state of every regular file of the script but the secrets.
func (w *watch) files() map[string]fileState {
	states := map[string]fileState{}
	_ = filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case path == filepath.Join(w.tree, "secrets"):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if fi, err := d.Info(); err == nil {
			states[path] = fileState{fi.Size(), fi.ModTime()}
		}
		return nil
	})
	return states
}

// searchTree looks for the marked secret everywhere below the home but where it belongs, whichever program wrote it.
func searchTree(home string) error {
	c := canaries(encodings([]byte(marked)))
	return filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == filepath.Join(home, ".astrid", "secrets"):
			return fs.SkipDir
		case c.sing([]byte(path)):
			return errors.New("the marked secret is the name of a file")
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil && c.sing(data) {
			err = errors.New(path + " holds the marked secret")
		}
		return err
	})
}

// TestScriptsAreWatched checks that scripts run astrid by the commands that look for secrets.
func TestScriptsAreWatched(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("..", "testdata", "script", "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("there are no scripts: %v", err)
	}
	for _, path := range scripts {
		script, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(script)) {
			if strings.HasPrefix(strings.TrimPrefix(line, "! "), "exec astrid") {
				t.Errorf("%s: use run or dialog instead of: %s", path, line)
			}
		}
	}
}
