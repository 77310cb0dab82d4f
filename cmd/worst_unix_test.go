//go:build unix

package cmd_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What a guest makes the program say, however long it is, takes no more than the memory that docs/security.md states, and
// no more of stderr than a log message twice, as a line and as JSON in which each backslash is two.
func TestWorstTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("measures memory, of which the race detector takes its own")
	}
	const (
		memory  = 640 << 20
		stderr  = 3 * 64 << 10
		longest = "8388604" // with the action the result has 8 MiB
		tooLong = "8388605"
		largest = "65000000"
		deny    = "the capsule answered deny: "
		limit   = "the hook result limit of 8388608 bytes is reached"
	)
	reason := filepath.Join("..", "testdata", "worst", "reason.wasm")
	for name, tt := range map[string]struct {
		file string
		args []string
		code int
		says string
	}{
		"reason":            {reason, []string{"--action", "x", "--payload", longest}, 3, deny},
		"reason as JSON":    {reason, []string{"--action", "x", "--payload", longest, "--json", "action,data"}, 3, deny},
		"reason by jq":      {reason, []string{"--action", "x", "--payload", longest, "--jq", ".data"}, 3, deny},
		"too long":          {reason, []string{"--action", "x", "--payload", tooLong}, 9, limit},
		"far too long":      {reason, []string{"--action", "x", "--payload", largest}, 9, limit},
		"name of a frame":   {trapNamed().write(t), nil, 8, "unreachable, in \\x00"},
		"name of an import": {importOf().write(t), nil, 7, "nothing provides the imports \\x00"},
		"name of an export": {exportOf().write(t), nil, 2, "it exports \\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := newCLI(t).command("", append([]string{"capsule", "run", "--no-cache", tt.file}, tt.args...)...)
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if status := endOf(t, cmd); status.ExitStatus() != tt.code {
				t.Errorf("ended with %v", status)
			}
			if !strings.Contains(said.String(), tt.says) || said.Len() > stderr {
				t.Errorf("it said %d bytes: %.200q", said.Len(), said.String())
			}
			peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			if runtime.GOOS != "darwin" {
				peak <<= 10
			}
			t.Logf("%d MiB, %s", peak>>20, cmd.ProcessState.UserTime())
			if peak > memory {
				t.Errorf("%d MiB of memory", peak>>20)
			}
		})
	}
}

// holed is the content of a file with so many zeros, which are control characters in UTF-8, between two parts. What a
// process is accounted begins with the memory of the one that starts it, so that this one makes none of it.
type holed struct {
	before []byte
	zeros  int64
	after  []byte
}

// zeros is as many as leave room for the rest of a file that may have 64 MiB.
func zeros() holed { return holed{zeros: 60 << 20} }

// within puts bytes around it.
func (h holed) within(before, after string) holed {
	return holed{slices.Concat([]byte(before), h.before), h.zeros, slices.Concat(h.after, []byte(after))}
}

// sized puts its length before it, as names and sections have it.
func (h holed) sized() holed {
	n := binary.AppendUvarint(nil, uint64(len(h.before))+uint64(h.zeros)+uint64(len(h.after)))
	return h.within(string(n), "")
}

func (h holed) write(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "worst.wasm")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := f.Write(h.before)
	_, err2 := f.WriteAt(h.after, int64(len(h.before))+h.zeros)
	err3 := f.Truncate(int64(len(h.before)) + h.zeros + int64(len(h.after)))
	if err := errors.Join(err1, err2, err3, f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	preamble = "\x00asm\x01\x00\x00\x00"
	oneType  = "\x01\x04\x01\x60\x00\x00"     // without parameters and results
	oneFunc  = "\x03\x02\x01\x00"             // of that type
	asRun    = "\x07\x07\x01\x03run\x00\x00"  // exports function 0
	trapping = "\x0a\x05\x01\x03\x00\x00\x0b" // code that is unreachable
)

// trapNamed is a module whose run has a name as long as any that is looked at, and traps.
func trapNamed() holed {
	names := holed{zeros: 3 << 20}.sized().within("\x01\x00", "").sized().within("\x04name\x01", "").sized()
	return names.within(preamble+oneType+oneFunc+asRun+trapping+"\x00", "")
}

// importOf is a module that imports from one with the long name.
func importOf() holed {
	return zeros().sized().within("\x01", "\x01f\x00\x00").sized().within(preamble+oneType+"\x02", asRun)
}

// exportOf is a module whose only export has the long name.
func exportOf() holed {
	return zeros().sized().within("\x01", "\x00\x00").sized().within(preamble+oneType+oneFunc+"\x07", trapping)
}
