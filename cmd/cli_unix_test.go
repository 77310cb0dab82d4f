//go:build unix

package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// dropRoot makes the process that of a user for whom modes mean something, if it is root's.
func dropRoot() error {
	if os.Geteuid() != 0 {
		return nil
	}
	return errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody))
}

const nobody = 65534

// cli is a tree, and the program that works with it, each time in a process of its own.
type cli struct {
	testing.TB
	home    *home.Home
	program string   // astrid, or astrid-nobody, which is not root
	before  []string // what runs the program
}

func newCLI(t testing.TB) *cli {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	return &cli{TB: t, home: h, program: "astrid"}
}

// asNobody gives the tree to a user that is not root, and runs the program as that one.
func (c *cli) asNobody() {
	c.Helper()
	c.program = "astrid-nobody"
	if os.Geteuid() != 0 {
		return
	}
	dir := filepath.Dir(c.home.Root())
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	})
	if err := errors.Join(err, os.Chmod(filepath.Dir(dir), 0o755)); err != nil { // what testing made is 0700
		c.Fatal(err)
	}
}

// with runs the program by others: nice, or a shell that sets a limit.
func (c *cli) with(before ...string) *cli {
	limited := *c
	limited.before = before
	return &limited
}

func (c *cli) command(stdin string, args ...string) *exec.Cmd {
	c.Helper()
	path, err := exec.LookPath(c.program)
	if err != nil {
		c.Fatal(err)
	}
	args = append(append(c.before[:len(c.before):len(c.before)], path), args...)
	cmd := exec.CommandContext(c.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "ASTRID_HOME="+c.home.Root(), "GORACE=atexit_sleep_ms=0")
	cmd.Stdin = strings.NewReader(stdin)
	return cmd
}

// run returns the exit code of the program, and what it said.
func (c *cli) run(stdin string, args ...string) (code int, out string) {
	c.Helper()
	var said bytes.Buffer
	cmd := c.command(stdin, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), said.String()
	}
	if err != nil {
		c.Fatalf("astrid %q: %v", args, err)
	}
	return 0, said.String()
}

func (c *cli) must(stdin string, args ...string) {
	c.Helper()
	if code, out := c.run(stdin, args...); code != 0 {
		c.Fatalf("astrid %q ended with %d: %s", args, code, out)
	}
}

// names are what the tests store things under.
type names struct {
	alice   home.Principal
	capsule home.CapsuleID
	key     home.Key
}

func (c *cli) names() names {
	c.Helper()
	alice, err1 := home.ParsePrincipal("alice")
	id, err2 := home.ParseCapsuleID("nobodys")
	key, err3 := home.ParseKey("api_key")
	if err := errors.Join(err1, err2, err3); err != nil {
		c.Fatal(err)
	}
	return names{alice, id, key}
}

// secret returns the value of alice's secret of that key, and whether there is one.
func (c *cli) secret(key string) (string, bool) {
	c.Helper()
	n := c.names()
	k, err := home.ParseKey(key)
	if err != nil {
		c.Fatal(err)
	}
	s, err := store.New(c.home).Get(c.Context(), home.PrincipalScope(n.alice), n.capsule, k)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	if err != nil {
		c.Fatal(err)
	}
	return string(s.Reveal()), true
}

// setting returns the value of alice's setting of that key.
func (c *cli) setting(key string) (string, bool) {
	c.Helper()
	n := c.names()
	o, err := overlay.Load(c.Context(), c.home, n.alice, n.capsule)
	if err != nil {
		c.Fatal(err)
	}
	return o.Lookup(key)
}

// wantPrivate checks that everything below the tree is for its owner alone, and returns the temporary files.
func (c *cli) wantPrivate() (temps []string) {
	c.Helper()
	err := filepath.WalkDir(c.home.Root(), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		if fi.Mode().Perm()&0o077 != 0 {
			c.Errorf("%s has mode %v", path, fi.Mode())
		}
		if strings.HasSuffix(path, ".tmp") {
			temps = append(temps, path)
		}
		return nil
	})
	if err != nil {
		c.Fatal(err)
	}
	return temps
}

// wantClean is wantPrivate where no temporary file may be left.
func (c *cli) wantClean() {
	c.Helper()
	if temps := c.wantPrivate(); len(temps) > 0 {
		c.Errorf("left behind: %v", temps)
	}
}

// writes are the commands that change what is stored, each to the one of two values.
func writes() map[string]func(value string) (stdin string, args []string) {
	return map[string]func(string) (string, []string){
		"secret set": func(v string) (string, []string) {
			return v, []string{"secret", "set", "--principal", "alice", "nobodys", "api_key"}
		},
		"secret import": func(v string) (string, []string) {
			return fmt.Sprintf("one='%[1]s'\ntwo='%[1]s'\nthree='%[1]s'\n", v), []string{"secret", "import", "--principal", "alice", "nobodys"}
		},
		"env set": func(v string) (string, []string) {
			return "", []string{"env", "set", "--principal", "alice", "nobodys", "base_url=" + v, "other=" + v}
		},
	}
}

// values returns what the command of writes stored.
func (c *cli) values(command string) []string {
	c.Helper()
	var got []string
	switch command {
	case "secret set":
		v, _ := c.secret("api_key")
		got = append(got, v)
	case "secret import":
		for _, k := range []string{"one", "two", "three"} {
			v, _ := c.secret(k)
			got = append(got, v)
		}
	case "env set":
		for _, k := range []string{"base_url", "other"} {
			v, _ := c.setting(k)
			got = append(got, v)
		}
	}
	return got
}
