package hostsys

import (
	"context"
	"math"
	"sync"
	"time"
)

// Clock is the time that capsules see. A program makes one and shares it between its hosts, since the
// monotonic reading counts from that clock's first use. It is safe for concurrent use.
type Clock struct {
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	anchor func() time.Time
}

// NewClock returns a clock that reads now and waits with sleep. Now must be safe for concurrent use, and times
// that it returns must subtract to the time passed, as those of time.Now do. Sleep must return nil once the
// duration has passed, or ctx.Err() as soon as ctx is done.
func NewClock(now func() time.Time, sleep func(context.Context, time.Duration) error) *Clock {
	return &Clock{now: now, sleep: sleep, anchor: sync.OnceValue(now)}
}

// SystemClock returns a new clock of the operating system.
func SystemClock() *Clock { return NewClock(time.Now, sleep) }

// Now returns the wall time.
func (c *Clock) Now() time.Time { return c.now() }

// UnixMilli returns the milliseconds since 1970: 0 before, and the greatest number once they overflow.
func (c *Clock) UnixMilli() uint64 {
	t := c.now()
	sec := t.Unix()
	switch {
	case sec < 0:
		return 0
	case uint64(sec) >= math.MaxUint64/1000:
		return math.MaxUint64
	}
	return uint64(sec)*1000 + uint64(t.Nanosecond())/uint64(time.Millisecond)
}

// MonotonicNs returns the nanoseconds since the anchor, which the first call sets. It never falls below 0,
// wherever the wall clock is moved.
func (c *Clock) MonotonicNs() uint64 {
	anchor := c.anchor()
	return uint64(max(0, c.now().Sub(anchor)))
}

// Sleep waits for d, or returns ctx.Err() as soon as ctx is done. A context that is done wins over a wait that
// is over.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d > 0 {
		if err := c.sleep(ctx, d); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sleep waits on the system's timer.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
