package install

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// IsArchive reports whether a file that begins with these bytes is a .capsule archive, if it is a package at all.
func IsArchive(data []byte) bool { return bytes.HasPrefix(data, []byte{0x1f, 0x8b}) }

// Look reads the manifest and the code of a .capsule archive for somebody who only wants to see them: with the checks of
// Open, in memory, and without touching the tree. file is the archive's name for messages. The code is nil if the
// capsule has none. The error is a *PackageError, that of the manifest, or of a context that has ended.
func Look(ctx context.Context, file string, archive []byte) (*manifest.Manifest, []byte, error) {
	text, err := extract(ctx, file, archive, home.ManifestName, manifest.MaxSize)
	if err != nil {
		return nil, nil, err
	}
	m, err := manifest.Parse(filepath.Join(file, home.ManifestName), text)
	if err != nil {
		return nil, nil, err
	}
	path, ok, err := tree{name: file}.wasmPath(m)
	if err != nil || !ok {
		return m, nil, err
	}
	wasm, err := extract(ctx, file, archive, path, registry.MaxWasm)
	return m, wasm, err
}

// extract reads one file of an archive, all of which is checked.
func extract(ctx context.Context, file string, archive []byte, name string, limit int) ([]byte, error) {
	into := &picker{name: name, limit: limit}
	if err := unpack(ctx, file, bytes.NewReader(archive), into); err != nil {
		return nil, err
	}
	switch {
	case !into.found:
		return nil, &PackageError{file, name, "is not there", fs.ErrNotExist}
	case into.content.Len() > limit:
		return nil, &PackageError{File: file, Entry: name, Reason: fmt.Sprintf("is larger than %d bytes", limit)}
	}
	return into.content.Bytes(), nil
}

// picker is a sink that keeps one file, no more than a byte over the limit of it.
type picker struct {
	name    string
	limit   int
	found   bool
	content bytes.Buffer
}

func (p *picker) mkdir(string) error { return nil }

func (p *picker) create(path string) (io.WriteCloser, error) {
	if path != p.name {
		return discard{}, nil
	}
	p.found = true
	return p, nil
}

func (p *picker) Write(data []byte) (int, error) {
	p.content.Write(data[:min(len(data), p.limit+1-p.content.Len())])
	return len(data), nil
}

func (p *picker) Close() error { return nil }

// discard is a file that nobody keeps.
type discard struct{}

func (discard) Write(data []byte) (int, error) { return len(data), nil }
func (discard) Close() error                   { return nil }
