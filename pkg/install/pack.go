package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// Packed says what was packed.
type Packed struct {
	Manifest *manifest.Manifest
	WasmHash string // BLAKE3, lower-case hex; empty if there is no code
	Files    int
	Size     int64 // of the archive, in bytes
}

// Pack writes the package in a directory as an archive that both runtimes install. What is in it is what Open would
// install of the directory. The same files give the same archive, byte for byte: in order, without owners, and with the
// time at which Unix begins. It is held in memory until it has passed what Open asks of an archive, so that nothing is
// written of one that would be refused. A file that is besides, such as an earlier archive, is left out; nil is none. The
// error is a *PackageError, that of the manifest, or that of writing.
func Pack(ctx context.Context, dir string, w io.Writer, besides fs.FileInfo) (Packed, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Packed{}, err
	}
	defer root.Close()
	t := tree{dir, root}
	var archive bytes.Buffer
	packed, err := t.pack(ctx, &archive, gzip.BestCompression, besides)
	if _, ok := errors.AsType[*bombError](err); ok {
		// Harmless files may look like a bomb. At this level none does: a byte becomes no more than eight.
		archive.Reset()
		packed, err = t.pack(ctx, &archive, gzip.HuffmanOnly, besides)
	}
	if err != nil {
		return Packed{}, err
	}
	packed.Size, err = archive.WriteTo(w)
	return packed, err
}

// pack makes the archive and unpacks it again, for the bounds that an archive has and a directory does not.
func (t tree) pack(ctx context.Context, archive *bytes.Buffer, level int, besides fs.FileInfo) (Packed, error) {
	zip, err := gzip.NewWriterLevel(archive, level)
	if err != nil {
		return Packed{}, err
	}
	packed, err := t.write(ctx, tar.NewWriter(zip), besides)
	if err := errors.Join(err, zip.Close()); err != nil {
		return Packed{}, err
	}
	return packed, unpack(ctx, t.name, bytes.NewReader(archive.Bytes()), nowhere{})
}

func (t tree) write(ctx context.Context, to *tar.Writer, besides fs.FileInfo) (Packed, error) {
	m, text, err := t.manifest()
	if err != nil {
		return Packed{}, err
	}
	wasm, err := t.wasm(m)
	if err != nil {
		return Packed{}, buildFirst(err)
	}
	resources, wit, err := t.list()
	if err != nil {
		return Packed{}, err
	}
	if besides != nil {
		resources = slices.DeleteFunc(resources, func(name string) bool {
			fi, err := t.root.Stat(name)
			return err == nil && os.SameFile(fi, besides)
		})
	}
	for i, name := range wit {
		wit[i] = path.Join("wit", name)
	}
	packed := Packed{Manifest: m, Files: 1 + len(resources) + len(wit)}
	p := packer{t, to}
	if err := p.put(home.ManifestName, text); err != nil {
		return Packed{}, err
	}
	if wasm != nil {
		file, _, _ := t.wasmPath(m) // it was read
		if err := p.put(file, wasm); err != nil {
			return Packed{}, err
		}
		packed.WasmHash = registry.Hash(wasm)
		packed.Files++
	}
	for _, name := range slices.Sorted(slices.Values(slices.Concat(resources, wit))) {
		if err := errors.Join(ctx.Err(), p.copy(name)); err != nil {
			return Packed{}, err
		}
	}
	return packed, to.Close()
}

// nowhere is a sink that keeps nothing.
type nowhere struct{}

func (nowhere) mkdir(string) error                    { return nil }
func (nowhere) create(string) (io.WriteCloser, error) { return discard{}, nil }

type packer struct {
	tree
	tar *tar.Writer
}

func (p packer) put(name string, data []byte) error {
	if err := p.header(name, int64(len(data))); err != nil {
		return err
	}
	_, err := p.tar.Write(data)
	return err
}

func (p packer) copy(name string) error {
	f, err := p.open(name, MaxFile)
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return p.fail(name, "cannot be read", err)
	}
	if err := p.header(name, fi.Size()); err != nil {
		return err
	}
	if n, err := io.Copy(p.tar, f); err != nil || n != fi.Size() {
		return p.fail(name, "changes while it is packed", err)
	}
	return nil
}

func (p packer) header(name string, size int64) error {
	return p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0)})
}
