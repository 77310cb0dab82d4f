package regular

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotRegular is in the *fs.PathError for something that is there and is no regular file.
var ErrNotRegular = errors.New("not a regular file")

// Without the flag an open of a pipe would wait. Regular files do not know it.
const flags = os.O_RDONLY | syscall.O_NONBLOCK

// Open opens the regular file at path for reading. For anything else the error is ErrNotRegular.
func Open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, flags, 0)
	return checked(f, path, err)
}

// OpenIn is Open within a root.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, flags, 0)
	return checked(f, name, err)
}

func checked(f *os.File, path string, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
