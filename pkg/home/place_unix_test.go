//go:build unix

package home_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"astrid/pkg/home"
)

// Everything that somebody may plant at any component of a path is refused by every operation, and nothing that
// a link leads to is read or changed.
func TestPlantedAtEveryComponent(t *testing.T) {
	c, k := capsule(t, "openai"), key(t, "api_key")
	alice, bob := home.PrincipalScope(principal(t, "alice")), home.PrincipalScope(principal(t, "bob"))
	plants := map[string]func(path, twin string) error{
		"link inside":   func(path, twin string) error { return os.Symlink(twin, path) },
		"link relative": func(path, twin string) error { return os.Symlink(filepath.Base(twin), path) },
		"dangling link": func(path, _ string) error { return os.Symlink("nowhere", path) },
		"link outside":  func(path, _ string) error { return os.Symlink("/etc", path) },
		"device link":   func(path, _ string) error { return os.Symlink("/dev/zero", path) },
		"pipe":          func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"wrong kind": func(path, twin string) error {
			if fi, err := os.Stat(twin); err != nil || fi.IsDir() {
				return errors.Join(err, os.WriteFile(path, []byte("file"), 0o600))
			}
			return os.Mkdir(path, 0o700)
		},
	}
	ops := map[string]func(home.File) error{
		"Read":        func(f home.File) error { _, err := f.Read(100); return err },
		"ReadPrivate": func(f home.File) error { _, err := f.ReadPrivate(100); return err },
		"Write":       func(f home.File) error { return f.Write([]byte("planted")) },
		"Append":      func(f home.File) error { _, err := f.Append(); return err },
		"Lock":        func(f home.File) error { _, err := f.Dir().Lock(t.Context()); return err },
		"Entries":     func(f home.File) error { _, err := f.Dir().Entries(); return err },
		"Remove":      home.File.Remove,
	}
	// A relative link from secrets/alice/openai/api_key must find bob's: secrets/bob, secrets/alice/openai2, ….
	for depth := range 4 {
		for planted, plant := range plants {
			t.Run(fmt.Sprintf("%s at %d", planted, depth), func(t *testing.T) {
				h := testHome(t)
				mine, other := h.SecretFile(alice, c, k), h.SecretFile(bob, c, k)
				for _, f := range []home.File{mine, other} {
					if err := f.Write([]byte(f.Path())); err != nil {
						t.Fatal(err)
					}
				}
				parts := []string{"secrets", "alice", "openai", "api_key"}
				path := filepath.Join(h.Root(), filepath.Join(parts[:depth+1]...))
				twin := path + "-twin"
				if err := os.Rename(path, twin); err != nil {
					t.Fatal(err)
				}
				if err := plant(path, twin); err != nil {
					t.Fatal(err)
				}
				before := tree(t, h.Root())
				for name, op := range ops {
					if depth == 3 && (name == "Lock" || name == "Entries" || name == "Remove") {
						continue // the file itself is not their concern
					}
					err := op(mine)
					unsafe, ok := errors.AsType[*home.UnsafeError](err)
					if !ok || unsafe.Path != path || unsafe.Remedy != home.Remedy(unsafe.Flaw) {
						t.Errorf("%s: %v, want an *UnsafeError for %s", name, err, path)
					}
				}
				if after := tree(t, h.Root()); after != before {
					t.Errorf("the tree changed from\n%s\nto\n%s", before, after)
				}
			})
		}
	}
}

func TestPlantedLock(t *testing.T) {
	h := testHome(t)
	d := h.RunDir()
	if err := h.ContextFile().Write([]byte("keep")); err != nil {
		t.Fatal(err)
	}
	for _, plant := range []func(path string) error{
		func(path string) error { return os.Symlink("cli-context.toml", path) },
		func(path string) error { return os.Link(h.ContextFile().Path(), path) },
		func(path string) error { return syscall.Mkfifo(path, 0o600) },
		func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		path := filepath.Join(d.Path(), ".astrid.lock")
		if err := plant(path); err != nil {
			t.Fatal(err)
		}
		_, err := d.Lock(t.Context())
		if unsafe, ok := errors.AsType[*home.UnsafeError](err); !ok || unsafe.Path != path {
			t.Errorf("Lock: %v, want an *UnsafeError", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRemoveOfALinkLeavesItsTarget(t *testing.T) {
	h := testHome(t)
	f := h.ContextFile()
	target := filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Write(nil), f.Remove(), os.Symlink(target, f.Path())); err != nil {
		t.Fatal(err)
	}
	if err := f.Remove(); err != nil {
		t.Errorf("Remove of a link: %v", err)
	}
	if _, err := os.Stat(target); err != nil {
		t.Errorf("the target: %v", err)
	}
	if err := os.Mkdir(f.Path(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*home.UnsafeError](f.Remove()); !ok {
		t.Error("a directory was removed")
	}
}

func TestReadPrivate(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(path string) error
		unsafe bool
	}{
		{"as written", func(string) error { return nil }, false},
		{"0400", func(p string) error { return os.Chmod(p, 0o400) }, false},
		{"0644", func(p string) error { return os.Chmod(p, 0o644) }, true},
		{"0640", func(p string) error { return os.Chmod(p, 0o640) }, true},
		{"0604", func(p string) error { return os.Chmod(p, 0o604) }, true},
		{"hard link", func(p string) error { return os.Link(p, p+"2") }, true},
		{"directory 0755", func(p string) error { return os.Chmod(filepath.Dir(p), 0o755) }, false},
		{"directory 0770", func(p string) error { return os.Chmod(filepath.Dir(p), 0o770) }, true},
		{"directory above 0777", func(p string) error { return os.Chmod(filepath.Dir(filepath.Dir(p)), 0o777) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := testHome(t)
			f := h.SecretFile(home.HostScope(), capsule(t, "c"), key(t, "k"))
			if err := f.Write([]byte("value")); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(f.Path()); err != nil {
				t.Fatal(err)
			}
			got, err := f.ReadPrivate(10)
			if _, ok := errors.AsType[*home.UnsafeError](err); ok != c.unsafe || !ok && string(got) != "value" {
				t.Errorf("ReadPrivate = %q, %v", got, err)
			}
			if fi, err := f.Stat(); err == nil && strings.HasPrefix(c.name, "0") {
				if ok := f.CheckPrivate(fi) != nil; ok != c.unsafe {
					t.Errorf("CheckPrivate disagrees with ReadPrivate")
				}
			}
		})
	}
}

// Others may read what is not private, and nobody but its owner may write to it.
func TestReadWhatOthersMayWrite(t *testing.T) {
	reads := map[string]func(home.File) ([]byte, error){
		"Read": func(f home.File) ([]byte, error) { return f.Read(10) },
		"Open": func(f home.File) ([]byte, error) {
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return io.ReadAll(r)
		},
		"View.Read": func(f home.File) ([]byte, error) {
			v, err := f.Dir().View()
			if err != nil {
				return nil, err
			}
			defer v.Close()
			return v.Read(f, 10)
		},
	}
	for name, tt := range map[string]struct {
		spoil func(path string) error
		flaw  home.Flaw // "" for none
	}{
		"0600":      {func(p string) error { return os.Chmod(p, 0o600) }, ""},
		"0644":      {func(p string) error { return os.Chmod(p, 0o644) }, ""},
		"0444":      {func(p string) error { return os.Chmod(p, 0o444) }, ""},
		"0664":      {func(p string) error { return os.Chmod(p, 0o664) }, home.FlawMode},
		"0602":      {func(p string) error { return os.Chmod(p, 0o602) }, home.FlawMode},
		"0666":      {func(p string) error { return os.Chmod(p, 0o666) }, home.FlawMode},
		"hard link": {func(p string) error { return os.Link(p, p+"2") }, ""},
		"foreign":   {func(p string) error { return os.Chown(p, 12345, 12345) }, home.FlawOwner},
	} {
		if name == "foreign" && os.Geteuid() != 0 {
			continue // only root can give files away
		}
		h := testHome(t)
		f := h.ContextFile()
		if err := errors.Join(f.Write([]byte("value")), os.Chmod(f.Dir().Path(), 0o755), tt.spoil(f.Path())); err != nil {
			t.Fatal(err)
		}
		for op, read := range reads {
			got, err := read(f)
			unsafe, refused := errors.AsType[*home.UnsafeError](err)
			switch {
			case tt.flaw == "" && (err != nil || string(got) != "value"):
				t.Errorf("%s of %s: %q, %v", op, name, got, err)
			case tt.flaw != "" && (!refused || unsafe.Flaw != tt.flaw || unsafe.Path != f.Path() || unsafe.Remedy != home.Remedy(tt.flaw)):
				t.Errorf("%s of %s: %q, %v", op, name, got, err)
			}
		}
		locked, err := f.Dir().LockView(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Who is about to write it takes away what others may do.
		if got, err := locked.Read(f, 10); (err == nil) != (tt.flaw != home.FlawOwner) || err == nil && string(got) != "value" {
			t.Errorf("before a write of %s: %q, %v", name, got, err)
		}
		if err := locked.Release(); err != nil {
			t.Error(err)
		}
	}
}

// The Rust runtime leaves directories and logs at whatever the umask said. Our next write tightens them.
func TestWritesTighten(t *testing.T) {
	h := testHome(t)
	f := h.LogFile(principal(t, "alice"), capsule(t, "c"), time.Now())
	w, err := f.Append()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	var paths []string
	for path := f.Path(); path != filepath.Dir(h.Root()); path = filepath.Dir(path) {
		paths = append(paths, path)
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Read(10); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o755 {
			t.Errorf("reading changed %s to %v, %v", path, fi.Mode(), err)
		}
	}
	if w, err = f.Append(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for _, path := range paths {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v; want 0700", path, fi.Mode(), err)
		}
	}
}

func TestHomeMayBeALink(t *testing.T) {
	base := t.TempDir()
	link := filepath.Join(base, ".astrid")
	if err := errors.Join(os.Mkdir(filepath.Join(base, "real"), 0o700), os.Symlink("real", link)); err != nil {
		t.Fatal(err)
	}
	h, err := home.At(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ContextFile().Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(base, "real", "run", "cli-context.toml")); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(filepath.Join(base, "real"), 0o777); err != nil {
		t.Fatal(err)
	}
	_, err = h.ContextFile().Read(1)
	if unsafe, ok := errors.AsType[*home.UnsafeError](err); !ok || unsafe.Path != link {
		t.Errorf("a home that others may write: %v", err)
	}
}

// tree describes all that is below root, following nothing.
func tree(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case fi.Mode().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = string(data)
		case fi.Mode()&fs.ModeSymlink != 0:
			if content, err = os.Readlink(path); err != nil {
				return err
			}
		}
		fmt.Fprintln(&b, path, fi.Mode(), strconv.Quote(content))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
