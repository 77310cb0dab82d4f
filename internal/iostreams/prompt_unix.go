//go:build unix

package iostreams

import "os"

func controllingTerminal() (*terminal, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &terminal{in: tty, out: tty, close: func() { tty.Close() }}, nil
}
