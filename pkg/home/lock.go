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

// lockName is the file that [Dir.Lock] locks. It goes only with its directory: whoever waits for it takes the next one
// that has its name.
const lockName = ".astrid.lock"

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
	dir, f, err := d.lockFor(ctx)
	if err != nil {
		return nil, err
	}
	dir.Close()
	return f.Close, nil
}

// TryLock takes the lock as Lock does, without waiting. It returns nil, and no error, while somebody else holds it.
func (d Dir) TryLock() (release func() error, err error) {
	dir, f, err := d.lock(atomicfile.TryLock)
	if f == nil {
		return nil, err
	}
	dir.Close()
	return f.Close, nil
}

// Locked is a directory whose lock is held, open to read and to write. It stays that directory: what is written after
// somebody moved or removed it is not found under its name, where another one may have its lock.
type Locked struct {
	*View
	lock *os.File
}

// LockView is Lock that keeps the directory open.
func (d Dir) LockView(ctx context.Context) (*Locked, error) {
	dir, f, err := d.lockFor(ctx)
	if err != nil {
		return nil, err
	}
	v, err := d.view(dir)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Locked{v, f}, nil
}

// Release gives the lock back and closes the directory.
func (l *Locked) Release() error {
	l.Close()
	return l.lock.Close()
}

// Read is [View.Read] of a file that is to be written, which takes away what others may do with it: that they may write to
// it is let pass.
func (l *Locked) Read(f File, limit int64) ([]byte, error) {
	if err := l.own("open", f); err != nil {
		return nil, err
	}
	data, _, err := f.read(l.root, limit, nofollow.CheckOwn)
	return data, err
}

// Write is [File.Write] for files of the directory. An error leaves all of them as they were, whatever ran out; only a
// kill, or a disk that fails between two renames, can leave some of them old and some new. It is ErrBusy if the directory
// was removed.
func (l *Locked) Write(contents ...Content) error {
	err := l.dir.write(l.root, contents)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", l.dir.Path(), ErrBusy)
	}
	return err
}

// Remove is [File.Remove] for a file of the directory.
func (l *Locked) Remove(f File) error {
	if err := l.own("remove", f); err != nil {
		return err
	}
	return f.removeFrom(l.root)
}

// lockFor waits for the lock.
func (d Dir) lockFor(ctx context.Context) (*os.Root, *os.File, error) {
	if p, ok := d.principal(); ok {
		if err := d.home.claim(ctx, p); err != nil {
			return nil, nil, err
		}
	}
	return d.lock(waitFor(ctx))
}

// principal returns whose home or secrets the directory is part of, if it is anybody's.
func (d Dir) principal() (Principal, bool) {
	part := strings.SplitN(d.rel, "/", 3)
	if len(part) < 2 || part[0] != "home" && part[0] != "secrets" {
		return Principal{}, false
	}
	p, err := ParsePrincipal(part[1])
	return p, err == nil
}

// takeLock takes the lock of a file, and reports whether it was had.
type takeLock func(*os.File) (bool, error)

func waitFor(ctx context.Context) takeLock {
	return func(f *os.File) (bool, error) { return true, atomicfile.Lock(ctx, f) }
}

// relocks bounds how often a lock is taken anew because its directory was moved or removed.
const relocks = 64

// lock returns the open directory and its locked file, or neither if take did not have the lock.
func (d Dir) lock(take takeLock) (*os.Root, *os.File, error) {
	for range relocks {
		dir, err := d.Ensure()
		if errors.Is(err, fs.ErrNotExist) {
			continue // one above it was removed
		}
		if err != nil {
			return nil, nil, err
		}
		f, err := d.lockIn(dir, take)
		if f == nil {
			dir.Close()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return nil, nil, err
		}
		holds, err := d.isLockedBy(f)
		if holds {
			return dir, f, nil
		}
		dir.Close()
		f.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%s: %w", d.Path(), ErrBusy)
}

// isLockedBy reports whether a file that was locked is the lock of what the directory is by now.
func (d Dir) isLockedBy(f *os.File) (bool, error) {
	locked, err := f.Stat()
	if err != nil {
		return false, explain("lock", f.Name(), err)
	}
	now, err := d.file(lockName).Stat()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(locked, now), err
}

// lockIn locks an open directory. It returns nil, and no error, if take did not have the lock.
func (d Dir) lockIn(dir *os.Root, take takeLock) (*os.File, error) {
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
	return f, nil
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
