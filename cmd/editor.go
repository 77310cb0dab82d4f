package cmd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
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

// runEditor runs the editor on a file, and waits for its end. An interrupt is the editor's.
func (a *app) runEditor(ctx context.Context, file string) error {
	words := a.editor()
	c := exec.CommandContext(ctx, words[0], append(words[1:], file)...)
	defer a.io.Attach(c)()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	if err := c.Run(); err != nil {
		// Not wrapped: an editor that is not there is no capsule that is not.
		return fmt.Errorf("the editor %s: %s", words[0], err.Error())
	}
	return nil
}
