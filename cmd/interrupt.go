package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"astrid/pkg/capsule"
)

// graceAfterSignal is how long a capsule may go on after the operator's first signal.
const graceAfterSignal = 5 * time.Second

// graceAtEnd is how long the program may take to say what there is to say once its time is up: nobody may read it.
const graceAtEnd = time.Second / 2

// interruptible turns the operator's signals into the ends of two contexts. The first signal ends stop, which asks
// the capsule to finish; a second one, or the end of the grace, ends the returned ctx, which does not ask, and soon the
// program, even if it waits for a reader of its output. The cause of either is capsule.ErrInterrupted or
// capsule.ErrTerminated.
//
// release takes how the capsule ended. From then on a first signal has its usual effect, and a program whose capsule ran
// out of time ends soon. It may be called again.
func (a *app) interruptible(parent context.Context) (ctx, stop context.Context, release func(error)) {
	ctx, end := context.WithCancelCause(parent)
	stop, ask := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cause := capsule.ErrInterrupted
		select {
		case s := <-signals:
			if s == syscall.SIGTERM {
				cause = capsule.ErrTerminated
			}
		case <-ctx.Done():
			return
		}
		said := make(chan struct{})
		go func() {
			fmt.Fprintf(a.io.Err, "astrid: %s: the capsule may finish within %s; again ends it at once\n", cause, graceAfterSignal)
			close(said)
		}()
		select { // said before it is asked, which may end the program, unless nobody reads it
		case <-said:
		case <-time.After(graceAtEnd):
		}
		ask(cause)
		select {
		case <-signals:
		case <-time.After(graceAfterSignal):
		case <-parent.Done():
			return
		}
		end(cause)
		a.endSoon(parent, exitCode(cause))
	}()
	return ctx, stop, func(err error) {
		// After the first signal a second one may be on its way, which must not change how the program ends.
		if stop.Err() == nil {
			signal.Stop(signals)
		}
		if errors.Is(interruptedOr(stop, err), context.DeadlineExceeded) {
			a.endSoon(parent, exitDeadline)
		}
		end(context.Canceled)
	}
}

// endSoon ends the process after graceAtEnd, unless running, the context of the command, has ended by then.
func (a *app) endSoon(running context.Context, code int) {
	end := time.AfterFunc(graceAtEnd, func() { a.exit(code) })
	context.AfterFunc(running, func() { end.Stop() })
}
