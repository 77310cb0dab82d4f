package nofollow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func openRoot(t *testing.T, path string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "/a", "a/", `a\b`, "a\x00b", "../a"} {
		if err := CheckName(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("CheckName(%q) = %v, want fs.ErrInvalid", name, err)
		}
	}
	for _, name := range []string{"a", ".a", "...", "a b", "é", ".astrid-x.tmp"} {
		if err := CheckName(name); err != nil {
			t.Errorf("CheckName(%q) = %v", name, err)
		}
	}
}

// On a file system that folds case, dir answers to a name that it does not list.
func TestCheckSpelling(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "alice"), 0o700); err != nil {
		t.Fatal(err)
	}
	dir := openRoot(t, path)
	if err := checkSpelling(dir, "alice"); err != nil {
		t.Errorf("alice: %v", err)
	}
	if _, ok := errors.AsType[*Refusal](checkSpelling(dir, "Alice")); !ok {
		t.Error("Alice was found in the directory of alice")
	}
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	path := t.TempDir()
	dir := openRoot(t, path)
	if err := os.WriteFile(filepath.Join(path, "there"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, "there", os.O_WRONLY); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create of an existing file: %v, want fs.ErrExist", err)
	}
	if _, err := Create(dir, "../out", os.O_WRONLY); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Create of a path: %v, want fs.ErrInvalid", err)
	}
}

func TestMakeBaseCreatesParents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "c")
	if _, err := OpenBase(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("OpenBase before: %v", err)
	}
	for range 2 {
		dir, err := MakeBase(path)
		if err != nil {
			t.Fatal(err)
		}
		dir.Close()
	}
	dir, err := OpenBase(path)
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
}

// What was no link when it was looked at, and is one when it is opened, is refused as what changes, not as an error of the
// system.
func TestSwapped(t *testing.T) {
	if err := swapped(&fs.PathError{Op: "openat", Path: "x", Err: syscall.ELOOP}); err != error(errSwapped) {
		t.Errorf("a link: %v", err)
	}
	if err := swapped(fs.ErrPermission); err != fs.ErrPermission {
		t.Errorf("another error: %v", err)
	}
}
