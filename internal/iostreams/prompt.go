package iostreams

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// ErrNoTerminal is returned by a question when there is nobody to ask.
var ErrNoTerminal = errors.New("there is no terminal to ask on")

// ErrInterrupted and ErrTerminated are returned by a question that a signal ended.
var (
	ErrInterrupted = errors.New("interrupted")
	ErrTerminated  = errors.New("terminated")
)

// MaxAnswer is the longest hidden answer, in bytes.
const MaxAnswer = 64 << 10

// ErrTooLong, ErrControl and ErrLines are returned for a hidden answer that is longer than MaxAnswer, that holds a control
// character, or that more follows on: whoever pressed an arrow key did not see what it typed, and whoever pasted several
// lines did not mean the first.
var (
	ErrLines   = errors.New("more than one line was typed")
	ErrTooLong = fmt.Errorf("more than %d bytes were typed", MaxAnswer)
	ErrControl = errors.New("a control character was typed, such as that of an arrow key")
)

// ReadSecret asks on the terminal for one line, which is not shown, and takes the question off the screen once it is
// answered. Who is done with the answer clears it. The end of the input is an empty answer. The errors are those of this
// package, or of the terminal.
func (s *Streams) ReadSecret(prompt string) ([]byte, error) {
	return s.ask(prompt, true)
}

// Confirm asks a question on the terminal. Only y and yes, in letters of either case, are a yes.
func (s *Streams) Confirm(question string) (bool, error) {
	line, err := s.ask(question+" [y/N] ", false)
	answer := strings.ToLower(strings.TrimSpace(string(line)))
	return answer == "y" || answer == "yes", err
}

// Ask asks on the terminal for one line, which is shown as it is typed. The end of the input is an empty answer.
func (s *Streams) Ask(prompt string) (string, error) {
	line, err := s.ask(prompt, false)
	return string(line), err
}

// terminal is where questions are asked. It is the controlling terminal, so that a question is seen and answered
// there when streams are redirected.
type terminal struct {
	in    *os.File
	out   io.Writer
	close func()
}

// openTerminal falls back to the streams where there is no controlling terminal and they are terminals.
func (s *Streams) openTerminal() (*terminal, error) {
	if tty, err := controllingTerminal(); err == nil {
		return tty, nil
	}
	in, ok := s.In.(*os.File)
	if !ok || !s.inTTY || !s.errTTY {
		return nil, ErrNoTerminal
	}
	return &terminal{in: in, out: s.Err, close: func() {}}, nil
}

// ask shows a prompt and reads the answer. A hidden one is read in raw mode, which is on before the prompt is seen: a
// quick hand's first letters must not be shown either. It has no limit to the length of a line, and leaves no
// terminal without echo to a shell that the operator returns to with ctrl-Z. A signal that comes meanwhile restores the
// terminal. What is typed or pasted after a hidden line is thrown away: a shell would show it, and do it.
func (s *Streams) ask(prompt string, hidden bool) ([]byte, error) {
	tty, err := s.openTerminal()
	if err != nil {
		return nil, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	read, restore := func() ([]byte, error) { return readLine(tty.in) }, func() error { return nil }
	if hidden {
		state, err := term.MakeRaw(int(tty.in.Fd()))
		if err != nil {
			tty.close()
			return nil, err
		}
		read, restore = tty.readOnlyLine, func() error { return term.Restore(int(tty.in.Fd()), state) }
	}
	fmt.Fprint(tty.out, prompt)

	type answer struct {
		line []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		line, err := read()
		answered <- answer{line, err}
	}()
	select {
	case a := <-answered:
		if hidden {
			s.erase(tty.out)
		}
		err := errors.Join(a.err, restore())
		tty.close()
		return a.line, err
	case sig := <-signals:
		// The reader still waits, so the terminal stays open: the process is about to end.
		fmt.Fprint(tty.out, "\r\n")
		if sig == os.Interrupt {
			return nil, errors.Join(ErrInterrupted, restore())
		}
		return nil, errors.Join(ErrTerminated, restore())
	}
}

// erase takes the line of a prompt away. The answer's newline was not shown, so one is written first: where the
// terminal does not understand the rest, the prompt at least ends.
func (s *Streams) erase(out io.Writer) {
	fmt.Fprint(out, "\r\n")
	if !s.dumb {
		fmt.Fprint(out, "\x1b[F\x1b[K")
	}
}

// readLine reads to the end of a line and not a byte further: the next question is answered by what comes after. On the
// console of Windows a line ends in two characters.
func readLine(in io.Reader) ([]byte, error) {
	var line []byte
	for {
		switch b, err := readByte(in); {
		case err != nil || b == '\n':
			return bytes.TrimSuffix(line, []byte{'\r'}), eofIsEnd(err)
		case len(line) < MaxAnswer:
			line = append(line, b)
		}
	}
}

// readHidden reads a line in raw mode, where the terminal does nothing with what the keys send.
func readHidden(in io.Reader) ([]byte, error) {
	const (
		ctrlC     = 3
		ctrlD     = 4
		ctrlU     = 21
		backspace = 8
		del       = 127
	)
	line := make([]byte, 0, MaxAnswer+1) // at once: one that grows leaves copies behind
	for {
		b, err := readByte(in)
		switch {
		case err != nil, b == '\r', b == '\n', b == ctrlD && len(line) == 0:
			return checkHidden(line, eofIsEnd(err))
		case b == ctrlC:
			return nil, ErrInterrupted
		case b == ctrlU:
			line = line[:0]
		case b == backspace || b == del:
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case len(line) <= MaxAnswer: // the rest is read, and not left to the shell
			line = append(line, b)
		}
	}
}

// readOnlyLine is readHidden of a line that nothing follows.
func (t *terminal) readOnlyLine() ([]byte, error) {
	line, err := readHidden(t.in)
	if drain(t.in) && err == nil {
		clear(line)
		return nil, ErrLines
	}
	return line, err
}

func checkHidden(line []byte, err error) ([]byte, error) {
	control := func(r rune) bool { return r != '\t' && unicode.IsControl(r) }
	switch {
	case err != nil:
		return nil, err
	case len(line) > MaxAnswer:
		return nil, ErrTooLong
	case bytes.ContainsFunc(line, control):
		return nil, ErrControl
	}
	return line, nil
}

func readByte(in io.Reader) (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(in, b[:])
	return b[0], err
}

func eofIsEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
