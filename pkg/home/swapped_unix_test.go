//go:build unix

package home_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"astrid/pkg/home"
)

// Somebody switches a component of a path between what it is and a link to the same of another principal's, or to a
// place outside, while every operation runs. None of them ever reads or writes through the link.
func TestSwappedDuringCalls(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	c, k := capsule(t, "openai"), key(t, "api_key")
	alice, bob := home.PrincipalScope(principal(t, "alice")), home.PrincipalScope(principal(t, "bob"))
	parts := []string{"secrets", "alice", "openai", "api_key"}
	for depth := range parts {
		t.Run(parts[depth], func(t *testing.T) {
			t.Parallel()
			h := testHome(t)
			mine, other := h.SecretFile(alice, c, k), h.SecretFile(bob, c, k)
			outside := filepath.Join(t.TempDir(), "outside")
			// What the link leads to has everything below it that the path goes on with.
			decoy := filepath.Join(append([]string{outside}, parts[depth+1:]...)...)
			if err := errors.Join(mine.Write([]byte("alice")), other.Write([]byte("bob")),
				os.MkdirAll(filepath.Dir(decoy), 0o700), os.WriteFile(decoy, []byte("decoy"), 0o600)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(append([]string{h.Root()}, parts[:depth+1]...)...)
			target := outside
			if depth == 1 {
				target = "bob" // within the tree, where os.Root itself follows links
			}
			stop := swap(t, path, target)
			seen := map[string]int{}
			for i := range rounds {
				for name, op := range map[string]func() error{
					"read":   func() error { return wantOwn(mine.ReadPrivate(100)) },
					"write":  func() error { return mine.Write([]byte("alice")) },
					"append": func() error { return appendTo(mine, "") },
					"list":   func() error { _, err := h.SecretKeys(alice, c); return err },
					"lock": func() error {
						release, err := mine.Dir().TryLock()
						if err != nil || release == nil {
							return err
						}
						return release()
					},
					"remove": func() error {
						if i%10 != 0 {
							return nil
						}
						return mine.Remove()
					},
				} {
					err := op()
					switch _, unsafe := errors.AsType[*home.UnsafeError](err); {
					case err == nil:
						seen[name+" done"]++
					case unsafe:
						seen[name+" refused"]++
					case errors.Is(err, errWrong):
						t.Fatalf("%s: %v", name, err)
					default: // in between, where nothing is
						seen[name+" failed"]++
					}
				}
			}
			stop()
			t.Log(seen)
			if got, err := other.Read(100); err != nil || string(got) != "bob" {
				t.Errorf("bob's secret is %q, %v", got, err)
			}
			if got, err := os.ReadFile(decoy); err != nil || string(got) != "decoy" {
				t.Errorf("what is outside is %q, %v", got, err)
			}
			err := filepath.WalkDir(outside, func(path string, e fs.DirEntry, err error) error {
				if err == nil && !e.IsDir() && path != decoy {
					err = fmt.Errorf("%s was made outside", path)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			if keys, err := h.SecretKeys(bob, c); err != nil || len(keys) != 1 {
				t.Errorf("bob has the secrets %v, %v", keys, err)
			}
		})
	}
}

var errWrong = errors.New("somebody else's")

func wantOwn(data []byte, err error) error {
	if err == nil && string(data) != "alice" && len(data) != 0 {
		return fmt.Errorf("%w: %q", errWrong, data)
	}
	return err
}

func appendTo(f home.File, text string) error {
	w, err := f.Append()
	if err != nil {
		return err
	}
	_, err = w.WriteString(text)
	return errors.Join(err, w.Close())
}

// swap switches what is at a path with a link, until the returned function is called, which leaves it as it was.
func swap(t *testing.T, path, target string) (stop func()) {
	t.Helper()
	end, ended := make(chan struct{}), make(chan struct{})
	aside := path + "-aside"
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			default:
			}
			// It may have been removed, or made anew in the meantime; all that matters is that a link comes and goes.
			_ = os.Rename(path, aside)
			_ = os.Symlink(target, path)
			time.Sleep(50 * time.Microsecond)
			if fi, err := os.Lstat(path); err == nil && fi.Mode()&fs.ModeSymlink != 0 {
				_ = os.Remove(path)
			}
			_ = os.Rename(aside, path)
			time.Sleep(50 * time.Microsecond)
		}
	}()
	return func() {
		close(end)
		<-ended
		if _, err := os.Lstat(aside); err == nil { // a write made another in its place
			if err := errors.Join(os.RemoveAll(path), os.Rename(aside, path)); err != nil {
				t.Error(err)
			}
		}
	}
}
