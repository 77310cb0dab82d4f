package home

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"astrid/internal/atomicfile"
	"astrid/internal/nofollow"
)

// lockName is the file that [Dir.Lock] locks. It is never removed: whoever waits for it would wait for another
// file than the next to come.
const lockName = ".astrid.lock"

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

// Lock takes the advisory lock of the directory, creating it if need be, and returns what releases it. Every
// read-modify-write of a file in it holds the lock. It excludes other holders in this process as well as in others, and
// dies with its process. The error is ErrBusy after 10 seconds, or the reason why ctx ended.
//
// What a removal that was begun has still to take away under the name of the principal whose directory it is goes first:
// what is stored under the lock belongs to the next of that name.
//
// Lock removes the temporary files that a writer left when it was killed. So in a directory that is ever locked, nobody
// writes without.
func (d Dir) Lock(ctx context.Context) (release func() error, err error) {
	if p, ok := d.principal(); ok {
		if err := d.home.claim(ctx, p); err != nil {
			return nil, err
		}
	}
	return d.lock(waitFor(ctx))
}

// TryLock takes the lock as Lock does, without waiting. It returns nil, and no error, while somebody else holds it.
func (d Dir) TryLock() (release func() error, err error) { return d.lock(atomicfile.TryLock) }

// principal returns whose home or secrets the directory is part of, if it is anybody's.
func (d Dir) principal() (Principal, bool) {
	part := strings.SplitN(d.rel, "/", 3)
	if len(part) < 2 || part[0] != "home" && part[0] != "secrets" {
		return Principal{}, false
	}
	p, err := ParsePrincipal(part[1])
	return p, err == nil
}

func (d Dir) lock(take takeLock) (release func() error, err error) {
	dir, err := d.Ensure()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return d.lockIn(dir, take)
}

// takeLock takes the lock of a file, and reports whether it was had.
type takeLock func(*os.File) (bool, error)

func waitFor(ctx context.Context) takeLock {
	return func(f *os.File) (bool, error) { return true, atomicfile.Lock(ctx, f) }
}

// lockIn locks the directory, which is open.
func (d Dir) lockIn(dir *os.Root, take takeLock) (release func() error, err error) {
	f, err := nofollow.OpenOrCreate(dir, lockName, os.O_RDWR)
	if err != nil {
		return nil, explain("lock", filepath.Join(d.Path(), lockName), err)
	}
	had, err := take(f)
	switch {
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("%s: %w", d.Path(), err)
	case !had:
		f.Close()
		return nil, nil
	}
	sweep(dir)
	return f.Close, nil
}

// sweep removes the temporary files of a directory whose lock is held. One that stays is in nobody's way, and is found
// again by the next to come and by Inspect, so that it fails no write.
func sweep(dir *os.Root) {
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		if atomicfile.IsTemp(e.Name()) && e.Type().IsRegular() {
			_ = dir.Remove(e.Name())
		}
	}
}
