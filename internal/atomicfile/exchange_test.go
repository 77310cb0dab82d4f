package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestExchange(t *testing.T) {
	a, pathA := openRoot(t)
	b, pathB := openRoot(t)
	for _, path := range []string{filepath.Join(pathA, "x"), filepath.Join(pathB, "y")} {
		if err := os.MkdirAll(filepath.Join(path, filepath.Base(path)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	err := Exchange(a, "x", b, "y")
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	wantOnly(t, filepath.Join(pathA, "x"), "y")
	wantOnly(t, filepath.Join(pathB, "y"), "x")
	if err := Exchange(a, "x", b, "absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with nothing: %v", err)
	}
	if err := Exchange(a, "../x", b, "y"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a path: %v", err)
	}
	wantOnly(t, filepath.Join(pathA, "x"), "y")
}
