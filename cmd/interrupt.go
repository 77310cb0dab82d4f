package cmd

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"astrid/pkg/capsule"
)

// graceAfterSignal is how long a capsule may go on after the operator's first signal.
const graceAfterSignal = 5 * time.Second

// interruptible turns the operator's signals into the ends of two contexts. The first signal ends stop, which asks
// the capsule to finish; a second one, or the end of the grace, ends the returned ctx, which does not ask. The cause
// of either is capsule.ErrInterrupted or capsule.ErrTerminated.
func (a *app) interruptible(parent context.Context) (ctx, stop context.Context, release func()) {
	ctx, end := context.WithCancelCause(parent)
	stop, ask := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			cause := capsule.ErrInterrupted
			if s == syscall.SIGTERM {
				cause = capsule.ErrTerminated
			}
			fmt.Fprintf(a.io.Err, "astrid: %s: the capsule may finish within %s; again ends it at once\n", cause, graceAfterSignal)
			ask(cause)
			select {
			case <-signals:
			case <-time.After(graceAfterSignal):
			case <-ctx.Done():
			}
			end(cause)
		case <-ctx.Done():
		}
	}()
	return ctx, stop, func() {
		// After the first signal a second one may be on its way, which must not change how the program ends.
		if stop.Err() == nil {
			signal.Stop(signals)
		}
		end(context.Canceled)
	}
}
