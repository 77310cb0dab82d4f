package cmd

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"astrid/internal/inert"
	"astrid/pkg/caplog"
)

// logger returns the logger for what capsules and the host have to tell the operator while a capsule runs: plain
// key=value lines on stderr, without the time, which a terminal's user knows and a log collector adds. Who logs waits for
// the reader of stderr until its context ends.
func (a *app) logger() *slog.Logger {
	lines := slog.NewTextHandler(a.io.Err, &slog.HandlerOptions{
		Level: caplog.LevelTrace,
		ReplaceAttr: func(groups []string, at slog.Attr) slog.Attr {
			switch {
			case len(groups) > 0:
			case at.Key == slog.TimeKey:
				return slog.Attr{}
			case at.Key == slog.LevelKey && at.Value.Any() == caplog.LevelTrace:
				return slog.String(slog.LevelKey, "TRACE")
			}
			return at
		},
	})
	return slog.New(&lineHandler{lines, make(chan struct{}, 1)})
}

// lineHandler is a handler that returns when the context of a line ends, even if the line is still being written: a guest
// that logs to a pipe which nobody reads must not outlive its deadline there.
type lineHandler struct {
	slog.Handler
	writing chan struct{} // full while a line is being written
}

func (h *lineHandler) Handle(ctx context.Context, r slog.Record) error {
	select {
	case h.writing <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	written := make(chan error, 1)
	go func() {
		err := h.Handler.Handle(ctx, r)
		<-h.writing
		written <- err
	}()
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// note tells the operator something beside the result, on one inert line.
func (a *app) note(format string, args ...any) {
	fmt.Fprintf(a.io.Err, "astrid: %s\n", inert.Line(fmt.Sprintf(format, args...)))
}

// progressAfter is how long something may take before a terminal is told that it goes on.
const progressAfter = 500 * time.Millisecond

// progress shows, on a terminal and after half a second, that something is going on, until the returned function is
// called.
func (a *app) progress(what string) (done func()) {
	if !a.io.IsErrTTY() {
		return func() {}
	}
	stop := make(chan struct{})
	var finished sync.WaitGroup
	finished.Go(func() {
		frames := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
		wait := progressAfter
		for i := 0; ; i++ {
			select {
			case <-stop:
				if i > 0 {
					fmt.Fprint(a.io.Err, "\r\x1b[K")
				}
				return
			case <-time.After(wait):
				wait = 100 * time.Millisecond
				fmt.Fprintf(a.io.Err, "\r%s %s…", a.paint(dimStyle, string(frames[i%len(frames)])), what)
			}
		}
	})
	return func() {
		close(stop)
		finished.Wait()
	}
}
