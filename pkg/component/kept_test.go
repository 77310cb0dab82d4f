package component_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"astrid/pkg/component"
)

// answer compiles the fixture sections with a cache and returns what it answers: 42, unless somebody changed it.
func answer(t *testing.T, cache string, config component.Config) uint32 {
	t.Helper()
	config.Cache = cache
	l := link(t, config, fixture(t, "sections"))
	got, err := call0[uint32](&guest{t, l, instantiate(t, l)}, "answer")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// fortyThree makes the component answer 43.
func fortyThree(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte{0x41, 42}, []byte{0x41, 43})
}

func alter(t *testing.T, cache string) string {
	t.Helper()
	path, err := component.Alter(newRuntime(t, component.Config{Cache: cache}), fixture(t, "sections"), fortyThree)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// What compiling leaves in the cache is the next one's, in files that are the user's alone.
func TestKept(t *testing.T) {
	cache := t.TempDir()
	for range 3 {
		if got := answer(t, cache, component.Config{}); got != 42 {
			t.Fatal(got)
		}
	}
	path := alter(t, cache)
	if got := answer(t, cache, component.Config{}); got != 43 {
		t.Errorf("what was kept is not used: %d", got)
	}
	if got := answer(t, cache, component.Config{Table: 1000}); got != 42 {
		t.Errorf("what was kept for other limits is used: %d", got)
	}
	if got := answer(t, t.TempDir(), component.Config{}); got != 42 {
		t.Errorf("another cache has it: %d", got)
	}
	if runtime.GOOS == "windows" {
		return // it has no modes
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		fi, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if fi.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, fi.Mode().Perm(), want)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 { // one for each of the limits
		t.Errorf("%d files", len(entries))
	}
}

// What is damaged, missing or open to others is not used, and replaced.
func TestKeptIsNotTrusted(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing":     os.Remove,
		"empty":       func(path string) error { return os.Truncate(path, 0) },
		"cut":         func(path string) error { return os.Truncate(path, 100) },
		"a directory": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"other's":     func(path string) error { return os.Chmod(path, 0o666) },
		"group's":     func(path string) error { return os.Chmod(path, 0o620) },
		"a link": func(path string) error {
			return errors.Join(os.Rename(path, path+".elsewhere"), os.Symlink(path+".elsewhere", path))
		},
		"a flipped bit": func(path string) error {
			b, err := os.ReadFile(path)
			if err == nil {
				b[len(b)/2] ^= 4
				err = os.WriteFile(path, b, 0o600)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				switch name {
				case "other's", "group's", "a link":
					t.Skip("Windows has no modes")
				}
			}
			cache := t.TempDir()
			answer(t, cache, component.Config{})
			path := alter(t, cache)
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got := answer(t, cache, component.Config{}); got != 42 {
					t.Errorf("%d", got)
				}
			}
		})
	}
}
