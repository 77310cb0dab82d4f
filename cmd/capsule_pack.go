package cmd

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"astrid/pkg/install"
)

// capsulePack is one execution of capsule pack.
type capsulePack struct {
	*app
	cmd *cobra.Command
	out *reporter[packed]

	output string
}

// packed is what capsule pack reports.
type packed struct {
	install.Packed
	path string
}

func (a *app) capsulePackCmd() *cobra.Command {
	s := &capsulePack{app: a}
	c := &cobra.Command{
		Use:   "pack <directory>",
		Short: "Pack a capsule into an archive",
		Long: `Pack the capsule in a directory into a .capsule archive that 'astrid capsule install' and the Rust runtime install.

It holds the Capsule.toml, the code that the manifest names, the interfaces in wit, and the other files of the directory;
not those whose name begins with a dot, other wasm files, archives, and what build tools leave in target and dist, nor what
-o names.

The same files give the same archive, byte for byte.

EXIT STATUS
  0  packed
  2  usage
  4  no such directory
  6  refused: the place is that of a file of the capsule's
  7  there is no valid manifest, or a file cannot be part of a package`,
		Example: `  astrid capsule pack ./greeter -o greeter.capsule
  astrid capsule pack ./greeter -o - | tar tzf -`,
		Args: usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	s.cmd = c
	c.Flags().StringVarP(&s.output, "output", "o", "", "the archive to write, a `file`, or - for stdout (default: <name>-<version>.capsule)")
	_ = c.MarkFlagFilename("output", "capsule") // the flag exists
	s.out = addJSON(a, c,
		jsonField("name", func(r packed) string { return r.Manifest.ID().String() }),
		jsonField("version", func(r packed) string { return r.Manifest.Package.Version }),
		jsonField("path", func(r packed) string { return r.path }),
		jsonField("size", func(r packed) int64 { return r.Size }),
		jsonField("files", func(r packed) int { return r.Files }),
		jsonField("wasm_hash", func(r packed) *string { return orNil(r.WasmHash) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func (s *capsulePack) run(ctx context.Context, dir string) error {
	if s.output == "-" {
		if s.out.wanted() {
			return usagef("--json and -o - both want stdout")
		}
		_, err := install.Pack(ctx, dir, s.io.Out, nil)
		return err
	}
	r, err := s.pack(ctx, dir)
	if err != nil {
		return err
	}
	if s.out.wanted() {
		return s.out.one(s.cmd, r)
	}
	_, err = fmt.Fprintf(s.io.Out, "packed capsule %s %s into %s: %s, %s\n",
		r.Manifest.ID(), r.Manifest.Package.Version, r.path, plural(r.Files, "file"), plural(int(r.Size), "byte"))
	return err
}

// pack makes the archive, and writes it to the place that is named, or that its manifest names: in the place of what there is,
// if that is a file, and else into it.
func (s *capsulePack) pack(ctx context.Context, dir string) (r packed, err error) {
	earlier, err := os.Stat(s.output)
	if err != nil {
		earlier = nil // nothing is named, or not there yet; what else is wrong with it is told below
	}
	var archive bytes.Buffer
	if r.Packed, err = install.Pack(ctx, dir, &archive, earlier); err != nil {
		return packed{}, err
	}
	if r.path = s.output; r.path == "" {
		r.path = fmt.Sprintf("%s-%s.capsule", r.Manifest.ID(), r.Manifest.Package.Version)
	}
	return r, put(archive.Bytes(), dir, r.path)
}

// put writes an archive of the directory to a place.
func put(archive []byte, dir, path string) error {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(path); err == nil {
			return usagef("%s is a link to nothing", path)
		}
		return replace(archive, path, nil)
	case err != nil:
		return err
	case fi.IsDir():
		return usagef("%s is a directory: name the archive", path)
	case !fi.Mode().IsRegular():
		return stream(archive, path)
	}
	to, err := filepath.EvalSymlinks(path) // a link stays one
	if err == nil {
		err = checkReplaced(dir, to)
	}
	if err != nil {
		return err
	}
	return replace(archive, to, fi)
}

// checkReplaced refuses to put the archive in the place of a file of the capsule's.
func checkReplaced(dir, to string) error {
	from, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	for _, p := range []*string{&from, &to} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	if rel, err := filepath.Rel(from, to); err != nil || !filepath.IsLocal(rel) {
		return nil
	}
	f, err := os.Open(to)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head)
	if n > 0 && !install.IsArchive(head[:n]) {
		return &refusedError{msg: fmt.Sprintf("%s is a file of the capsule's, and no archive", to)}
	}
	return nil
}

// stream writes the archive into a device or a pipe.
func stream(archive []byte, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(archive)
	return errors.Join(err, f.Close())
}

// replace writes the archive beside its place first: one that cannot be finished is never seen. Its mode is that of the file
// it replaces, or what the umask leaves.
func replace(archive []byte, to string, old fs.FileInfo) (err error) {
	temp := filepath.Join(filepath.Dir(to), ".astrid-pack-"+rand.Text()+".tmp")
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp))
		}
	}()
	defer f.Close()
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if _, err := f.Write(archive); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, to)
}
