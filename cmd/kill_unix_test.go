//go:build unix

package cmd_test

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"astrid/pkg/home"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// kills returns how often each command is killed: .ci/nightly asks for more.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("ASTRID_TEST_KILLS"))
	switch {
	case err == nil:
		return n
	case testing.Short():
		t.Skip("starts and kills many processes")
	}
	return 20
}

// killed runs the program and kills it at some instant of its life, which is about as long as the life of the one before.
// It reports whether it was still alive.
func (c *cli) killed(life *time.Duration, stdin string, args ...string) bool {
	c.Helper()
	cmd := c.command(stdin, args...)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	kill := time.AfterFunc(time.Duration(rand.Int64N(int64(*life)+int64(*life)/8)), func() { _ = cmd.Process.Kill() }) // it may have ended
	err := cmd.Wait()
	kill.Stop()
	if err == nil {
		*life = time.Since(began)
	}
	return err != nil
}

// A command that is killed at any instant leaves the old value or the new one, whole, and for its owner alone. What it had
// on its way is gone after the next command.
func TestKilled(t *testing.T) {
	for command, write := range writes() {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			n := kills(t)
			c := newCLI(t)
			values := [2]string{strings.Repeat("old+", 9000), strings.Repeat("new-value+", 4000)}
			stdin, args := write(values[0])
			life := 50 * time.Millisecond
			c.must(stdin, args...)
			died, left, became := 0, 0, 0
			for i := range n {
				before := c.values(command)
				stdin, args := write(values[(i+1)%2])
				if c.killed(&life, stdin, args...) {
					died++
				}
				after := c.values(command)
				for _, v := range after {
					if !slices.Contains(values[:], v) {
						t.Fatalf("kill %d left a value of %d bytes", i, len(v))
					}
				}
				if command == "env set" && after[0] != after[1] {
					t.Fatalf("kill %d left one setting old and one new", i)
				}
				if !slices.Equal(before, after) {
					became++
				}
				if temps := c.wantPrivate(); len(temps) > 0 {
					left++
					c.next(command)
					c.wantClean()
				}
			}
			t.Logf("%s: of %d processes %d were killed; %d left a temporary file; %d changed the value", command, n, died, left, became)
			if died == 0 {
				t.Error("none was killed")
			}
		})
	}
}

// next does what the command does next, and changes nothing.
func (c *cli) next(command string) {
	c.Helper()
	n := c.names()
	var err error
	switch command {
	case "env set":
		err = overlay.Update(c.Context(), c.home, n.alice, n.capsule, func(*overlay.Overlay) error { return nil })
	default:
		key, kerr := home.ParseKey("next")
		value, verr := store.NewSecret([]byte("next-value"))
		s, scope := store.New(c.home), home.PrincipalScope(n.alice)
		err = errors.Join(kerr, verr, s.Set(c.Context(), scope, n.capsule, key, value), s.Delete(c.Context(), scope, n.capsule, key))
	}
	if err != nil {
		c.Fatal(err)
	}
}

// A removal that is killed has removed nothing, or is finished by the next command about principals, whoever it is about.
func TestRemovalKilled(t *testing.T) {
	t.Parallel()
	n := kills(t)
	c := newCLI(t)
	life := 50 * time.Millisecond
	who := c.names()
	died, whole := 0, 0
	c.must("", "principal", "create", "zoe")
	for i := range n {
		c.populate(who.alice)
		full := c.belongings(who.alice)
		if c.killed(&life, "", "principal", "remove", "--yes", "alice") {
			died++
		}
		c.wantPrivate()
		switch b := c.belongings(who.alice); {
		case b == full:
			whole++
			c.must("", "principal", "remove", "--yes", "alice")
		default:
			if i%2 == 0 {
				c.must("", "principal", "remove", "--yes", "zoe")
			} else {
				c.must("", "principal", "create", "zoe")
			}
		}
		c.nothingOf("alice")
		if i%2 == 0 {
			_, _ = c.run("", "principal", "remove", "--yes", "zoe") // it may be gone
		} else {
			_, _ = c.run("", "principal", "create", "zoe") // it may be there
		}
	}
	t.Logf("principal remove: of %d processes %d were killed; after %d nothing was removed", n, died, whole)
	if died == 0 {
		t.Error("none was killed")
	}
}

// populate gives a principal one of everything.
func (c *cli) populate(p home.Principal) {
	c.Helper()
	n := c.names()
	value, err := store.NewSecret([]byte(oldValue))
	if err != nil {
		c.Fatal(err)
	}
	setting := func(o *overlay.Overlay) error { return o.Set(n.key, "setting") }
	if err := errors.Join(
		c.home.CreatePrincipal(c.Context(), p),
		store.New(c.home).Set(c.Context(), home.PrincipalScope(p), n.capsule, n.key, value),
		overlay.Update(c.Context(), c.home, p, n.capsule, setting),
		c.home.ProfileFile(p).Write(nil),
		c.home.SetActivePrincipal(p),
	); err != nil {
		c.Fatal(err)
	}
}

func (c *cli) belongings(p home.Principal) home.Belongings {
	c.Helper()
	b, err := c.home.Measure(context.Background(), p)
	if err != nil {
		c.Fatal(err)
	}
	return b
}

// nothingOf checks that no file has the name in its path.
func (c *cli) nothingOf(name string) {
	c.Helper()
	err := filepath.WalkDir(c.home.Root(), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.Contains(filepath.Base(path), name) {
			c.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
}
