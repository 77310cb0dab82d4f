package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
)

func openRoot(t *testing.T) (*os.Root, string) {
	t.Helper()
	path := t.TempDir()
	dir, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir, path
}

func TestWriteReplaces(t *testing.T) {
	dir, path := openRoot(t)
	for _, content := range []string{"a longer first content", "second", ""} {
		if err := Write(dir, "name", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(path, "name")); err != nil || string(got) != content {
			t.Errorf("%q, %v; want %q", got, err, content)
		}
	}
	wantOnly(t, path, "name")
}

func TestWriteFails(t *testing.T) {
	dir, path := openRoot(t)
	if err := os.Mkdir(filepath.Join(path, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, "dir", []byte("x")); err == nil {
		t.Error("a directory was replaced")
	}
	if err := Write(dir, "../out", []byte("x")); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a path: %v, want fs.ErrInvalid", err)
	}
	wantOnly(t, path, "dir")
}

// What is wrong with one of several is found out before any has its name, and nothing is left behind.
func TestWriteAll(t *testing.T) {
	dir, path := openRoot(t)
	if err := WriteAll(dir, []Content{{"a", []byte("old")}}); err != nil {
		t.Fatal(err)
	}
	if err := WriteAll(dir, []Content{{"a", []byte("new")}, {"b", nil}, {"../out", nil}}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("with a path: %v, want fs.ErrInvalid", err)
	}
	wantOnly(t, path, "a")
	if got, err := os.ReadFile(filepath.Join(path, "a")); err != nil || string(got) != "old" {
		t.Errorf("%q, %v; want the old content", got, err)
	}
	// A rename that fails leaves no temporary file of those that were still to come.
	if err := os.Mkdir(filepath.Join(path, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteAll(dir, []Content{{"dir", nil}, {"b", nil}}); err == nil {
		t.Error("a directory was replaced")
	}
	if err := os.Remove(filepath.Join(path, "dir")); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, path, "a")
}

// The temporary name of one write is never that of another, so writers cannot interleave: each content that is
// ever seen is whole.
func TestConcurrentWritesStayWhole(t *testing.T) {
	dir, path := openRoot(t)
	const writers = 16
	content := func(i int) []byte {
		b := make([]byte, 1000+i)
		for j := range b {
			b[j] = byte('a' + i)
		}
		return b
	}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for range 5 {
				if err := Write(dir, "name", content(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	check := func() {
		got, err := os.ReadFile(filepath.Join(path, "name"))
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil || len(got) < 1000 || string(got) != string(content(int(got[0]-'a'))) {
			t.Errorf("torn: %d bytes, %v", len(got), err)
		}
	}
	wg.Go(func() {
		for range 200 {
			check()
		}
	})
	wg.Wait()
	check()
	wantOnly(t, path, "name")
}

func TestIsTemp(t *testing.T) {
	dir, path := openRoot(t)
	name, err := writeTemp(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !IsTemp(name) || IsTemp("name") || IsTemp(".astrid.lock") || IsTemp(".name.tmp") {
		t.Errorf("IsTemp is wrong about %q or another", name)
	}
	wantOnly(t, path, name)
}

func TestLock(t *testing.T) {
	_, path := openRoot(t)
	open := func() *os.File {
		f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	if err := Lock(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // where ten seconds take no time
		if err := Lock(t.Context(), second); !errors.Is(err, ErrBusy) {
			t.Errorf("while held: %v, want ErrBusy", err)
		}
		short, cancel := context.WithTimeout(t.Context(), Wait/2)
		defer cancel()
		if err := Lock(short, second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a shorter deadline: %v, want DeadlineExceeded", err)
		}
	})
	released := make(chan error)
	go func() { released <- first.Close() }()
	if err := Lock(t.Context(), second); err != nil {
		t.Errorf("after the release: %v", err)
	}
	if err := <-released; err != nil {
		t.Fatal(err)
	}
	closed := open()
	closed.Close()
	if err := Lock(t.Context(), closed); err == nil || errors.Is(err, ErrBusy) {
		t.Errorf("of a closed file: %v, want the reason at once", err)
	}
}

// wantOnly checks that the directory at path holds nothing but name.
func wantOnly(t *testing.T, path, name string) {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the directory holds %v, %v; want only %s", entries, err, name)
	}
}
