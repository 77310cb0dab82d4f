package nofollow

import (
	"io/fs"
	"os"
)

// Inspect refuses an entry that is not a safe file or directory of ours. A private one may be reached by nobody else;
// with any other that nobody else can write to it is enough.
func Inspect(fi fs.FileInfo, private bool) error {
	switch {
	case fi.Mode()&fs.ModeSymlink != 0:
		return refuse(FlawLink, "it is a symbolic link")
	case !fi.IsDir() && !fi.Mode().IsRegular():
		if !private {
			return checkOwner(fi) // a socket in its place
		}
		return refuseKind(fi, "file")
	}
	for _, check := range checks(fi, private) {
		if err := check(fi); err != nil {
			return err
		}
	}
	return nil
}

func checks(fi fs.FileInfo, private bool) []func(fs.FileInfo) error {
	owned, mode := checkOwned, checkWriters
	if fi.IsDir() {
		owned = checkOwner
	}
	if private {
		mode = checkMode
	}
	return []func(fs.FileInfo) error{owned, mode, checkUsable}
}

// Descend is [OpenDir] for a look at what is wrong below: it lets pass that others may write to the directory.
func Descend(parent *os.Root, name string) (*os.Root, error) {
	want, err := Lstat(parent, name)
	if err != nil {
		return nil, err
	}
	return openDir(want, func() (*os.Root, error) { return parent.OpenRoot(name) }, checkOwner)
}

// DescendBase is [OpenBase] in the same way.
func DescendBase(path string) (*os.Root, error) { return openBase(path, checkOwner) }

// TightenBase is [Tighten] for what OpenBase opens.
func TightenBase(path string) error {
	dir, err := DescendBase(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return tightenDir(dir)
}
