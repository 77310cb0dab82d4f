package caplog

import (
	"bufio"
	"errors"
	"io"
	"time"

	"astrid/pkg/home"
)

// maxLine is how much of a line is kept: more than the longest that Format makes, so that one that was cut here is
// still longer than MaxMessage and marked as cut.
const maxLine = MaxMessage + 4096

// Line is one line of a log as it was read.
type Line struct {
	// Entry is what the line says. The message is made inert, and cut to MaxMessage.
	Entry
	// Err says why it is no log line, such as the second one of a message that the Rust runtime wrote with its line
	// feeds, or one that a crash cut. Then the message is the whole line, the capsule that whose log it is in, and the
	// time that of the line before it, zero where there is none.
	Err error
}

// lineReader splits a file into lines. Of a long one it keeps no more than maxLine bytes. A line that has no end yet is
// kept until it has.
type lineReader struct {
	r   *bufio.Reader
	buf []byte // what is kept of the line that is being read
	any bool   // something of it was read
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next whole line without its line feed. The error is io.EOF at the end of the file, where a later
// call may succeed, or that of reading.
func (l *lineReader) next() (string, error) {
	for {
		chunk, err := l.r.ReadSlice('\n')
		l.keep(chunk)
		switch {
		case err == nil:
			return l.take(), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
}

func (l *lineReader) keep(chunk []byte) {
	l.any = l.any || len(chunk) > 0
	if n := len(chunk); n > 0 && chunk[n-1] == '\n' {
		chunk = chunk[:n-1]
	}
	l.buf = append(l.buf, chunk[:min(len(chunk), maxLine-len(l.buf))]...)
}

func (l *lineReader) take() string {
	line := string(l.buf)
	l.buf, l.any = l.buf[:0], false
	return line
}

// rest returns what was read of a line that has no end, and whether there is one.
func (l *lineReader) rest() (string, bool) {
	if !l.any {
		return "", false
	}
	return l.take(), true
}

// read makes a Line of a line in the log of a capsule; before is the time of the one before it.
func read(line string, capsule home.CapsuleID, before time.Time) Line {
	e, err := Parse(line)
	if err != nil {
		return Line{Entry{Time: before, Capsule: capsule, Message: Message(line)}, err}
	}
	e.Message = Message(e.Message)
	return Line{e, nil}
}
