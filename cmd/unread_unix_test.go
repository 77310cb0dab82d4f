//go:build unix

package cmd_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// pipe is a pipe with a program at its end for writing, which nobody reads unless the test does.
type pipe struct {
	*testing.T
	path    string
	program *os.File
	r       *os.File
}

func newPipe(t *testing.T) *pipe {
	t.Helper()
	p := &pipe{T: t, path: filepath.Join(t.TempDir(), "pipe")}
	if err := syscall.Mkfifo(p.path, 0o600); err != nil {
		t.Fatal(err)
	}
	p.r = p.open(os.O_RDWR) // which does not wait for a writer
	p.program = p.open(os.O_WRONLY)
	return p
}

func (p *pipe) open(flags int) *os.File {
	p.Helper()
	f, err := os.OpenFile(p.path, flags, 0)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { f.Close() })
	return f
}

// await waits until the program writes.
func (p *pipe) await() {
	p.Helper()
	if _, err := p.r.Read(make([]byte, 1)); err != nil {
		p.Fatal(err)
	}
}

// fill leaves no room for a single byte.
func (p *pipe) fill() {
	p.Helper()
	raw, err := p.open(os.O_WRONLY | syscall.O_NONBLOCK).SyscallConn()
	if err != nil {
		p.Fatal(err)
	}
	err = raw.Write(func(fd uintptr) bool {
		for chunk := make([]byte, 4096); len(chunk) > 0; {
			if _, err := syscall.Write(int(fd), chunk); err != nil { // there is not as much room
				chunk = chunk[:len(chunk)/2]
			}
		}
		return true
	})
	if err != nil {
		p.Fatal(err)
	}
}

// endOf waits for a command that has to end by itself.
func endOf(t *testing.T, cmd *exec.Cmd) syscall.WaitStatus {
	t.Helper()
	hangs := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !hangs.Stop() {
		t.Fatal("it hangs")
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok && err != nil {
		t.Fatal(err)
	} else if ok {
		return exit.Sys().(syscall.WaitStatus)
	}
	return 0
}

// A stderr that nobody reads keeps no capsule from ending at its deadline, and the program from ending with it.
func TestDeadlineWithUnreadStderr(t *testing.T) {
	greeter := filepath.Join("..", "testdata", "capsules", "greeter", "greeter.wasm")
	for name, tt := range map[string]struct {
		full bool
		args []string
	}{
		"the guest fills it": {false, []string{filepath.Join("..", "testdata", "worst", "logs.wasm")}},
		"the guest loops":    {true, []string{greeter, "--action", "spin", "--no-secrets"}},
		"the stats":          {true, []string{greeter, "--action", "spin", "--no-secrets", "--stats"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stderr := newPipe(t)
			if tt.full {
				stderr.fill()
			}
			cmd := newCLI(t).command("", append([]string{"capsule", "run", "--timeout", "200ms"}, tt.args...)...)
			cmd.Stderr = stderr.program
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if status := endOf(t, cmd); status.ExitStatus() != 124 {
				t.Errorf("ended with %v", status)
			}
		})
	}
}

// Nor does it keep the operator from ending both.
func TestSignalsWithUnreadStderr(t *testing.T) {
	stderr := newPipe(t)
	cmd := newCLI(t).command("", "capsule", "run", filepath.Join("..", "testdata", "worst", "logs.wasm"))
	cmd.Stderr = stderr.program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stderr.await()
	stderr.fill()
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} { // two of a kind may arrive as one
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	if status := endOf(t, cmd); status.ExitStatus() != 130 && status.ExitStatus() != 143 { // either may arrive first
		t.Errorf("ended with %v", status)
	}
}

// While the result is being printed, a signal does what it does to any program.
func TestSignalWithUnreadStdout(t *testing.T) {
	payload := filepath.Join(t.TempDir(), "payload")
	if err := os.WriteFile(payload, make([]byte, 300<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout := newPipe(t)
	cmd := newCLI(t).command("", "capsule", "run", "--no-secrets",
		filepath.Join("..", "testdata", "capsules", "greeter", "greeter.wasm"), "--action", "echo", "--payload-file", payload)
	cmd.Stdout = stdout.program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdout.await()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := endOf(t, cmd); status.Signal() != syscall.SIGINT {
		t.Errorf("ended with %v", status)
	}
}
