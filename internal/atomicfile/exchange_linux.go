package atomicfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

func exchange(a int, nameA string, b int, nameB string) error {
	err := unix.Renameat2(a, nameA, b, nameB, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return errors.ErrUnsupported // by the file system, or by the kernel
	}
	return err
}
