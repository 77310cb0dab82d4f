//go:build unix

package cmd_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// endless is a stream that never ends, and counts what was taken of it.
type endless struct{ taken int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.taken += len(p)
	return len(p), nil
}

// A value comes from whatever stdin is, and from one that has none comes an error and no value.
func TestStdin(t *testing.T) {
	set := []string{"secret", "set", "--principal", "alice", "nobodys", "api_key"}
	code := func(cmd *exec.Cmd) (int, string) {
		out, err := cmd.CombinedOutput()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return exit.ExitCode(), string(out)
		}
		if err != nil {
			t.Fatal(err)
		}
		return 0, string(out)
	}
	want := func(t *testing.T, c *cli, cmd *exec.Cmd, wantCode int, says string) {
		t.Helper()
		if code, out := code(cmd); code != wantCode || !strings.Contains(out, says) {
			t.Errorf("exit code %d, want %d and %q: %s", code, wantCode, says, out)
		}
		if v, ok := c.secret("api_key"); ok {
			t.Errorf("a value of %d bytes was stored", len(v))
		}
		c.wantClean()
	}
	t.Run("endless", func(t *testing.T) {
		c, stream := newCLI(t), new(endless)
		cmd := c.command("", set...)
		cmd.Stdin = stream
		want(t, c, cmd, 7, "limit of 65536 bytes")
		if stream.taken > 1<<20 {
			t.Errorf("%d bytes were taken", stream.taken)
		}
	})
	t.Run("closed", func(t *testing.T) {
		c := newCLI(t)
		want(t, c, c.with("sh", "-c", `exec "$@" <&-`, "sh").command("", set...), 7, "must not be empty")
	})
	for name, open := range map[string]func() (*os.File, error){
		"directory":  func() (*os.File, error) { return os.Open(t.TempDir()) },
		"write only": func() (*os.File, error) { return os.OpenFile(os.DevNull, os.O_WRONLY, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCLI(t)
			stdin, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			cmd := c.command("", set...)
			cmd.Stdin = stdin
			want(t, c, cmd, 1, "read stdin")
		})
	}
	t.Run("binary", func(t *testing.T) {
		c := newCLI(t)
		c.must("a\x00b\nc\n", set...)
		if v, _ := c.secret("api_key"); v != "a\x00b\nc\n" {
			t.Errorf("%q was stored", v)
		}
	})
}

// Completing the name of a key takes no look at its value.
func TestCompletionReadsNoSecret(t *testing.T) {
	c := newCLI(t)
	c.must(oldValue, "secret", "set", "--principal", "alice", "nobodys", "api_key")
	c.asNobody()
	if err := os.Chmod(c.path("secret set"), 0); err != nil {
		t.Fatal(err)
	}
	if _, out := c.run("", "__complete", "secret", "delete", "--principal", "alice", "nobodys", ""); !strings.Contains(out, "api_key") {
		t.Errorf("it offers %s", out)
	}
}

// The value is where no other process can see it: not among the arguments, and not in the environment.
func TestValueIsInNoArgument(t *testing.T) {
	c := newCLI(t)
	for _, args := range [][]string{
		{"secret", "set", "--principal", "alice", "nobodys", "api_key", oldValue},
		{"secret", "set", "--principal", "alice", "nobodys", oldValue},
		{"secret", "set", "--principal", "alice", "nobodys", "api_key=" + oldValue},
		{"secret", "set", "--principal", "alice", "nobodys", "api_key", "--value=" + oldValue},
		{"secret", "set", "--principal", "alice", "nobodys", "api_key", "-" + oldValue},
	} {
		code, out := c.run("", args...)
		if code == 0 || strings.Contains(out, oldValue) {
			t.Errorf("%q ended with %d: %s", args[4:], code, out)
		}
	}
}
