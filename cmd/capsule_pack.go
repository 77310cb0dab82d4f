package cmd

import (
	"context"
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
not those whose name begins with a dot, other wasm files, archives, and what build tools leave in target and dist.

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
		_, err := install.Pack(ctx, dir, s.io.Out)
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

// pack writes the archive: in the place of what there is, if that is a file, and else into it.
func (s *capsulePack) pack(ctx context.Context, dir string) (packed, error) {
	if s.output == "" {
		return s.replace(ctx, dir, "")
	}
	fi, err := os.Stat(s.output)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.replace(ctx, dir, s.output)
	case err != nil:
		return packed{}, err
	case fi.IsDir():
		return packed{}, usagef("%s is a directory: name the archive", s.output)
	case !fi.Mode().IsRegular():
		return s.stream(ctx, dir, s.output)
	}
	to, err := filepath.EvalSymlinks(s.output) // a link stays one
	if err != nil {
		return packed{}, err
	}
	if err := checkReplaced(dir, to); err != nil {
		return packed{}, err
	}
	return s.replace(ctx, dir, to)
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
func (s *capsulePack) stream(ctx context.Context, dir, to string) (r packed, err error) {
	f, err := os.OpenFile(to, os.O_WRONLY, 0)
	if err != nil {
		return packed{}, err
	}
	r.path = to
	r.Packed, err = install.Pack(ctx, dir, f)
	return r, errors.Join(err, f.Close())
}

// replace writes the archive beside its place first: one that cannot be finished is never seen. Without a place it is named
// by what is in it.
func (s *capsulePack) replace(ctx context.Context, dir, to string) (r packed, err error) {
	at := "."
	if to != "" {
		at = filepath.Dir(to)
	}
	f, err := os.CreateTemp(at, ".astrid-pack-*.tmp")
	if err != nil {
		return packed{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	defer f.Close()
	if r.Packed, err = install.Pack(ctx, dir, f); err != nil {
		return packed{}, err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return packed{}, err
	}
	if to == "" {
		to = fmt.Sprintf("%s-%s.capsule", r.Manifest.ID(), r.Manifest.Package.Version)
	}
	if r.path = s.output; r.path == "" {
		r.path = to
	}
	return r, os.Rename(f.Name(), to)
}
