package cmd

import (
	"context"
	"fmt"
	"path/filepath"

	"astrid/pkg/home"
	"astrid/pkg/install"
	"astrid/pkg/registry"
)

// code is the wasm that an argument names, with what is known of the capsule that it is of.
type code struct {
	target
	name string // of the file, or of the installed capsule, for messages
	wasm []byte
	// problem is why no manifest is known, where there is one beside the file that cannot be used, or none and the
	// file's name says nothing.
	problem error
}

// code reads the wasm of an argument that names an installed capsule, a wasm file, an archive, or a manifest or directory
// with one.
func (a *app) code(ctx context.Context, h *home.Home, arg, manifestFlag string) (code, error) {
	if !isPath(arg) {
		return a.installedCode(ctx, h, arg, manifestFlag)
	}
	if namesManifest(arg) {
		t, err := fromPath(arg, manifestFlag)
		if err != nil {
			return code{}, err
		}
		return codeOf(t)
	}
	wasm, err := readWasm(arg)
	if err != nil {
		return code{}, err
	}
	if install.IsArchive(wasm) {
		return archived(ctx, arg, wasm, manifestFlag)
	}
	t, err := fromWasm(arg, manifestFlag)
	if err != nil && manifestFlag != "" {
		return code{}, err
	}
	return code{t, arg, wasm, err}, nil
}

// archived reads the wasm of an archive.
func archived(ctx context.Context, arg string, archive []byte, manifestFlag string) (code, error) {
	if manifestFlag != "" {
		return code{}, usagef("--manifest does not go with %s, which has a manifest in it", arg)
	}
	m, wasm, err := install.Look(ctx, arg, archive)
	if err != nil {
		return code{}, err
	}
	t := target{id: m.ID(), manifest: m, file: filepath.Join(arg, manifestName), loaded: true, arg: arg}
	if wasm == nil {
		return code{}, withoutCode(t)
	}
	return code{t, arg, wasm, nil}, nil
}

// withoutCode is the error for a capsule that has none.
func withoutCode(t target) error {
	return &notFoundError{msg: fmt.Sprintf("%s names no component: the capsule has no code", t.file)}
}

// codeOf reads the wasm that a manifest names.
func codeOf(t target) (code, error) {
	file, ok := wasmOf(t)
	if !ok {
		return code{}, withoutCode(t)
	}
	wasm, err := readWasm(file)
	if err != nil {
		return code{}, withHint(err, "%s names it as the file of its component", t.file)
	}
	return code{t, file, wasm, nil}, nil
}

// wasmOf returns the wasm file that a manifest names: that of its first component, the only one that runs.
func wasmOf(t target) (string, bool) {
	if len(t.manifest.Components) == 0 {
		return "", false
	}
	file := filepath.FromSlash(t.manifest.Components[0].File)
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(t.file), file)
	}
	return file, true
}

func (a *app) installedCode(ctx context.Context, h *home.Home, arg, manifestFlag string) (code, error) {
	t, err := a.target(ctx, h, arg, manifestFlag)
	if err != nil {
		return code{}, err
	}
	c, err := find(ctx, h, t.id)
	if err != nil {
		return code{}, err
	}
	wasm, err := registry.ReadWasm(ctx, h, c)
	return code{t, t.id.String(), wasm, nil}, err
}
