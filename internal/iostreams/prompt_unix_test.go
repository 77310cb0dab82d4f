//go:build unix

package iostreams

import (
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"
)

func TestDrain(t *testing.T) {
	for typed, want := range map[string]bool{"rest": true, "rest\r": true, "\r\n": false, "\x04": false, "\nx": true} {
		ptmx, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := term.MakeRaw(int(tty.Fd())); err != nil {
			t.Fatal(err)
		}
		if _, err := ptmx.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		for !pending(tty) { // a terminal hands on what was written in its own time
			t.Logf("%q: not yet", typed)
		}
		if got := drain(tty); got != want {
			t.Errorf("%q: drain reports %v", typed, got)
		}
		if pending(tty) {
			t.Errorf("%q: something is left", typed)
		}
		ptmx.Close()
		if drain(tty) { // the terminal is gone
			t.Errorf("%q: something comes from a terminal that is gone", typed)
		}
		tty.Close()
	}
}
