package iostreams

import (
	"bytes"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Streams are the streams of one command. Results go to Out and everything else to Err.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	inTTY, outTTY, errTTY bool
	color                 ColorMode
	noColor               bool // by NO_COLOR or TERM=dumb
	dumb                  bool // by TERM=dumb
	width                 int
}

// ColorMode is what the operator wants of colour.
type ColorMode string

// The colour modes: ColorAuto colours a terminal that has not asked for none.
const (
	ColorAuto   ColorMode = "auto"
	ColorAlways ColorMode = "always"
	ColorNever  ColorMode = "never"
)

// defaultWidth is the width of a stream that is no terminal, or does not tell.
const defaultWidth = 80

// System returns the process's own streams.
func System(lookup func(string) (string, bool)) *Streams {
	s := &Streams{
		In:     os.Stdin,
		Out:    os.Stdout,
		Err:    os.Stderr,
		inTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		outTTY: term.IsTerminal(int(os.Stdout.Fd())),
		errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		color:  ColorAuto,
		width:  defaultWidth,
	}
	noColor, _ := lookup("NO_COLOR")
	termName, _ := lookup("TERM")
	s.dumb = termName == "dumb"
	s.noColor = noColor != "" || s.dumb
	if s.outTTY {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 0 {
			s.width = w
		}
	}
	return s
}

// Test returns streams of buffers that are no terminals, reading in.
func Test(in string) (s *Streams, out, err *bytes.Buffer) {
	out, err = new(bytes.Buffer), new(bytes.Buffer)
	return &Streams{In: strings.NewReader(in), Out: out, Err: err, color: ColorAuto, width: defaultWidth}, out, err
}

// SetColor sets the colour mode, as --color does.
func (s *Streams) SetColor(m ColorMode) { s.color = m }

// IsInTTY reports whether there is somebody at stdin.
func (s *Streams) IsInTTY() bool { return s.inTTY }

// IsOutTTY reports whether results go to a terminal.
func (s *Streams) IsOutTTY() bool { return s.outTTY }

// IsErrTTY reports whether messages go to a terminal.
func (s *Streams) IsErrTTY() bool { return s.errTTY }

// ColorOut reports whether results are coloured.
func (s *Streams) ColorOut() bool { return s.colored(s.outTTY) }

// ColorErr reports whether messages are coloured.
func (s *Streams) ColorErr() bool { return s.colored(s.errTTY) }

func (s *Streams) colored(tty bool) bool {
	switch s.color {
	case ColorAlways:
		return true
	case ColorNever:
		return false
	}
	return tty && !s.noColor
}

// Width is the width of the terminal that results go to, in columns, and 80 where there is none.
func (s *Streams) Width() int { return s.width }
