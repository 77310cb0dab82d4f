package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Wait is how long Lock waits for another holder.
const Wait = 10 * time.Second

// poll is how often a waiting Lock asks again. The system's own blocking call cannot be cancelled.
const poll = 5 * time.Millisecond

// ErrBusy is returned when somebody else held a lock for all of [Wait].
var ErrBusy = errors.New("busy: another process is changing it, try again")

// errHeld is what tryLock returns while somebody else holds the lock.
var errHeld = errors.New("lock is held")

// Lock takes the exclusive advisory lock of f. It excludes every other open of the same file, in this process
// too, and ends when f is closed, or the process dies. Where the file may lose its name meanwhile, the caller looks whether
// it has: a second process would lock its successor. The error is ErrBusy after [Wait], or the cause why ctx ended.
func Lock(ctx context.Context, f *os.File) error {
	ctx, cancel := context.WithTimeoutCause(ctx, Wait, ErrBusy)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		err := tryLock(f)
		if !errors.Is(err, errHeld) {
			if err != nil {
				return fmt.Errorf("lock: %w", err)
			}
			return nil
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return context.Cause(ctx)
}

// TryLock takes the lock as Lock does, without waiting: it reports whether it was had.
func TryLock(f *os.File) (bool, error) {
	err := tryLock(f)
	if errors.Is(err, errHeld) {
		return false, nil
	}
	return err == nil, err
}
