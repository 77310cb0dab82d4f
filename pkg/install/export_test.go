package install

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// CheckUnpack unpacks into memory and checks what the sink is promised.
func CheckUnpack(t *testing.T, data []byte) {
	t.Helper()
	m := memory{t: t, files: map[string]bool{}, dirs: map[string]bool{".": true}}
	err := unpack(context.Background(), "fuzz", bytes.NewReader(data), &m)
	if _, ok := errors.AsType[*PackageError](err); err != nil && !ok {
		t.Errorf("error of another type: %v", err)
	}
	if m.bytes > MaxBytes || m.bytes > ratioFrom+2*MaxRatio*int64(len(data)+4096) || len(m.files) > MaxEntries {
		t.Errorf("%d bytes in %d files out of %d", m.bytes, len(m.files), len(data))
	}
}

type memory struct {
	t           *testing.T
	files, dirs map[string]bool
	bytes       int64
}

func (m *memory) check(name string) {
	if !fs.ValidPath(name) || !filepath.IsLocal(name) || path.Clean(name) != name || strings.ContainsAny(name, "\\:\x00") {
		m.t.Errorf("path %q", name)
	}
	if !m.dirs[path.Dir(name)] {
		m.t.Errorf("%q comes before its directory", name)
	}
	folded := strings.ToLower(name)
	if m.files[folded] || m.dirs[folded] {
		m.t.Errorf("%q comes twice", name)
	}
}

func (m *memory) mkdir(name string) error {
	m.check(name)
	m.dirs[name] = true
	return nil
}

func (m *memory) create(name string) (io.WriteCloser, error) {
	m.check(name)
	m.files[strings.ToLower(name)] = true
	return m, nil
}

func (m *memory) Write(p []byte) (int, error) {
	m.bytes += int64(len(p))
	return len(p), nil
}

func (m *memory) Close() error { return nil }
