//go:build unix

package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, err := range []error{
		os.WriteFile(path("file"), []byte("text"), 0o600), os.Symlink("file", path("link")), os.Symlink("/dev/null", path("device")),
		os.Mkdir(path("dir"), 0o700), syscall.Mkfifo(path("pipe"), 0o600), os.Symlink("pipe", path("to-pipe")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	opens := map[string]func(name string) (*os.File, error){
		"Open":   func(name string) (*os.File, error) { return Open(path(name)) },
		"OpenIn": func(name string) (*os.File, error) { return OpenIn(root, name) },
	}
	for what, open := range opens {
		for _, name := range []string{"file", "link"} {
			f, err := open(name)
			if err != nil {
				t.Fatalf("%s %s: %v", what, name, err)
			}
			if text, err := io.ReadAll(f); string(text) != "text" || err != nil {
				t.Errorf("%s %s: got %q, %v", what, name, text, err)
			}
			f.Close()
		}
		for _, name := range []string{"dir", "pipe", "to-pipe"} {
			if f, err := open(name); f != nil || !errors.Is(err, ErrNotRegular) {
				t.Errorf("%s %s: got %v, want that it is no regular file", what, name, err)
			}
		}
		if _, err := open("nothing"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of nothing: %v", what, err)
		}
	}
	if _, err := Open(path("device")); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a device: %v", err)
	}
	if _, err := OpenIn(root, "device"); err == nil || errors.Is(err, ErrNotRegular) {
		t.Errorf("a link out of the root: %v", err)
	}
}
