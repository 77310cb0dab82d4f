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

// A removal that is killed has removed nothing, or is finished by the next command, whichever it is: of what the principal
// had nothing is left, and what that command stores for it stays.
func TestRemovalKilled(t *testing.T) {
	t.Parallel()
	n := kills(t)
	c := newCLI(t)
	life := 50 * time.Millisecond
	who := c.names()
	died, whole := 0, 0
	for i := range n {
		c.populate(who.alice)
		full := c.belongings(who.alice)
		if c.killed(&life, "", "principal", "remove", "--yes", "alice") {
			died++
		}
		c.wantPrivate()
		if c.belongings(who.alice) == full {
			whole++
			c.must("", "principal", "remove", "--yes", "alice")
		}
		stored := c.afterRemoval(i)
		if _, there := c.secret("api_key"); there {
			t.Error("the old secret is there")
		}
		if _, there := c.setting("api_key"); there {
			t.Error("the old setting is there")
		}
		c.must("", "principal", "create", "zoe")
		c.must("", "principal", "remove", "--yes", "zoe")
		if stored != (home.Belongings{}) {
			if got := c.belongings(who.alice); got.Secrets != stored.Secrets || got.Overlays != stored.Overlays || got.Profile || got.Removing {
				t.Errorf("%+v is left, want %+v", got, stored)
			}
			c.must("", "principal", "remove", "--yes", "alice")
		}
		c.nothingOf("alice")
	}
	t.Logf("principal remove: of %d processes %d were killed; after %d nothing was removed", n, died, whole)
	if died == 0 {
		t.Error("none was killed")
	}
}

// afterRemoval runs one of the commands that may follow a removal, and returns what alice has by it.
func (c *cli) afterRemoval(i int) (stored home.Belongings) {
	c.Helper()
	switch i % 5 {
	case 0:
		c.must("", "principal", "create", "zoe")
		c.must("", "principal", "remove", "--yes", "zoe")
	case 1:
		c.must("", "doctor", "--fix")
	case 2:
		c.must(newValue, "secret", "set", "--principal", "alice", "nobodys", "next")
		stored.Secrets = 1
	case 3:
		c.must("", "env", "set", "--principal", "alice", "nobodys", "next=1")
		stored.Overlays = 1
	case 4:
		_, _ = c.run("", "principal", "remove", "--yes", "alice") // it may be gone
	}
	return stored
}

// What of a principal cannot be removed stands in nobody's way, and goes once it can.
func TestRemovalThatFails(t *testing.T) {
	c := newCLI(t)
	who := c.names()
	c.populate(who.alice)
	closed := filepath.Join(c.home.PrincipalDir(who.alice).Path(), "closed")
	if err := errors.Join(os.Mkdir(closed, 0o700), os.WriteFile(filepath.Join(closed, "file"), nil, 0o600), os.Chmod(closed, 0o555)); err != nil {
		t.Fatal(err)
	}
	c.asNobody()
	if code, out := c.run("", "principal", "remove", "--yes", "alice"); code != 1 || !strings.Contains(out, "permission denied") {
		t.Fatalf("%d: %s", code, out)
	}
	c.must(newValue, "secret", "set", "--principal", "alice", "nobodys", "next")
	c.must("", "principal", "create", "alice")
	c.must("", "principal", "create", "zoe")
	if code, out := c.run("", "secret", "get", "--principal", "alice", "nobodys", "next"); code != 0 {
		t.Errorf("the next secret: %d: %s", code, out)
	}
	if code, out := c.run("", "secret", "get", "--principal", "alice", "nobodys", "api_key"); code != 4 {
		t.Errorf("the old secret: %d: %s", code, out)
	}
	err := filepath.WalkDir(c.home.SecretsDir().Path(), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "api_key" {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if code, out := c.run("", "doctor", "--fix"); code != 7 || !strings.Contains(out, "the removal of principal alice was not finished") {
		t.Errorf("doctor: %d: %s", code, out)
	}
	if err := os.Chmod(filepath.Join(c.home.PrincipalsDir().Path(), ".astrid-removing-alice", "closed"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.must("", "doctor", "--fix")
	c.must("", "principal", "remove", "--yes", "alice")
	c.nothingOf("alice")
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
		c.home.SetActivePrincipal(c.Context(), p),
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
