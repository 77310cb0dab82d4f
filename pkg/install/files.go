package install

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// maxWit is the largest interface that is installed, in bytes.
const maxWit = 1 << 20

// tree is the directory of a package: its own, or where an archive was unpacked.
type tree struct {
	name string // for messages
	root *os.Root
}

// fail makes an error for a file of the package.
func (t tree) fail(entry, reason string, err error) error {
	if err != nil {
		reason += ": " + home.Cause(err).Error()
	}
	return &PackageError{t.name, entry, reason, err}
}

// read reads a regular file of at most limit bytes. A link is followed as long as it stays in the package. The error is
// fs.ErrNotExist if there is none.
func (t tree) read(name string, limit int64) ([]byte, error) {
	f, err := t.open(name, limit)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, t.fail(name, "cannot be read", err)
	case int64(len(data)) > limit:
		return nil, t.fail(name, fmt.Sprintf("is larger than %d bytes", limit), nil)
	}
	return data, nil
}

func (t tree) open(name string, limit int64) (*os.File, error) {
	fi, err := t.root.Stat(name) // before the open, which would wait for the other end of a pipe
	switch {
	case err != nil:
		return nil, t.fail(name, "cannot be read", err)
	case !fi.Mode().IsRegular():
		return nil, t.fail(name, "is no file", nil)
	case fi.Size() > limit:
		return nil, t.fail(name, fmt.Sprintf("is larger than %d bytes", limit), nil)
	}
	f, err := t.root.Open(name)
	if err != nil {
		return nil, t.fail(name, "cannot be read", err)
	}
	return f, nil
}

// manifest reads the package's Capsule.toml, and returns its text too.
func (t tree) manifest() (*manifest.Manifest, []byte, error) {
	data, err := t.read(home.ManifestName, manifest.MaxSize)
	if err != nil {
		return nil, nil, err
	}
	m, err := manifest.Parse(path.Join(t.name, home.ManifestName), data)
	return m, data, err
}

// wasmPath returns the place of the code that a manifest names, and false if it names none.
func (t tree) wasmPath(m *manifest.Manifest) (string, bool, error) {
	if len(m.Components) == 0 {
		return "", false, nil
	}
	file := path.Clean(m.Components[0].File)
	if reason := checkPath(file); reason != "" {
		return "", false, t.fail(m.Components[0].File, reason, nil)
	}
	if path.Ext(file) != ".wasm" {
		return "", false, t.fail(file, "is named as the component and is no .wasm file", nil)
	}
	return file, true, nil
}

// wasm reads the code of the package, nil if it has none.
func (t tree) wasm(m *manifest.Manifest) ([]byte, error) {
	file, ok, err := t.wasmPath(m)
	if err != nil || !ok {
		return nil, err
	}
	return t.read(file, registry.MaxWasm)
}

// list returns the files of the package by their paths, sorted: resources, which are installed as they are, and
// interfaces, by their paths below wit. Neither are those that begin with a dot, wasm files, archives, what build tools
// leave in target and dist, and what an installer writes by itself.
func (t tree) list() (resources, wit []string, err error) {
	l := &lister{tree: t, names: newNames()}
	if err := l.dir("."); err != nil {
		return nil, nil, err
	}
	slices.Sort(l.resources)
	slices.Sort(l.wit)
	return l.resources, l.wit, nil
}

type lister struct {
	tree
	names          names
	entries        int
	bytes          int64
	resources, wit []string
}

func (l *lister) dir(at string) error {
	entries, err := fs.ReadDir(l.root.FS(), at)
	if err != nil {
		return l.fail(at, "cannot be read", err)
	}
	for _, e := range entries {
		if err := l.entry(path.Join(at, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) entry(at string, e fs.DirEntry) error {
	if skipped(at) {
		return nil
	}
	if l.entries++; l.entries > MaxEntries {
		return l.fail("", fmt.Sprintf("has more than %d files", MaxEntries), nil)
	}
	reason := checkPath(at)
	if reason == "" {
		reason = l.names.add(at, e.IsDir())
	}
	if reason != "" {
		return l.fail(at, reason, nil)
	}
	if e.IsDir() {
		return l.dir(at)
	}
	interfaceName, isWit := strings.CutPrefix(at, "wit/")
	if isWit && path.Ext(at) != ".wit" {
		return nil
	}
	limit := int64(MaxFile)
	if isWit {
		limit = maxWit
	}
	if err := l.file(at, limit); err != nil {
		return err
	}
	if isWit {
		l.wit = append(l.wit, interfaceName)
	} else {
		l.resources = append(l.resources, at)
	}
	return nil
}

// file checks that a file of the package is one: it may be a link to another of them.
func (l *lister) file(at string, limit int64) error {
	fi, err := l.root.Stat(at)
	switch {
	case err != nil:
		return l.fail(at, "leads out of the package, or to nothing", err)
	case fi.IsDir():
		return l.fail(at, "is a link to a directory", nil)
	case !fi.Mode().IsRegular():
		return l.fail(at, "is neither a file nor a directory", nil)
	case fi.Size() > limit:
		return l.fail(at, fmt.Sprintf("is larger than %d bytes", limit), nil)
	}
	if l.bytes += fi.Size(); l.bytes > MaxBytes {
		return l.fail(at, fmt.Sprintf("brings the package to more than %d bytes", MaxBytes), nil)
	}
	return nil
}

// skipped reports whether an entry of a package's directory is no part of the package. A meta.json is none, since an
// installer writes its own.
func skipped(at string) bool {
	base := path.Base(at)
	switch {
	case strings.HasPrefix(base, "."), base == "target", path.Ext(base) == ".wasm":
		return true
	case at == "dist", at == home.MetaName, at == home.ManifestName:
		return true
	}
	return path.Dir(at) == "." && path.Ext(at) == ".capsule"
}
