//go:build unix

package atomicfile

import (
	"os"

	"golang.org/x/sys/unix"
)

func tryLock(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	if err := conn.Control(func(fd uintptr) {
		for {
			lockErr = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB)
			if lockErr != unix.EINTR {
				return
			}
		}
	}); err != nil {
		return err
	}
	if lockErr == unix.EWOULDBLOCK {
		return errHeld
	}
	return lockErr
}
