package home

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"astrid/internal/atomicfile"
	"astrid/internal/nofollow"
)

// isOurs reports whether the name is that of a lock or of a temporary file, which are no entries of the tree.
func isOurs(name string) bool { return name == lockName || atomicfile.IsTemp(name) }

// Dir is a directory of the tree. Dirs are comparable.
type Dir struct {
	home *Home
	rel  string // components joined by "/"; each was made by this package or parsed by it
}

func (d Dir) file(name string) File { return File{d, name} }

// Path returns the absolute path, for messages. Opening it by this path would follow links.
func (d Dir) Path() string { return filepath.Join(d.home.root, filepath.FromSlash(d.rel)) }

// Exists reports whether the directory is there. The error is an *UnsafeError if it is but must not be used.
func (d Dir) Exists() (bool, error) {
	dir, err := d.Open()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, dir.Close()
}

// taken reports whether anything has the name of the directory, be it safe or not.
func (d Dir) taken() (bool, error) {
	above, name := d.split()
	return above.file(name).Exists()
}

// Open opens the directory and creates nothing. The error is fs.ErrNotExist if it or one above it is not there,
// and an *UnsafeError if one of them is a link, belongs to somebody else, or can be written by others.
// Entries of the root must be opened with the same care: os.Root follows links that stay inside it.
func (d Dir) Open() (*os.Root, error) {
	root, err := d.home.open()
	return d.walk("open", root, err, nofollow.OpenDir)
}

// Ensure opens the directory, creating it and those above it with mode 0700. Existing ones that others may read
// lose that access; those that others may write are refused as in Open.
func (d Dir) Ensure() (*os.Root, error) {
	root, err := d.home.ensure()
	return d.walk("mkdir", root, err, nofollow.MakeDir)
}

// make is Ensure for a directory that is to be there and not to be used.
func (d Dir) make() error {
	root, err := d.Ensure()
	if err != nil {
		return err
	}
	return root.Close()
}

// walk steps from root to d and closes what it leaves behind.
func (d Dir) walk(op string, root *os.Root, err error, step func(*os.Root, string) (*os.Root, error)) (*os.Root, error) {
	if err != nil {
		return nil, err
	}
	done := 0
	for name := range strings.SplitSeq(d.rel, "/") {
		next, err := step(root, name)
		root.Close()
		done += len(name) + 1
		if err != nil {
			return nil, explain(op, Dir{d.home, d.rel[:done-1]}.Path(), err)
		}
		root = next
	}
	return root, nil
}

// Entries lists what the directory holds, sorted by name, without our own lock and temporary files. The names are
// whatever is on disk: parse them before use.
func (d Dir) Entries() ([]fs.DirEntry, error) {
	v, err := d.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return v.Entries()
}
