//go:build unix

package store_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/store"
)

func TestUnsafe(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"open to others": func(p string) error { return os.Chmod(p, 0o644) },
		"hard link":      func(p string) error { return os.Link(p, filepath.Join(filepath.Dir(p), "second")) },
		"link":           func(p string) error { return errors.Join(os.Rename(p, p+"2"), os.Symlink("api_key2", p)) },
		"directory":      func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			if err := f.Set(t.Context(), f.alice, f.capsule, f.key, secret(t, canary)); err != nil {
				t.Fatal(err)
			}
			if err := spoil(f.path()); err != nil {
				t.Fatal(err)
			}
			_, err := f.Get(t.Context(), f.alice, f.capsule, f.key)
			if unsafe, ok := errors.AsType[*home.UnsafeError](err); !ok || unsafe.Path != f.path() || leaks(err.Error()) {
				t.Errorf("Get: %v, want an *UnsafeError", err)
			}
			e, err := f.Stat(t.Context(), f.alice, f.capsule, f.key)
			if _, ok := errors.AsType[*home.UnsafeError](e.Err); err != nil || e.State != store.StateWeak || !ok {
				t.Errorf("Stat: %+v, %v", e, err)
			}
		})
	}
}

// A set replaces a file that others may read, or that has a second name, by one that is ours alone.
func TestSetMends(t *testing.T) {
	f := newFixture(t)
	f.plant(t, []byte("old"))
	second := filepath.Join(filepath.Dir(f.path()), "second")
	if err := errors.Join(os.Chmod(f.path(), 0o644), os.Link(f.path(), second)); err != nil {
		t.Fatal(err)
	}
	if err := f.Set(t.Context(), f.alice, f.capsule, f.key, secret(t, "new")); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get(t.Context(), f.alice, f.capsule, f.key); err != nil || string(got.Reveal()) != "new" {
		t.Errorf("Get: %v", err)
	}
	if got, err := os.ReadFile(second); err != nil || string(got) != "old" {
		t.Errorf("the second name: %q, %v", got, err)
	}
}

// TestMain runs this test binary as the process to be killed when the test below started it as one.
func TestMain(m *testing.M) {
	if root := os.Getenv("ASTRID_TEST_SETTER"); root != "" {
		os.Exit(setUntilKilled(root))
	}
	os.Exit(m.Run())
}

// setUntilKilled sets two values in turn and says so with a byte each time.
func setUntilKilled(root string) int {
	h, err := home.At(root)
	if err != nil {
		return 1
	}
	f := fixtureIn(h)
	for i := 0; ; i++ {
		s, err := store.NewSecret([]byte(killValues[i%2]))
		if err != nil {
			return 1
		}
		if _, err := os.Stdout.Write([]byte{'.'}); err != nil {
			return 1
		}
		if err := f.Set(context.Background(), f.alice, f.capsule, f.key, s); err != nil {
			return 1
		}
	}
}

var killValues = [2]string{strings.Repeat("old ", 9000), strings.Repeat("new value ", 6000)}

// A writer that is killed at any instant leaves one whole value, and nothing that others may read.
func TestKilledWhileSetting(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills 50 processes")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	if err := f.Set(t.Context(), f.alice, f.capsule, f.key, secret(t, killValues[0])); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), "ASTRID_TEST_SETTER="+f.home.Root())
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, out, 1+rng.Int64N(8)); err != nil {
			t.Fatal(err)
		}
		for range rng.IntN(200_000) { // some instant within a set
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed, as it should be

		got, err := f.Get(t.Context(), f.alice, f.capsule, f.key)
		if v := string(got.Reveal()); err != nil || v != killValues[0] && v != killValues[1] {
			t.Fatalf("after the kill: %d bytes, %v", got.Len(), err)
		}
	}
	temps := 0
	err = filepath.WalkDir(f.home.Root(), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		if fi.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is left with mode %v", path, fi.Mode())
		}
		if strings.HasSuffix(path, ".tmp") {
			temps++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if entries, err := f.List(t.Context(), store.Filter{}); err != nil || len(entries) != 1 {
		t.Errorf("List: %v, %v; want the one secret", entries, err)
	}
	t.Logf("%d temporary files were left", temps)
}
