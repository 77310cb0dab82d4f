package atomicfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

func exchange(a int, nameA string, b int, nameB string) error {
	err := unix.RenameatxNp(a, nameA, b, nameB, unix.RENAME_SWAP)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) {
		return errors.ErrUnsupported // by the file system
	}
	return err
}
