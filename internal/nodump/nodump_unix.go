//go:build unix

package nodump

import "golang.org/x/sys/unix"

// noCore limits cores to nothing, for what the process starts as well.
func noCore() error { return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }
