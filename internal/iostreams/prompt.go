package iostreams

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// ErrNoTerminal is returned by a question when there is nobody to ask.
var ErrNoTerminal = errors.New("there is no terminal to ask on")

// ErrInterrupted and ErrTerminated are returned by a question that a signal ended.
var (
	ErrInterrupted = errors.New("interrupted")
	ErrTerminated  = errors.New("terminated")
)

// MaxLine is the longest line that a terminal is trusted to hand over whole, in bytes. Linux silently drops what
// comes after 4095; other systems ring the bell and keep less.
const MaxLine = 4094

// ErrLineTooLong is returned for a line of which the terminal may have dropped a part.
var ErrLineTooLong = fmt.Errorf("a terminal takes lines of at most %d bytes", MaxLine)

// ReadSecret asks on the terminal for one line, which is not shown, and takes the question off the screen once it is
// answered. The end of the input is an empty answer.
func (s *Streams) ReadSecret(prompt string) ([]byte, error) {
	return s.ask(prompt, true, func(tty *terminal) ([]byte, error) { return term.ReadPassword(int(tty.in.Fd())) })
}

// Confirm asks a question on the terminal. Only an answer that begins with y is a yes.
func (s *Streams) Confirm(question string) (bool, error) {
	line, err := s.ask(question+" [y/N] ", false, func(tty *terminal) ([]byte, error) { return readLine(tty.in) })
	answer := strings.ToLower(strings.TrimSpace(string(line)))
	return answer == "y" || answer == "yes", err
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

// ask shows a prompt and reads the answer. A signal that comes meanwhile restores the terminal, which a hidden
// answer would leave without echo.
func (s *Streams) ask(prompt string, hidden bool, read func(*terminal) ([]byte, error)) ([]byte, error) {
	tty, err := s.openTerminal()
	if err != nil {
		return nil, err
	}
	state, err := term.GetState(int(tty.in.Fd()))
	if err != nil {
		tty.close()
		return nil, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	fmt.Fprint(tty.out, prompt)

	type answer struct {
		line []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		line, err := read(tty)
		answered <- answer{line, err}
	}()
	select {
	case a := <-answered:
		if hidden {
			s.erase(tty.out)
		}
		tty.close()
		switch {
		case errors.Is(a.err, io.EOF):
			return nil, nil
		case a.err != nil:
			return nil, a.err
		case len(a.line) > MaxLine:
			return nil, ErrLineTooLong
		}
		return a.line, nil
	case sig := <-signals:
		// The reader still waits, so the terminal stays open: the process is about to end.
		err := term.Restore(int(tty.in.Fd()), state)
		fmt.Fprintln(tty.out)
		if sig == syscall.SIGTERM {
			return nil, errors.Join(ErrTerminated, err)
		}
		return nil, errors.Join(ErrInterrupted, err)
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

// readLine reads to the end of a line and not a byte further: the next question is answered by what comes after.
func readLine(in io.Reader) ([]byte, error) {
	var line []byte
	for b := make([]byte, 1); len(line) <= MaxLine; {
		switch n, err := in.Read(b); {
		case n == 1 && b[0] == '\n':
			return line, nil
		case n == 1:
			line = append(line, b[0])
		case err != nil:
			return line, err
		}
	}
	return line, nil
}
