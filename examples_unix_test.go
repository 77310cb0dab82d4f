//go:build unix

package main_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"astrid/pkg/registry"
)

// TestExamples pastes the examples of every command's help into a shell on a terminal, at which somebody says yes to
// whatever is asked. They are read from docs/cli, which another test compares with the help. What they need beside a
// tree is made by testdata/examples/setup.sh.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	bin := buildProgram(t)
	pages, err := filepath.Glob("docs/cli/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("there is no reference: %v", err)
	}
	for _, page := range pages {
		_, examples, ok := strings.Cut(readFile(t, page), "\n## Examples\n\n```sh\n")
		if !ok {
			continue
		}
		script, _, _ := strings.Cut(examples, "```\n")
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			t.Parallel()
			runExamples(t, bin, script)
		})
	}
}

func runExamples(t *testing.T, bin, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	capsules, err := filepath.Abs("testdata/capsules")
	if err != nil {
		t.Fatal(err)
	}
	setup, err := filepath.Abs("testdata/examples/setup.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ptmx.Close()
	c := exec.CommandContext(ctx, "sh", "-euc", `. "$SETUP" >setup.log 2>&1 </dev/null || { cat setup.log; exit 1; }; set -x`+"\n"+script)
	c.Dir = dir
	c.Env = []string{
		"HOME=" + t.TempDir(), "TERM=xterm", "SETUP=" + setup, "CAPSULES=" + capsules, "EDITOR=true",
		"GREETER_HASH=" + registry.Hash([]byte(readFile(t, "testdata/capsules/greeter/greeter.wasm"))),
		"PATH=" + strings.Join([]string{filepath.Join(dir, "bin"), bin, os.Getenv("PATH")}, ":"),
	}
	c.Stdin, c.Stdout, c.Stderr = tty, tty, tty
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	screen := sayYes(ptmx)
	if err := c.Wait(); err != nil {
		t.Errorf("%v\n%s", err, screen.String())
	}
}

// sayYes answers what is asked on a terminal, and returns all that was shown there once nobody has it open.
func sayYes(ptmx *os.File) *bytes.Buffer {
	var screen bytes.Buffer
	chunk := make([]byte, 4096)
	for {
		n, err := ptmx.Read(chunk)
		if err != nil {
			return &screen
		}
		screen.Write(chunk[:n])
		for _, question := range []string{"[y/N] ", "not shown: ", "empty for none: "} {
			if bytes.HasSuffix(screen.Bytes(), []byte(question)) {
				_, _ = ptmx.WriteString("yes\r") // who asked may be gone
			}
		}
	}
}
