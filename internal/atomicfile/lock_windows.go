package atomicfile

import (
	"os"

	"golang.org/x/sys/windows"
)

func tryLock(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	if err := conn.Control(func(fd uintptr) {
		const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
		lockErr = windows.LockFileEx(windows.Handle(fd), flags, 0, 1, 0, new(windows.Overlapped))
	}); err != nil {
		return err
	}
	if lockErr == windows.ERROR_LOCK_VIOLATION {
		return errHeld
	}
	return lockErr
}
