//go:build unix

package nofollow

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nonBlock keeps the open of a pipe that was planted after we looked from waiting for its other end.
const nonBlock = syscall.O_NONBLOCK

// others are the permission bits of everybody but the owner, and writers those that let them write.
const (
	others  fs.FileMode = 0o077
	writers fs.FileMode = 0o022
)

// checkWriters refuses what anybody but its owner may write to, and what is not ours.
func checkWriters(fi fs.FileInfo) error {
	if err := checkOwner(fi); err != nil {
		return err
	}
	if fi.Mode()&writers != 0 {
		return refuse(FlawMode, "others may write to it (mode %04o)", fi.Mode().Perm())
	}
	return nil
}

func checkOwned(fi fs.FileInfo) error {
	if err := checkOwner(fi); err != nil {
		return err
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
		return refuse(FlawNames, "it has %d hard links", st.Nlink)
	}
	return nil
}

func checkOwner(fi fs.FileInfo) error {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok && int64(st.Uid) != int64(os.Geteuid()) {
		return refuse(FlawOwner, "it belongs to user %d, not to user %d who runs this", st.Uid, os.Geteuid())
	}
	return nil
}

func checkMode(fi fs.FileInfo) error {
	if fi.Mode()&others != 0 {
		return refuse(FlawMode, "it is open to group or others (mode %04o)", fi.Mode().Perm())
	}
	return nil
}

// checkUsable refuses what its owner cannot use.
func checkUsable(fi fs.FileInfo) error {
	if mode := ownerMode(fi); fi.Mode()&mode != mode {
		return refuse(FlawMode, "its owner cannot use it (mode %04o)", fi.Mode().Perm())
	}
	return nil
}

// ownerMode is what the owner must be able to do.
func ownerMode(fi fs.FileInfo) fs.FileMode {
	if fi.IsDir() {
		return 0o700
	}
	return 0o400
}

// Reachable reports whether group or others can get to what is in a directory.
func Reachable(fi fs.FileInfo) bool { return fi.Mode()&0o011 != 0 }

// settleNewDir gives a directory that was just created its mode, if a umask that masks the owner's own bits took
// them away: then it cannot even be opened for a Chmod on its descriptor. The entry is ours, in a directory where
// nobody else writes, and the call follows no link.
func settleNewDir(parent *os.Root, name string) error {
	fi, err := parent.Lstat(name)
	if err != nil || fi.Mode().Perm() == DirMode {
		return err
	}
	return chmod(parent, name, DirMode)
}

// chmod changes the mode of an entry and follows no link.
func chmod(parent *os.Root, name string, mode fs.FileMode) error {
	f, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Fchmodat(int(f.Fd()), name, uint32(mode), unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &fs.PathError{Op: "fchmodat", Path: name, Err: err}
	}
	return nil
}

// Tighten takes away what group and others may do with a file or directory of ours, gives its owner what he must be
// able to do, and returns the new mode. Anything else is refused.
func Tighten(parent *os.Root, name string) (fs.FileMode, error) {
	fi, err := Lstat(parent, name)
	if err != nil {
		return 0, err
	}
	if err := checkOwner(fi); err != nil {
		return 0, err
	}
	mode := fi.Mode().Perm()&^others | ownerMode(fi)
	err = tightenOpen(parent, name, fi, mode)
	if errors.Is(err, fs.ErrPermission) { // its owner cannot open it, either
		err = chmod(parent, name, mode)
	}
	return mode, err
}

// tightenOpen changes the mode of what it has opened, and of nothing that has taken its place.
func tightenOpen(parent *os.Root, name string, fi fs.FileInfo, mode fs.FileMode) error {
	if !fi.IsDir() {
		f, _, err := Open(parent, name)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Chmod(mode)
	}
	dir, err := Descend(parent, name)
	if err != nil {
		return err
	}
	defer dir.Close()
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Chmod(mode)
}

func tightenDir(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	return tightenFile(f, fi)
}

func tightenFile(f *os.File, fi fs.FileInfo) error {
	if fi.Mode()&others == 0 {
		return nil
	}
	return f.Chmod(fi.Mode().Perm() &^ others)
}

// SyncDir makes the entries of dir durable. File systems that know no such thing do not fail it.
func SyncDir(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
