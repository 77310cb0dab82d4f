//go:build unix

package iostreams

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func controllingTerminal() (*terminal, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &terminal{in: tty, out: tty, close: func() { tty.Close() }}, nil
}

// quiet is how long nothing comes where a paste has ended: over a network it comes in pieces.
const quiet = 100 * time.Millisecond

// drain throws away what comes in before the terminal is quiet, and reports whether that was more than the end of a line, or ctrl-D.
func drain(in *os.File) (more bool) {
	var b [4096]byte
	defer clear(b[:])
	const ends = "\r\n\x04\x00" // ctrl-D is NUL if it was pressed before the question
	for pending(in) {
		n, err := in.Read(b[:])
		if err != nil {
			break
		}
		more = more || len(bytes.Trim(b[:n], ends)) > 0
	}
	return more
}

// pending reports whether there is something to read, or will be soon. It asks by select, since not every system polls
// terminals.
func pending(in *os.File) bool {
	fd := int(in.Fd())
	left := unix.NsecToTimeval(quiet.Nanoseconds())
	for {
		var set unix.FdSet
		set.Set(fd)
		n, err := unix.Select(fd+1, &set, nil, nil, &left)
		if !errors.Is(err, unix.EINTR) {
			return n > 0 && err == nil
		}
	}
}
