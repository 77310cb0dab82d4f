package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"astrid/internal/regular"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// maxWasm is the largest wasm file that is read, in bytes.
const maxWasm = registry.MaxWasm

func readWasm(path string) ([]byte, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readLimited(f, path, maxWasm)
}

func readLimited(in io.Reader, name string, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if f, ok := in.(*os.File); ok {
		// Room for all of it, so that a large file is not copied over and over.
		if fi, err := f.Stat(); err == nil {
			b.Grow(int(max(0, min(fi.Size(), limit))) + bytes.MinRead)
		}
	}
	if _, err := b.ReadFrom(io.LimitReader(in, limit+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(b.Len()) > limit {
		return nil, &home.TooLargeError{Path: name, Limit: limit, Size: int64(b.Len())}
	}
	return b.Bytes(), nil
}

// findManifest returns the manifest that a wasm file runs with, nil for none, and the capsule's id.
func findManifest(flag, wasm string) (*manifest.Manifest, home.CapsuleID, error) {
	if flag != "" {
		m, err := manifest.ReadFile(flag)
		if err != nil {
			return nil, home.CapsuleID{}, err
		}
		return m, m.ID(), nil
	}
	beside := filepath.Join(filepath.Dir(wasm), manifestName)
	m, err := manifest.ReadFile(beside)
	switch {
	case err == nil && names(m, filepath.Base(wasm)):
		return m, m.ID(), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, home.CapsuleID{}, withHint(err, "pass --manifest to run with another one")
	}
	id, err := home.ParseCapsuleID(strings.TrimSuffix(filepath.Base(wasm), filepath.Ext(wasm)))
	if err != nil {
		return nil, home.CapsuleID{}, withHint(err, "the file has no manifest and its name is no capsule id: pass --manifest")
	}
	return nil, id, nil
}

func names(m *manifest.Manifest, file string) bool {
	return slices.ContainsFunc(m.Components, func(c manifest.Component) bool { return filepath.Clean(c.File) == file })
}
