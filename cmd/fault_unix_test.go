//go:build unix

package cmd_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	oldValue = "old-value-0451"
	newValue = "new-value-1984"
)

// A machine that runs out of something, or a tree that cannot be written to, costs an error and no value: what was stored
// stays, nothing is left behind, and the same command works once there is room.
func TestFaults(t *testing.T) {
	for fault, tt := range map[string]struct {
		code   int
		says   string
		before []string
		disk   bool // of its own
		spoil  func(*cli) (mend func() error)
	}{
		"file size":       {code: 1, says: "file too large", before: sh("ulimit -f 0")},
		"descriptors":     {code: 1, says: "too many open files", before: sh("ulimit -n 6")},
		"space":           {code: 1, says: "no space left", disk: true, spoil: (*cli).fill},
		"read-only disk":  {code: 1, says: "read-only file system", disk: true, spoil: (*cli).remountReadOnly},
		"read-only files": {code: 1, says: "permission denied", spoil: (*cli).makeReadOnly},
		"foreign files":   {code: 6, says: "belongs to user 12345", spoil: (*cli).giveAway},
		"open to others":  {code: 6, says: "others may write", spoil: (*cli).openUp},
	} {
		for command, write := range writes() {
			t.Run(fault+"/"+command, func(t *testing.T) {
				t.Parallel()
				c := newCLI(t)
				stdin, args := write(oldValue)
				mend := func() error { return nil }
				if tt.disk {
					c.mountTmpfs()
				}
				c.must(stdin, args...)
				old := c.values(command)
				if tt.spoil != nil {
					mend = tt.spoil(c)
				}
				stdin, args = write(newValue)
				code, out := c.with(tt.before...).run(stdin, args...)
				if code != tt.code || !strings.Contains(out, tt.says) || strings.Contains(out, newValue) {
					t.Errorf("exit code %d, want %d and %q: %s", code, tt.code, tt.says, out)
				}
				if err := mend(); err != nil {
					t.Fatal(err)
				}
				if got := c.values(command); !slices.Equal(got, old) {
					t.Errorf("%q became %q", old, got)
				}
				c.wantClean()
				c.must(stdin, args...)
				if got := c.values(command); slices.Contains(got, oldValue) || slices.Contains(got, "") {
					t.Errorf("after it was mended: %q", got)
				}
			})
		}
	}
}

// sh runs a program after a command of the shell.
func sh(command string) []string { return []string{"sh", "-c", command + ` && exec "$@"`, "sh"} }

// mountTmpfs puts the tree on a file system of 128 KiB.
func (c *cli) mountTmpfs() {
	c.Helper()
	if err := mountTmpfs(c.home.Root()); err != nil {
		c.Skipf("a file system of its own needs root: %v", err)
	}
	c.Cleanup(func() {
		if err := unmountTmpfs(c.home.Root()); err != nil {
			c.Error(err)
		}
	})
}

// fill leaves room for the names of a few files and for no content.
func (c *cli) fill() (mend func() error) {
	path := filepath.Join(c.home.Root(), "filler")
	err := os.WriteFile(path, make([]byte, 1<<20), 0o600)
	if !errors.Is(err, unix.ENOSPC) {
		c.Fatalf("the disk is not full: %v", err)
	}
	return func() error { return os.Remove(path) }
}

func (c *cli) remountReadOnly() (mend func() error) {
	if err := remountTmpfs(c.home.Root(), true); err != nil {
		c.Fatal(err)
	}
	return func() error { return remountTmpfs(c.home.Root(), false) }
}

// dirs returns the directories that the tests write to.
func (c *cli) dirs() []string {
	c.Helper()
	var dirs []string
	err := filepath.WalkDir(c.home.Root(), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && (filepath.Base(path) == "nobodys" || filepath.Base(path) == "env") {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil || len(dirs) == 0 {
		c.Fatalf("%v, %v", dirs, err)
	}
	return dirs
}

func (c *cli) chmodDirs(mode fs.FileMode) error {
	var err error
	for _, dir := range c.dirs() {
		err = errors.Join(err, os.Chmod(dir, mode))
	}
	return err
}

func (c *cli) makeReadOnly() (mend func() error) {
	c.asNobody()
	if err := c.chmodDirs(0o500); err != nil {
		c.Fatal(err)
	}
	return func() error { return errors.Join(c.chmodDirs(0o700), c.asRoot()) }
}

// asRoot gives the tree back to who runs the test.
func (c *cli) asRoot() error {
	c.program = "astrid"
	if os.Geteuid() != 0 {
		return nil
	}
	return filepath.WalkDir(c.home.Root(), func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, 0, 0))
	})
}

func (c *cli) giveAway() (mend func() error) {
	if os.Geteuid() != 0 {
		c.Skip("only root can give files away")
	}
	chown := func(uid int) (err error) {
		for _, dir := range c.dirs() {
			err = errors.Join(err, os.Chown(dir, uid, uid))
		}
		return err
	}
	if err := chown(12345); err != nil {
		c.Fatal(err)
	}
	return func() error { return chown(0) }
}

func (c *cli) openUp() (mend func() error) {
	if err := c.chmodDirs(0o777); err != nil {
		c.Fatal(err)
	}
	return func() error { return c.chmodDirs(0o700) }
}

// What the system answers to a single call, as a disk that fails would have it.
func TestInjectedFaults(t *testing.T) {
	for _, tt := range []struct {
		inject, says string
		stored       bool // the new value is in place, and only its durability in doubt
	}{
		{"fsync:error=EIO:when=1", "input/output error", false},
		{"fsync:error=EDQUOT:when=1", "disk quota exceeded", false},
		{"fsync:error=ENOSPC:when=1", "no space left", false},
		{"renameat:error=EIO", "input/output error", false},
		{"renameat:error=ENOSPC", "no space left", false},
		{"flock:error=ENOLCK", "no locks available", false},
		{"fchmod:error=EIO", "input/output error", false},
		{"fsync:error=EIO", "a loss of power may undo it", true}, // of the directory
	} {
		t.Run(tt.inject, func(t *testing.T) {
			t.Parallel()
			strace := straceOrSkip(t)
			c := newCLI(t)
			stdin, args := writes()["secret set"](oldValue)
			c.must(stdin, args...)
			stdin, args = writes()["secret set"](newValue)
			call, _, _ := strings.Cut(tt.inject, ":")
			before := []string{strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=" + call, "-e", "inject=" + tt.inject}
			if tt.stored {
				if os.Geteuid() != 0 {
					t.Skip("only root sees which file a call is about")
				}
				before = append(before, "-P", filepath.Dir(c.path("secret set")))
			}
			code, out := c.with(before...).run(stdin, args...)
			if code != 1 || !strings.Contains(out, tt.says) || strings.Contains(out, newValue) {
				t.Errorf("exit code %d, want 1 and %q: %s", code, tt.says, out)
			}
			want := oldValue
			if tt.stored {
				want = newValue
			}
			if got, _ := c.secret("api_key"); got != want {
				t.Errorf("the value is %q, want %q", got, want)
			}
			c.wantClean()
		})
	}
}

// A loss of power finds the old value or the new one: the new file is on disk before it has its name, and the name is
// before the program says that it is done.
func TestWritesAreInOrder(t *testing.T) {
	for command, write := range writes() {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			strace := straceOrSkip(t)
			c := newCLI(t)
			stdin, args := write(oldValue)
			c.must(stdin, args...)
			trace := filepath.Join(t.TempDir(), "trace")
			stdin, args = write(newValue)
			c.with(strace, "-f", "-qq", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,rename,renameat,renameat2").must(stdin, args...)
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			var calls []string
			var lines []string
			for line := range strings.Lines(string(text)) {
				name := regexp.MustCompile(`(fsync|rename)[a-z0-9]*\(`).FindStringSubmatch(line)
				if name == nil {
					continue // the rest of a call that another one interrupted, or a signal
				}
				calls, lines = append(calls, name[1]), append(lines, line)
			}
			files := 1
			if command == "secret import" {
				files = 3
			}
			want := slices.Concat(slices.Repeat([]string{"fsync"}, files), slices.Repeat([]string{"rename"}, files), []string{"fsync"})
			if !slices.Equal(calls, want) || strings.Contains(string(text), "= -1") {
				t.Fatalf("%v, want %v:\n%s", calls, want, text)
			}
			if os.Geteuid() == 0 { // who else cannot see what the descriptors are
				if first, last := lines[0], lines[len(lines)-1]; !strings.Contains(first, ".astrid-") || !strings.Contains(last, filepath.Dir(c.path(command))+">") {
					t.Errorf("first %s, last %s", first, last)
				}
			}
		})
	}
}

// path returns where the command of writes stores something.
func (c *cli) path(command string) string {
	n := c.names()
	if command == "env set" {
		return c.home.OverlayFile(n.alice, n.capsule).Path()
	}
	return filepath.Join(c.home.Root(), "secrets", "alice", "nobodys", "api_key")
}

func straceOrSkip(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if out, err := exec.CommandContext(t.Context(), path, "-o", os.DevNull, "-e", "inject=fsync:error=EIO", "true").CombinedOutput(); err != nil {
		t.Skipf("strace does not work here: %v: %s", err, out)
	}
	return path
}
