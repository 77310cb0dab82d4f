package home_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"

	"astrid/pkg/home"
)

func TestWriteReadRemove(t *testing.T) {
	h := testHome(t)
	f := h.OverlayFile(principal(t, "alice"), capsule(t, "openai"))
	if _, err := f.Read(10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read before: %v", err)
	}
	if err := f.Remove(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Remove before: %v", err)
	}
	if there, err := f.Exists(); there || err != nil {
		t.Errorf("Exists before: %v, %v", there, err)
	}
	if _, err := os.Lstat(h.Root()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("reading created the tree: %v", err)
	}
	for _, content := range []string{"first", "", "second"} {
		if err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Read(10); err != nil || string(got) != content {
			t.Errorf("Read = %q, %v; want %q", got, err, content)
		}
	}
	wantMode(t, f.Path(), 0o600)
	for dir := filepath.Dir(f.Path()); dir != filepath.Dir(h.Root()); dir = filepath.Dir(dir) {
		wantMode(t, dir, fs.ModeDir|0o700)
	}
	if entries, err := f.Dir().Entries(); err != nil || len(entries) != 1 {
		t.Errorf("entries %v, %v", entries, err)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	if there, err := f.Exists(); there || err != nil {
		t.Errorf("Exists after: %v, %v", there, err)
	}
}

func TestReadLimit(t *testing.T) {
	h := testHome(t)
	f := h.ContextFile()
	if err := f.Write(bytes.Repeat([]byte("x"), 100)); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Read(100); err != nil || len(got) != 100 {
		t.Errorf("at the limit: %d bytes, %v", len(got), err)
	}
	_, err := f.Read(99)
	large, ok := errors.AsType[*home.TooLargeError](err)
	if !ok || large.Limit != 99 || large.Size != 100 || large.Path != f.Path() {
		t.Errorf("over the limit: %v", err)
	}
}

func TestAppend(t *testing.T) {
	h := testHome(t)
	log := h.ContextFile()
	for _, line := range []string{"one\n", "two\n"} {
		w, err := log.Append()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.WriteString(line); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := log.Read(100); err != nil || string(got) != "one\ntwo\n" {
		t.Errorf("%q, %v", got, err)
	}
	wantMode(t, log.Path(), 0o600)
}

func TestEntriesHideOurs(t *testing.T) {
	h := testHome(t)
	d := h.RunDir()
	release, err := d.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".astrid-LEFT.tmp", "b", "a"} {
		if err := os.WriteFile(filepath.Join(d.Path(), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := d.Entries()
	if err != nil || len(entries) != 2 || entries[0].Name() != "a" || entries[1].Name() != "b" {
		t.Errorf("%v, %v; want a and b", entries, err)
	}
	wantMode(t, filepath.Join(d.Path(), ".astrid.lock"), 0o600)
}

// Whoever locks a directory removes what a killed writer left there, and nothing else.
func TestLockSweeps(t *testing.T) {
	h := testHome(t)
	d := h.RunDir()
	in := func(name string) string { return filepath.Join(d.Path(), name) }
	if err := h.ContextFile().Write([]byte("keep")); err != nil {
		t.Fatal(err)
	}
	plant := func() {
		for _, name := range []string{".astrid-LEFT.tmp", ".astrid-other", "x.tmp"} {
			if err := os.WriteFile(in(name), []byte("left"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Mkdir(in(".astrid-DIR.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, lock := range map[string]func() (func() error, error){
		"Lock":    func() (func() error, error) { return d.Lock(t.Context()) },
		"TryLock": d.TryLock,
	} {
		plant()
		release, err := lock()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(in(".astrid-LEFT.tmp")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s left a temporary file: %v", name, err)
		}
		plant()
		if again, err := d.TryLock(); again != nil || err != nil {
			t.Errorf("%s is had twice: %v", name, err)
		}
		if _, err := os.Lstat(in(".astrid-LEFT.tmp")); err != nil {
			t.Errorf("%s: one who did not get the lock removed a file: %v", name, err)
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"cli-context.toml", ".astrid-other", "x.tmp", ".astrid-DIR.tmp", ".astrid.lock"} {
		if _, err := os.Lstat(in(name)); err != nil {
			t.Error(err)
		}
	}
}

// In the bubble the clock of the waiting goroutine jumps: nothing waits for ten seconds.
func TestLockIsBusyAfterTenSeconds(t *testing.T) {
	h := testHome(t)
	release, err := h.RunDir().Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		if _, err := h.RunDir().Lock(t.Context()); !errors.Is(err, home.ErrBusy) {
			t.Errorf("second Lock: %v, want ErrBusy", err)
		}
	})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.RunDir().Lock(canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock with a cancelled context: %v", err)
	}
	// Another directory has another lock.
	other, err := h.VarDir().Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(release(), other()); err != nil {
		t.Fatal(err)
	}
	again, err := h.RunDir().Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again()
}

// wantMode checks the mode of what is at path, where there are modes.
func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	fi, err := os.Lstat(path)
	if err != nil {
		t.Error(err)
	} else if runtime.GOOS != "windows" && fi.Mode() != want {
		t.Errorf("%s: mode %v, want %v", path, fi.Mode(), want)
	}
}
