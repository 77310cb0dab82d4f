package iostreams

import (
	"os"

	"golang.org/x/sys/windows"
)

func controllingTerminal() (*terminal, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_WRONLY, 0)
	if err != nil {
		in.Close()
		return nil, err
	}
	return &terminal{in: in, out: out, close: func() { in.Close(); out.Close() }}, nil
}

// drain throws away what was typed and not yet read. Whether it was anything the console does not tell: that a key was let
// go counts as input.
func drain(in *os.File) bool {
	_ = windows.FlushConsoleInputBuffer(windows.Handle(in.Fd())) // what is no console has no such input
	return false
}
