//go:build unix

package nofollow

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRefusals(t *testing.T) {
	path := t.TempDir()
	in := func(name string) string { return filepath.Join(path, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(in("file"), []byte("content"), 0o600))
	must(os.Mkdir(in("dir"), 0o700))
	must(os.Symlink("file", in("link")))
	must(os.Symlink("dir", in("dirlink")))
	must(os.Symlink("nothing", in("dangling")))
	must(os.Symlink("loop", in("loop")))
	must(os.Symlink("/dev/zero", in("zero")))
	must(syscall.Mkfifo(in("pipe"), 0o600))
	t.Chdir(path) // the path of a socket may be short only
	l, err := net.Listen("unix", "socket")
	must(err)
	defer l.Close()
	dir := openRoot(t, path)

	files := map[string]string{
		"dir": "a directory", "link": "a symbolic link", "dirlink": "a symbolic link", "dangling": "a symbolic link",
		"loop": "a symbolic link", "zero": "a symbolic link", "pipe": "a named pipe", "socket": "a socket",
	}
	for name, want := range files {
		_, _, err := Open(dir, name)
		wantRefusal(t, "Open "+name, err, want)
		_, err = OpenOrCreate(dir, name, os.O_WRONLY)
		wantRefusal(t, "OpenOrCreate "+name, err, want)
	}
	dirs := map[string]string{
		"file": "a file", "link": "a symbolic link", "dirlink": "a symbolic link", "dangling": "a symbolic link",
		"loop": "a symbolic link", "pipe": "a named pipe", "socket": "a socket",
	}
	for name, want := range dirs {
		_, err := OpenDir(dir, name)
		wantRefusal(t, "OpenDir "+name, err, want)
		_, err = MakeDir(dir, name)
		wantRefusal(t, "MakeDir "+name, err, want)
	}
	if _, err := os.Lstat(in("nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a dangling link was followed: %v", err)
	}
	dev := openRoot(t, "/dev")
	_, _, err = Open(dev, "null")
	wantRefusal(t, "Open /dev/null", err, "a device")
	_, err = OpenBase(in("pipe"))
	wantRefusal(t, "OpenBase of a pipe", err, "a named pipe")
	_, err = MakeBase(in("file"))
	wantRefusal(t, "MakeBase of a file", err, "a file")
	_, err = MakeBase(in("dangling"))
	wantRefusal(t, "MakeBase of a dangling link", err, "a symbolic link")
}

func TestBaseMayBeALink(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(path, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	dir, err := MakeBase(link)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if fi, err := dir.Stat("."); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v; want 0700", fi.Mode(), err)
	}
}

func TestDirModes(t *testing.T) {
	path := t.TempDir()
	dir := openRoot(t, path)
	for _, c := range []struct {
		mode    fs.FileMode
		refused string // why, or ""
		after   fs.FileMode
	}{
		{0o700, "", 0o700},
		{0o755, "", 0o700},
		{0o750, "", 0o700},
		{0o711, "", 0o700},
		{0o500, "", 0o500},
		{0o720, "others may write to it (mode 0720)", 0o720},
		{0o702, "others may write to it (mode 0702)", 0o702},
		{0o777, "others may write to it (mode 0777)", 0o777},
		{fs.ModeSticky | 0o777, "others may write to it (mode 0777)", 0o777},
	} {
		name := "d" + strings.ReplaceAll(c.mode.String(), "-", "_")
		if err := os.Mkdir(filepath.Join(path, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(path, name), c.mode); err != nil {
			t.Fatal(err)
		}
		for _, step := range []func(*os.Root, string) (*os.Root, error){OpenDir, MakeDir} {
			d, err := step(dir, name)
			if c.refused != "" {
				wantRefusal(t, name, err, c.refused)
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
			} else {
				d.Close()
			}
		}
		if fi, err := os.Stat(filepath.Join(path, name)); err != nil || fi.Mode().Perm() != c.after {
			t.Errorf("%s: mode %v after MakeDir, want %v", name, fi.Mode().Perm(), c.after)
		}
	}
}

func TestPrivate(t *testing.T) {
	path := t.TempDir()
	dir := openRoot(t, path)
	for _, c := range []struct {
		mode fs.FileMode
		want string
	}{
		{0o600, ""},
		{0o400, ""},
		{0o700, ""},
		{fs.ModeSetuid | 0o600, ""},
		{0o644, "open to group or others (mode 0644)"},
		{0o640, "open to group or others (mode 0640)"},
		{0o604, "open to group or others (mode 0604)"},
		{0o620, "open to group or others (mode 0620)"},
		{0o601, "open to group or others (mode 0601)"},
	} {
		name := "f" + strings.ReplaceAll(c.mode.String(), "-", "_")
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(path, name), c.mode); err != nil {
			t.Fatal(err)
		}
		f, fi, err := Open(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		wantRefusal(t, name, CheckPrivate(fi), c.want)

		if f, err = OpenOrCreate(dir, name, os.O_RDONLY); err != nil {
			t.Fatal(err)
		}
		fi, err = f.Stat()
		f.Close()
		if err != nil || fi.Mode()&others != 0 {
			t.Errorf("%s: mode %v after OpenOrCreate", name, fi.Mode())
		}
	}

	if err := os.WriteFile(filepath.Join(path, "one"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(path, "one"), filepath.Join(path, "two")); err != nil {
		t.Fatal(err)
	}
	fi, err := Lstat(dir, "two")
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, "hard link", CheckPrivate(fi), "2 hard links")
	_, err = OpenOrCreate(dir, "two", os.O_WRONLY)
	wantRefusal(t, "OpenOrCreate of a hard link", err, "2 hard links")
}

func TestForeignOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := t.TempDir()
	dir := openRoot(t, path)
	if err := os.WriteFile(filepath.Join(path, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(path, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "dir"} {
		if err := os.Chown(filepath.Join(path, name), 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	fi, err := Lstat(dir, "file")
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, "file", CheckPrivate(fi), "belongs to user 12345")
	_, err = OpenDir(dir, "dir")
	wantRefusal(t, "dir", err, "belongs to user 12345")
	_, err = OpenBase(filepath.Join(path, "dir"))
	wantRefusal(t, "base", err, "belongs to user 12345")
}

// A name that somebody switches between a file and a link to another one is never read through the link.
func TestSwappedWhileOpening(t *testing.T) {
	path := t.TempDir()
	in := func(name string) string { return filepath.Join(path, name) }
	if err := os.WriteFile(in("bob"), []byte("bob"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			err := errors.Join(
				os.WriteFile(in("new"), []byte("alice"), 0o600), os.Rename(in("new"), in("name")),
				os.Symlink("bob", in("new")), os.Rename(in("new"), in("name")))
			if err != nil {
				done <- err
				return
			}
		}
	}()
	defer func() {
		close(stop)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	dir := openRoot(t, path)
	opened := 0
	for range 5000 {
		f, _, err := Open(dir, "name")
		if err != nil {
			if _, ok := errors.AsType[*Refusal](err); !ok && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			continue
		}
		opened++
		got, err := io.ReadAll(f)
		f.Close()
		if err != nil || string(got) != "alice" && string(got) != "" {
			t.Fatalf("read %q through a link, %v", got, err)
		}
	}
	t.Logf("opened %d times", opened)
}

// What is a link by the time that it is opened, and leads to another of its kind, is not taken for what it was.
func TestSwappedBeforeOpening(t *testing.T) {
	for _, kind := range []string{"dir", "file"} {
		path := t.TempDir()
		in := func(name string) string { return filepath.Join(path, name) }
		var err error
		for _, name := range []string{"alice", "bob"} {
			if kind == "dir" {
				err = errors.Join(err, os.Mkdir(in(name), 0o700))
			} else {
				err = errors.Join(err, os.WriteFile(in(name), []byte(name), 0o600))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		dir := openRoot(t, path)
		want, err := Lstat(dir, "alice")
		if err != nil {
			t.Fatal(err)
		}
		swap := func() error { return errors.Join(os.Rename(in("alice"), in("aside")), os.Symlink("bob", in("alice"))) }
		if kind == "dir" {
			_, err = openDir(want, func() (*os.Root, error) {
				if err := swap(); err != nil {
					return nil, err
				}
				return dir.OpenRoot("alice")
			}, checkWriters)
		} else {
			_, _, err = openFile(want, func() (*os.File, error) {
				if err := swap(); err != nil {
					return nil, err
				}
				return dir.Open("alice")
			})
		}
		if !errors.Is(err, errSwapped) {
			t.Errorf("%s: %v, want that it changes", kind, err)
		}
	}
}

// wantRefusal checks that err is a Refusal that says want, or nil if want is "".
func wantRefusal(t *testing.T, what string, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v, want none", what, err)
		}
		return
	}
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok || !strings.Contains(refusal.Problem, want) {
		t.Errorf("%s: %v, want a refusal that says %q", what, err, want)
	}
}
