package cmd_test

import (
	"os"

	"golang.org/x/sys/unix"
)

func mountTmpfs(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return unix.Mount("none", path, "tmpfs", 0, "size=128k,mode=0700")
}

func remountTmpfs(path string, readOnly bool) error {
	flags := uintptr(unix.MS_REMOUNT)
	if readOnly {
		flags |= unix.MS_RDONLY
	}
	return unix.Mount("none", path, "tmpfs", flags, "")
}

// unmountTmpfs takes the file system out of sight at once. Another test's child that was forked and has not been executed
// yet may have a descriptor in it for a moment.
func unmountTmpfs(path string) error { return unix.Unmount(path, unix.MNT_DETACH) }
