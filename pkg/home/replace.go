package home

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"astrid/internal/atomicfile"
	"astrid/internal/nofollow"
)

// Swap lets two directories trade places, durably: with is afterwards what d was, or gone if d did not exist. What is in
// with must be durable already.
//
// On Linux and macOS d is at every instant the one directory or the other. Where the system or its file system cannot
// exchange names in one step, d is for an instant at its name with the suffix ".bak", and does not exist;
// see [Home.CapsuleBackupDir].
func (d Dir) Swap(with Dir) error {
	parent, name, err := d.parent()
	if err != nil {
		return err
	}
	defer parent.Close()
	other, otherName, err := with.parent()
	if err != nil {
		return err
	}
	defer other.Close()
	there, err := d.Exists()
	switch {
	case err != nil:
		return err
	case !there:
		err = d.home.move(with.rel, d.rel)
	default:
		err = atomicfile.Exchange(parent, name, other, otherName)
		if errors.Is(err, errors.ErrUnsupported) {
			err = d.swapInSteps(with)
		}
	}
	if err == nil {
		err = errors.Join(nofollow.SyncDir(parent), nofollow.SyncDir(other))
	}
	if err != nil {
		return explain("replace", d.Path(), err)
	}
	return nil
}

func (d Dir) swapInSteps(with Dir) error {
	aside := d.rel + backupSuffix
	if err := d.home.move(d.rel, aside); err != nil {
		return err
	}
	if err := d.home.move(with.rel, d.rel); err != nil {
		return errors.Join(err, d.home.move(aside, d.rel))
	}
	return d.home.move(aside, with.rel)
}

// Move renames the directory, durably. Nothing may be there yet.
func (d Dir) Move(to Dir) error {
	parent, _, err := d.parent()
	if err != nil {
		return err
	}
	defer parent.Close()
	target, name, err := to.parent()
	if err != nil {
		return err
	}
	defer target.Close()
	if _, err = nofollow.Lstat(target, name); err == nil {
		return explain("move", to.Path(), fs.ErrExist)
	}
	if err := d.home.move(d.rel, to.rel); err != nil {
		return explain("move", d.Path(), err)
	}
	return errors.Join(nofollow.SyncDir(parent), nofollow.SyncDir(target))
}

// move renames below the root. Callers have opened the directories above both names, and so checked them.
func (h *Home) move(from, to string) error {
	root, err := h.open()
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}

// RemoveAll removes the directory with all that is in it, durably. A link in its place, or in it, is removed itself. The
// error is fs.ErrNotExist if nothing is there. When it fails, some of it may be gone.
func (d Dir) RemoveAll() error {
	parent, name, err := d.openParent()
	if err != nil {
		return err
	}
	defer parent.Close()
	_, err = nofollow.Lstat(parent, name)
	if err == nil {
		err = removeAll(parent, name)
	}
	if err == nil {
		err = nofollow.SyncDir(parent)
	}
	if err != nil {
		return explain("remove", d.Path(), err)
	}
	return nil
}

// refills bounds how often a directory is emptied again that somebody still writes to: who found it while it had its name
// makes a lock and a file or two.
const refills = 64

func removeAll(parent *os.Root, name string) (err error) {
	for range refills {
		if err = parent.RemoveAll(name); !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
	}
	return err
}

// empty removes what is in the directory. One that is not there is empty.
func (d Dir) empty() error {
	root, err := d.Open()
	if err != nil {
		return ignoreAbsent(err)
	}
	defer root.Close()
	names, err := readNames(root)
	for _, name := range names {
		err = errors.Join(err, removeAll(root, name))
	}
	if err != nil {
		return explain("remove", d.Path(), err)
	}
	return nil
}

// RemoveEmpty removes the directory with its lock and with what killed writes have left in it, if there is nothing else, and
// is no error if it is not there.
func (d Dir) RemoveEmpty(ctx context.Context) error {
	if there, err := d.Exists(); err != nil || !there {
		return err
	}
	locked, err := d.LockView(ctx)
	if err != nil {
		return err
	}
	names, err := locked.Names()
	if err != nil || len(names) > 0 {
		return errors.Join(err, locked.Release())
	}
	if err := errors.Join(locked.root.Remove(lockName), locked.Release()); err != nil {
		return explain("remove", d.Path(), err)
	}
	parent, name, err := d.openParent()
	if err != nil {
		return ignoreAbsent(err)
	}
	defer parent.Close()
	err = parent.Remove(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTEMPTY) {
		return nil // somebody writes there again
	}
	if err == nil {
		err = nofollow.SyncDir(parent)
	}
	if err != nil {
		return explain("remove", d.Path(), err)
	}
	return nil
}

// parent opens the directory that holds d, creating it if need be.
func (d Dir) parent() (*os.Root, string, error) {
	above, name := d.split()
	if above.rel == "" {
		root, err := d.home.ensure()
		return root, name, err
	}
	root, err := above.Ensure()
	return root, name, err
}

// openParent is parent that creates nothing.
func (d Dir) openParent() (*os.Root, string, error) {
	above, name := d.split()
	if above.rel == "" {
		root, err := d.home.open()
		return root, name, err
	}
	root, err := above.Open()
	return root, name, err
}

func (d Dir) split() (above Dir, name string) {
	i := strings.LastIndexByte(d.rel, '/')
	if i < 0 {
		return Dir{d.home, ""}, d.rel
	}
	return Dir{d.home, d.rel[:i]}, d.rel[i+1:]
}
