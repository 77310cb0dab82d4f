package nofollow

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// ReadRegular reads what Open and a check would let be read, and nothing else.
func TestReadRegular(t *testing.T) {
	const limit = 100
	base := t.TempDir()
	write := func(name string, size int, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(base, name), bytes.Repeat([]byte("x"), size), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("fine", 10, 0o600)
	write("empty", 0, 0o600)
	write("full", limit, 0o600)
	write("over", limit+1, 0o600)
	write("open", 10, 0o644)
	write("twice", 10, 0o600)
	for _, err := range []error{
		os.Link(filepath.Join(base, "twice"), filepath.Join(base, "thrice")),
		os.Symlink("fine", filepath.Join(base, "link")),
		os.Symlink("nowhere", filepath.Join(base, "dangling")),
		syscall.Mkfifo(filepath.Join(base, "pipe"), 0o600),
		os.Mkdir(filepath.Join(base, "dir"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	self, err := root.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	slowly := func(name string) ([]byte, fs.FileInfo, bool) {
		f, fi, err := Open(root, name)
		if err != nil {
			return nil, nil, false
		}
		defer f.Close()
		data, err := io.ReadAll(f)
		return data, fi, err == nil && CheckPrivate(fi) == nil && len(data) <= limit
	}
	for name, want := range map[string]bool{
		"fine": true, "empty": true, "full": true, "over": false, "open": false, "twice": false, "link": false, "dangling": false,
		"pipe": false, "dir": false, "absent": false, "": false, ".": false, "..": false, "dir/fine": false, "/etc/hostname": false,
	} {
		data, fi, ok := ReadRegular(self, name, limit, CheckPrivate)
		sure, sureFi, sureOK := slowly(name)
		if ok != want || sureOK != want {
			t.Errorf("%q: read %v, and slowly %v", name, ok, sureOK)
		}
		if !ok || !sureOK {
			continue
		}
		if !bytes.Equal(data, sure) || fi.Name() != name || fi.Size() != sureFi.Size() || fi.Mode() != sureFi.Mode() ||
			!fi.ModTime().Equal(sureFi.ModTime()) || fi.IsDir() || strings.Trim(string(data), "x") != "" {
			t.Errorf("%q: %q, %v; want %q, %v", name, data, fi, sure, sureFi)
		}
	}
}

// What is not read to the size that was seen is not taken for the whole.
func TestReadRegularInPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	self, err := os.Open(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	for size, want := range map[int64]bool{0: false, 9: false, 10: true, 11: false, 100: false} {
		if err := os.WriteFile(path, make([]byte, 10), 0o600); err != nil {
			t.Fatal(err)
		}
		data, _, ok := ReadRegular(self, "file", 100, func(fs.FileInfo) error { return os.Truncate(path, size) })
		if ok != want || ok && len(data) != 10 {
			t.Errorf("of 10 bytes that became %d: %d bytes, %v", size, len(data), ok)
		}
	}
}
