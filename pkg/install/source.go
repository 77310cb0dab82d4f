package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"astrid/internal/nofollow"
	"astrid/internal/regular"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// Package is a capsule that has been read and checked, and can be installed. It must be closed.
type Package struct {
	Manifest *manifest.Manifest
	WasmHash string // BLAKE3 of the code, lower-case hex; empty if it has none

	home      *home.Home
	stage     home.Stage
	unlock    func() error
	text      []byte // of the manifest
	wasm      []byte
	files     tree // root is nil for a wasm file with its manifest: there are no more files
	resources []string
	wit       []string
}

// Open reads the package at path: a .capsule archive, a directory with a Capsule.toml, or a wasm file together with the
// manifest in another file. Which it is its content tells. Nothing in the tree changes but for a stage, which Close
// removes. The error is a *PackageError, that of a manifest or of a file, or of a context that has ended.
func Open(ctx context.Context, h *home.Home, path, manifestFile string) (*Package, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p := &Package{home: h}
	if err := p.newStage(ctx); err != nil {
		return nil, err
	}
	switch {
	case fi.IsDir():
		err = p.openDir(path)
	case fi.Mode().IsRegular():
		err = p.openFile(ctx, path, manifestFile)
	default:
		err = &PackageError{File: path, Reason: "is neither a file nor a directory"}
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if p.wasm != nil {
		p.WasmHash = registry.Hash(p.wasm)
	}
	return p, nil
}

// newStage makes a stage and locks it, while nobody looks for stages that nobody has locked.
func (p *Package) newStage(ctx context.Context) error {
	release, err := p.home.InstallDir().Lock(ctx)
	if err != nil {
		return err
	}
	p.stage = p.home.NewStage()
	p.unlock, err = p.stage.Lock(ctx)
	return errors.Join(err, release())
}

// Close removes what was unpacked. An installed package stays installed.
func (p *Package) Close() error {
	if p.files.root != nil {
		p.files.root.Close()
	}
	unlocked := p.unlock() // first: some file systems keep a directory while a file in it is open
	err := p.stage.RemoveAll()
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(unlocked, err)
}

func (p *Package) openDir(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	p.files = tree{dir, root}
	return p.readTree()
}

// readTree reads the package from its directory.
func (p *Package) readTree() (err error) {
	if p.Manifest, p.text, err = p.files.manifest(); err != nil {
		return err
	}
	if p.wasm, err = p.files.wasm(p.Manifest); err != nil {
		return buildFirst(err)
	}
	p.resources, p.wit, err = p.files.list()
	return err
}

// buildFirst tells an author what is missing.
func buildFirst(err error) error {
	if e, ok := errors.AsType[*PackageError](err); ok && errors.Is(err, fs.ErrNotExist) {
		return &PackageError{e.File, e.Entry, "is what the manifest names as the component, and is not there: build it first", e.Err}
	}
	return err
}

func (p *Package) openFile(ctx context.Context, file, manifestFile string) error {
	f, err := regular.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var magic [4]byte
	n, err := io.ReadFull(f, magic[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(magic[:n], []byte{0x1f, 0x8b}):
		return p.openArchive(ctx, file, f)
	case string(magic[:n]) == "\x00asm":
		return p.openWasm(file, f, manifestFile)
	}
	return &PackageError{File: file, Reason: "is neither a .capsule archive nor a wasm file"}
}

func (p *Package) openArchive(ctx context.Context, file string, f io.Reader) error {
	root, err := p.stage.Source().Ensure()
	if err != nil {
		return err
	}
	p.files = tree{file, root}
	if err := unpack(ctx, file, f, disk{root}); err != nil {
		return err
	}
	return p.readTree()
}

func (p *Package) openWasm(file string, f io.Reader, manifestFile string) (err error) {
	if manifestFile == "" {
		return &PackageError{File: file, Reason: "is a wasm file, and no manifest came with it"}
	}
	if p.wasm, err = readAll(f, file, registry.MaxWasm); err != nil {
		return err
	}
	m, err := regular.Open(manifestFile)
	if err != nil {
		return err
	}
	defer m.Close()
	if p.text, err = readAll(m, manifestFile, manifest.MaxSize); err != nil {
		return err
	}
	p.Manifest, err = manifest.Parse(manifestFile, p.text)
	if err == nil && len(p.Manifest.Components) == 0 {
		err = &PackageError{File: manifestFile, Reason: "names no component, so the code is none of its capsule"}
	}
	return err
}

func readAll(r io.Reader, file string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = &PackageError{File: file, Reason: fmt.Sprintf("is larger than %d bytes", limit)}
	}
	return data, err
}

// disk is a new directory that an archive is unpacked into. It need not be durable: a kill throws it away.
type disk struct{ root *os.Root }

func (d disk) mkdir(path string) error { return d.root.Mkdir(path, 0o700) }

func (d disk) create(path string) (io.WriteCloser, error) {
	return d.root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// ID returns the capsule's id.
func (p *Package) ID() home.CapsuleID { return p.Manifest.ID() }

// copyTo writes what is to become the installed directory: durably, and private to its owner.
func (p *Package) copyTo(ctx context.Context, root *os.Root) error {
	made := map[string]bool{".": true}
	for _, name := range p.resources {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := makeDirs(root, path.Dir(name), made); err != nil {
			return err
		}
		if err := p.copyFile(root, name); err != nil {
			return err
		}
	}
	for dir := range made {
		if err := syncDir(root, dir); err != nil {
			return err
		}
	}
	return nil
}

func makeDirs(root *os.Root, dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	if err := makeDirs(root, path.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	return errors.Join(root.Mkdir(dir, 0o700), root.Chmod(dir, 0o700)) // whatever the umask
}

func syncDir(root *os.Root, dir string) error {
	sub, err := root.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer sub.Close()
	return nofollow.SyncDir(sub)
}

func (p *Package) copyFile(root *os.Root, name string) error {
	from, err := p.files.open(name, MaxFile)
	if err != nil {
		return err
	}
	defer from.Close()
	return writeNew(root, name, from)
}

// writeNew makes a file that is not there yet, durably.
func writeNew(root *os.Root, name string, content io.Reader) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = f.Chmod(0o600); err == nil { // whatever the umask
		_, err = io.Copy(f, content)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
