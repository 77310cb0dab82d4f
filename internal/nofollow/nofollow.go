package nofollow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The modes of everything that this package creates, whatever the umask says.
const (
	DirMode  fs.FileMode = 0o700
	FileMode fs.FileMode = 0o600
)

// attempts bounds how often an entry is looked at again after it was replaced between the look and the open.
// Writers replace files by renaming; each replacement costs them two fsyncs and us one more attempt.
const attempts = 64

// Flaw is the kind of thing that is wrong with an entry.
type Flaw string

// The flaws for which an entry is refused.
const (
	FlawLink    Flaw = "link"      // a symbolic link
	FlawKind    Flaw = "kind"      // something else that is not a file or directory, or one in place of the other
	FlawOwner   Flaw = "owner"     // somebody else's
	FlawNames   Flaw = "hard link" // a file with a second name
	FlawMode    Flaw = "mode"      // others may do more with it than they should, or its owner less
	FlawChanged Flaw = "changed"   // not what the name says, or what it was a moment before
)

// Refusal says why an entry is not used. It is not an I/O error: the entry is there and is not what it must be.
type Refusal struct {
	Flaw    Flaw
	Problem string
}

func (r *Refusal) Error() string { return r.Problem }

func refuse(flaw Flaw, format string, args ...any) error {
	return &Refusal{flaw, fmt.Sprintf(format, args...)}
}

// refuseKind refuses an entry of another kind than the one that belongs there.
func refuseKind(fi fs.FileInfo, belongs string) error {
	flaw := FlawKind
	if fi.Mode()&fs.ModeSymlink != 0 {
		flaw = FlawLink
	}
	return refuse(flaw, "it is %s where a %s belongs", kind(fi), belongs)
}

var errSwapped = &Refusal{FlawChanged, "it changes while it is being opened"}

// CheckName returns an error that is fs.ErrInvalid for a name that is not exactly one component of a path on every
// system. Callers pass names that were parsed; this is the last line behind them.
func CheckName(name string) error {
	if !filepath.IsLocal(name) || name == "." || strings.ContainsAny(name, "/\\\x00") {
		return &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return nil
}

// Lstat describes the entry of that name, not following a link. Where file systems fold case or Unicode form it
// refuses an entry that is spelled differently: Alice must not be served from the directory of alice.
func Lstat(dir *os.Root, name string) (fs.FileInfo, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	fi, err := dir.Lstat(name)
	if err != nil {
		return nil, err
	}
	if mayFold(fi, name, dir.Lstat) {
		if err := checkSpelling(dir, name); err != nil {
			return nil, err
		}
	}
	return fi, nil
}

// OpenBase opens the directory at path, the only one that may be reached through links. It must be ours, and
// nobody else may write to it.
func OpenBase(path string) (*os.Root, error) {
	return openBase(path, checkWriters)
}

func openBase(path string, check func(fs.FileInfo) error) (*os.Root, error) {
	want, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return openDir(want, func() (*os.Root, error) { return os.OpenRoot(path) }, check)
}

// MakeBase is OpenBase that creates the directory and its parents, and tightens the mode of an existing one.
func MakeBase(path string) (*os.Root, error) {
	dir, err := OpenBase(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createBase(path)
	}
	return tightened(dir, err)
}

func createBase(path string) (*os.Root, error) {
	above := filepath.Dir(path)
	if err := os.MkdirAll(above, DirMode); err != nil {
		return nil, err
	}
	parent, err := os.OpenRoot(above)
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	return makeDir(parent, filepath.Base(path))
}

// OpenDir opens the directory of that name. It must be ours, no link, and nobody else may write to it; that
// others may read it is not our caller's fault and is let pass.
func OpenDir(parent *os.Root, name string) (*os.Root, error) {
	want, err := Lstat(parent, name)
	if err != nil {
		return nil, err
	}
	return openDir(want, func() (*os.Root, error) { return parent.OpenRoot(name) }, checkWriters)
}

func openDir(want fs.FileInfo, open func() (*os.Root, error), check func(fs.FileInfo) error) (*os.Root, error) {
	if !want.IsDir() { // before the open, which would wait for the other end of a pipe
		return nil, refuseKind(want, "directory")
	}
	dir, err := open()
	if err != nil {
		return nil, swapped(err)
	}
	got, err := dir.Stat(".")
	switch {
	case err != nil:
	case !os.SameFile(want, got):
		err = errSwapped
	default:
		err = check(got)
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// MakeDir is OpenDir that creates the directory, durably and with [DirMode] whatever the umask, and takes away
// what others may do with an existing one. A new one must pass [CheckNew].
func MakeDir(parent *os.Root, name string) (*os.Root, error) {
	dir, err := OpenDir(parent, name)
	if !errors.Is(err, fs.ErrNotExist) {
		return tightened(dir, err)
	}
	if err := CheckNew(parent, name); err != nil {
		return nil, err
	}
	return makeNew(parent, name)
}

// makeNew is MakeDir for a directory that is not there. It looks again for what is alike and was made at the same time: of two
// that find each other neither stays, unless it is in use by then.
func makeNew(parent *os.Root, name string) (*os.Root, error) {
	dir, err := makeDir(parent, name)
	if err != nil {
		return nil, err
	}
	if err := CheckNew(parent, name); err != nil {
		dir.Close()
		_ = parent.Remove(name) // it stays where somebody has put something into it
		return nil, err
	}
	return dir, nil
}

// makeDir is MakeDir whatever else there is.
func makeDir(parent *os.Root, name string) (*os.Root, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	err := parent.Mkdir(name, DirMode)
	switch {
	case err == nil:
		if err := settleNewDir(parent, name); err != nil {
			return nil, err
		}
		if err := SyncDir(parent); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	return tightened(OpenDir(parent, name))
}

func tightened(dir *os.Root, err error) (*os.Root, error) {
	if err != nil {
		return nil, err
	}
	if err := tightenDir(dir); err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// Open opens the regular file of that name for reading and describes what it opened.
func Open(dir *os.Root, name string) (*os.File, fs.FileInfo, error) {
	return open(dir, name, os.O_RDONLY)
}

func open(dir *os.Root, name string, flag int) (*os.File, fs.FileInfo, error) {
	err := error(errSwapped)
	for range attempts {
		var f *os.File
		var fi fs.FileInfo
		if f, fi, err = openOnce(dir, name, flag); !errors.Is(err, errSwapped) {
			return f, fi, err
		}
	}
	return nil, nil, err
}

func openOnce(dir *os.Root, name string, flag int) (*os.File, fs.FileInfo, error) {
	want, err := Lstat(dir, name)
	if err != nil {
		return nil, nil, err
	}
	return openFile(want, func() (*os.File, error) { return dir.OpenFile(name, flag|nonBlock, 0) })
}

func openFile(want fs.FileInfo, open func() (*os.File, error)) (*os.File, fs.FileInfo, error) {
	if err := CheckRegular(want); err != nil {
		return nil, nil, err
	}
	f, err := open()
	if err != nil {
		return nil, nil, swapped(err)
	}
	got, err := f.Stat()
	if err == nil && !os.SameFile(want, got) {
		err = errSwapped
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, got, nil
}

// swapped returns errSwapped for the error of a link that was none a moment ago, when somebody looked.
func swapped(err error) error {
	if errors.Is(err, syscall.ELOOP) {
		return errSwapped
	}
	return err
}

// OpenOrCreate opens the regular file of that name with the flags of [os.OpenFile], or creates it with
// [FileMode]. An existing one must be ours under this one name; what others may do with it is taken away.
func OpenOrCreate(dir *os.Root, name string, flag int) (*os.File, error) {
	for range attempts {
		f, fi, err := open(dir, name, flag)
		if err == nil {
			if err = checkOwned(fi); err == nil {
				err = tightenFile(f, fi)
			}
			return closeUnless(f, err)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		f, err = Create(dir, name, flag)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, errSwapped
}

// Create makes the file of that name with [FileMode], whatever the umask. It follows no link, because nothing
// may be there yet; if something is, the error is fs.ErrExist.
func Create(dir *os.Root, name string, flag int) (*os.File, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	f, err := dir.OpenFile(name, flag|os.O_CREATE|os.O_EXCL, FileMode)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(FileMode); err != nil {
		f.Close()
		return nil, errors.Join(err, dir.Remove(name))
	}
	return f, nil
}

func closeUnless(f *os.File, err error) (*os.File, error) {
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// CheckRegular refuses what is not a regular file.
func CheckRegular(fi fs.FileInfo) error {
	if !fi.Mode().IsRegular() {
		return refuseKind(fi, "file")
	}
	return nil
}

// CheckShared refuses what is not a regular file of ours to which nobody else may write. That others may read it is let
// pass, and so is that it has another name.
func CheckShared(fi fs.FileInfo) error {
	if err := CheckRegular(fi); err != nil {
		return err
	}
	return checkWriters(fi)
}

// CheckOwn refuses what is not a regular file of ours, whatever others may do with it.
func CheckOwn(fi fs.FileInfo) error {
	if err := CheckRegular(fi); err != nil {
		return err
	}
	return checkOwner(fi)
}

// CheckPrivate refuses what is not a regular file that is ours alone: another owner, another name for the same
// file, or any access for group or others.
func CheckPrivate(fi fs.FileInfo) error {
	if err := CheckRegular(fi); err != nil {
		return err
	}
	if err := checkOwned(fi); err != nil {
		return err
	}
	return checkMode(fi)
}

func kind(fi fs.FileInfo) string {
	switch m := fi.Mode(); {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a directory"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
