package cmd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"astrid/internal/iostreams"
)

// editor is the program that the operator edits with, and its arguments.
func (a *app) editor() []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		value, _ := a.lookup(name)
		if fields := strings.Fields(value); len(fields) > 0 {
			return fields
		}
	}
	if runtime.GOOS == "windows" {
		return []string{"notepad"}
	}
	return []string{"vi"}
}

// graceOfEditor is how long an editor may take to end when the program has to.
const graceOfEditor = 5 * time.Second

// runEditor runs the editor on a file, and waits for its end. Signals from the keyboard are the editor's. One that is to
// end the program ends the editor first; the error is iostreams.ErrTerminated then.
func (a *app) runEditor(ctx context.Context, file string) error {
	keyboard := make(chan os.Signal, 1)
	signal.Notify(keyboard, os.Interrupt, syscall.SIGQUIT)
	defer signal.Stop(keyboard)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	words := a.editor()
	c := exec.CommandContext(ctx, words[0], append(words[1:], file)...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = graceOfEditor
	defer a.io.Attach(c)()
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return iostreams.ErrTerminated
	case err != nil:
		// Not wrapped: an editor that is not there is no capsule that is not.
		return fmt.Errorf("the editor %s: %s", words[0], err.Error())
	}
	return nil
}
