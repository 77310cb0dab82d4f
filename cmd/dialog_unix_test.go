//go:build unix

package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// dialog runs astrid with all three streams on a terminal. The file says what happens there, line by line:
//
//	expect TEXT   wait until the screen shows it, after what was expected before
//	type TEXT     type it, with $VARIABLES, and the return key, which $RETURN is, too
//	press N       send the byte N, such as 3 for ctrl-C
//	terminate     send SIGTERM
//	hang-up       send SIGHUP
//	quit          send SIGQUIT
//	exited        wait until astrid has ended; the terminal stays
//
// The terminal has $COLUMNS columns, or 200. The exit code is checked after the last line. That no secret is shown is
// always checked.
func dialog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: dialog FILE CODE args...")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ptmx, tty, err := pty.Open()
	ts.Check(err)
	defer ptmx.Close()
	defer tty.Close()
	columns := 200
	if n := ts.Getenv("COLUMNS"); n != "" {
		columns, err = strconv.Atoi(n)
		ts.Check(err)
	}
	ts.Check(pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: uint16(columns)}))

	// Or ctrl-C takes away what was printed and not yet read, and on a busy machine what is printed because of it.
	noflsh := exec.CommandContext(ctx, "stty", "noflsh")
	noflsh.Stdin = tty
	ts.Check(noflsh.Run())

	w := startWatch(ts)
	path, err := exec.LookPath("astrid")
	ts.Check(err)
	c := exec.CommandContext(ctx, path, args[2:]...)
	c.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "PATH", "TERM", "NO_COLOR", "ASTRID_HOME", "ASTRID_PRINCIPAL", "VALUE", "EDITOR", "TMPDIR", "GOCOVERDIR", "GORACE"} {
		if v := ts.Getenv(name); v != "" {
			c.Env = append(c.Env, name+"="+v)
		}
	}
	c.Stdin, c.Stdout, c.Stderr = tty, tty, tty
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s := newScreen(ctx, ptmx)
	ts.Check(c.Start())
	s.process, s.wait = c.Process, sync.OnceValue(c.Wait)
	getenv := func(name string) string {
		switch name {
		case "MARKED":
			return marked
		case "RETURN":
			return "\r"
		}
		return ts.Getenv(name)
	}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		ts.Check(s.step(strings.TrimSuffix(line, "\n"), getenv))
	}
	err = s.wait()
	tty.Close() // what reads the screen comes to its end
	text := strings.ReplaceAll(s.all(), "\r\n", "\n")
	ts.Check(os.WriteFile(ts.MkAbs("screen"), []byte(text), 0o600))
	ts.Logf("[screen]\n%q", text)
	w.end(args, "screen")
	checkCode(ts, args[1], err)
}

// screen collects what is written to a terminal.
type screen struct {
	ctx  context.Context
	tty  *os.File
	more chan []byte // closed at the end
	text bytes.Buffer
	seen int // what expect has passed

	process *os.Process
	wait    func() error
}

func newScreen(ctx context.Context, tty *os.File) *screen {
	s := &screen{ctx: ctx, tty: tty, more: make(chan []byte)}
	go func() {
		defer close(s.more)
		for {
			b := make([]byte, 4096)
			n, err := tty.Read(b)
			if n > 0 {
				s.more <- b[:n]
			}
			if err != nil { // EIO on Linux, EOF elsewhere, once nobody has the terminal open
				return
			}
		}
	}()
	return s
}

func (s *screen) step(line string, getenv func(string) string) error {
	verb, arg, _ := strings.Cut(line, " ")
	switch verb {
	case "expect":
		return s.expect(arg)
	case "type":
		_, err := s.tty.WriteString(os.Expand(arg, getenv) + "\r")
		return err
	case "press":
		n, err := strconv.ParseUint(arg, 10, 8)
		if err == nil {
			_, err = s.tty.Write([]byte{byte(n)})
		}
		return err
	case "terminate":
		return s.process.Signal(syscall.SIGTERM)
	case "hang-up":
		return s.process.Signal(syscall.SIGHUP)
	case "quit":
		return s.process.Signal(syscall.SIGQUIT)
	case "exited":
		done := make(chan struct{})
		go func() {
			_ = s.wait() // the code is checked at the end
			close(done)
		}()
		for {
			select {
			case b := <-s.more:
				s.text.Write(b)
			case <-done:
				return nil
			}
		}
	}
	return errors.New("unknown line in a dialog: " + line)
}

func (s *screen) expect(text string) error {
	for {
		if i := strings.Index(s.text.String()[s.seen:], text); i >= 0 {
			s.seen += i + len(text)
			return nil
		}
		select {
		case b, ok := <-s.more:
			if !ok {
				return errors.New("the screen never shows: " + text)
			}
			s.text.Write(b)
		case <-s.ctx.Done():
			return errors.New("the screen does not show: " + text)
		}
	}
}

// all returns the whole screen, once it has come to its end.
func (s *screen) all() string {
	for b := range s.more {
		s.text.Write(b)
	}
	return s.text.String()
}
