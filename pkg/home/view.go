package home

import (
	"io/fs"
	"os"
	"slices"

	"astrid/internal/nofollow"
)

// View is a directory that stays open to look at many of its files: each costs one step and not a walk from the root.
// What it shows is what the directory holds at that moment. A View must be closed, and may be used by many goroutines.
type View struct {
	dir  Dir
	root *os.Root
	self *os.File // the same directory
}

// View opens the directory as Open does, with the same errors.
func (d Dir) View() (*View, error) {
	root, err := d.Open()
	if err != nil {
		return nil, err
	}
	return d.view(root)
}

// view views the directory that root is, and closes root if it cannot.
func (d Dir) view(root *os.Root) (*View, error) {
	self, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, explain("open", d.Path(), err)
	}
	return &View{d, root, self}, nil
}

// Dir returns the directory that is viewed.
func (v *View) Dir() Dir { return v.dir }

// Close closes the directory.
func (v *View) Close() {
	v.self.Close()
	v.root.Close()
}

// Sub opens a directory of the directory, in one step, as [Dir.View] does.
func (v *View) Sub(d Dir) (*View, error) {
	above, name := d.split()
	if above != v.dir {
		return nil, &fs.PathError{Op: "open", Path: d.Path(), Err: fs.ErrInvalid}
	}
	root, err := nofollow.OpenDir(v.root, name)
	if err != nil {
		return nil, explain("open", d.Path(), err)
	}
	return d.view(root)
}

// Read is [File.Read] of a file of the directory.
func (v *View) Read(f File, limit int64) ([]byte, error) {
	if err := v.own("open", f); err != nil {
		return nil, err
	}
	data, _, err := f.read(v.root, limit, nofollow.CheckShared)
	return data, err
}

// Entries is [Dir.Entries].
func (v *View) Entries() ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(v.root.FS(), ".")
	if err != nil {
		return nil, explain("read", v.dir.Path(), err)
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return isOurs(e.Name()) }), nil
}

// Names lists the names of Entries, sorted. It costs less: what they name is not looked at.
func (v *View) Names() ([]string, error) {
	names, err := readNames(v.root)
	if err != nil {
		return nil, explain("read", v.dir.Path(), err)
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, isOurs), nil
}

func readNames(root *os.Root) ([]string, error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// Stat is [File.Stat] of a file of the directory.
func (v *View) Stat(f File) (fs.FileInfo, error) {
	if err := v.own("stat", f); err != nil {
		return nil, err
	}
	return f.stat(v.root)
}

// ReadPrivate is [File.ReadPrivate] of a file of the directory, with a description of what was read.
func (v *View) ReadPrivate(f File, limit int64) ([]byte, fs.FileInfo, error) {
	if err := v.own("open", f); err != nil {
		return nil, nil, err
	}
	if data, fi, ok := nofollow.ReadRegular(v.self, f.name, limit, nofollow.CheckPrivate); ok {
		return data, fi, nil
	}
	return f.read(v.root, limit, nofollow.CheckPrivate)
}

// own refuses a file of another directory: it would be read from the wrong one.
func (v *View) own(op string, f File) error {
	if f.dir != v.dir {
		return &fs.PathError{Op: op, Path: f.Path(), Err: fs.ErrInvalid}
	}
	return nil
}
