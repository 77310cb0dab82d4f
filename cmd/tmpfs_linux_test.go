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
