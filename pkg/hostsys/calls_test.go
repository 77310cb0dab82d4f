package hostsys_test

import (
	"context"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"astrid/pkg/hostsys"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := hostsys.New(hostsys.Config{})
	if err == nil {
		t.Fatal("a host without anything")
	}
	for _, field := range []string{"Capsule", "Owner", "Settings", "Clock", "Entropy", "Logger", "Redactor"} {
		if !strings.Contains(err.Error(), "Config."+field+" is required") {
			t.Errorf("%s is not in %q", field, err)
		}
	}
}

func TestSignalReady(t *testing.T) {
	w := newWorld(t)
	ready := 0
	h := w.host(func(c *hostsys.Config) { c.Ready = func() { ready++ } })
	for range 3 {
		h.SignalReady(t.Context())
	}
	if ready != 1 {
		t.Errorf("the waiter is told %d times", ready)
	}
	w.host().SignalReady(t.Context()) // nobody waits
}

func TestClockMs(t *testing.T) {
	for _, tt := range []struct {
		name string
		now  time.Time
		want uint64
	}{
		{"now", today(), 1749601600123},
		{"epoch", time.Unix(0, 0), 0},
		{"before the epoch", time.Unix(-1, 999_999_999), 0},
		{"long before the epoch", time.Time{}, 0},
		{"one millisecond", time.Unix(0, 1_999_999), 1},
		{"more than an int64 of milliseconds", time.Unix(math.MaxInt64/1000+1, 0), (math.MaxInt64/1000 + 1) * 1000},
		{"more than a uint64 of milliseconds", time.Unix(math.MaxInt64, 0), math.MaxUint64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.clock = hostsys.NewClock(func() time.Time { return tt.now }, nil)
			if got := w.host().ClockMs(t.Context()); got != tt.want {
				t.Errorf("clock-ms = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestClockMonotonicNs(t *testing.T) {
	w := newWorld(t)
	now := today()
	w.clock = hostsys.NewClock(func() time.Time { return now }, nil)
	one, other := w.host(), w.host()

	one.ClockMs(t.Context()) // sets no anchor
	now = now.Add(time.Hour)
	if got := one.ClockMonotonicNs(t.Context()); got != 0 {
		t.Errorf("the first reading is %d", got)
	}
	now = now.Add(1500 * time.Millisecond)
	if got := other.ClockMonotonicNs(t.Context()); got != 1_500_000_000 {
		t.Errorf("another host on the same clock reads %d, and not what passed since the anchor", got)
	}
	now = now.Add(-time.Hour)
	if got := one.ClockMonotonicNs(t.Context()); got != 0 {
		t.Errorf("a clock that is set back reads %d", got)
	}
}

func TestSystemClockDoesNotGoBack(t *testing.T) {
	clock := hostsys.SystemClock()
	last := clock.MonotonicNs()
	for range 1000 {
		next := clock.MonotonicNs()
		if next < last {
			t.Fatalf("%d comes after %d", next, last)
		}
		last = next
	}
}

func TestA22SleepNs(t *testing.T) {
	for _, tt := range []struct {
		name string
		ns   uint64
		want time.Duration // 0 with an error
		err  error
	}{
		{"nothing", 0, 0, nil},
		{"a millisecond", 1_000_000, time.Millisecond, nil},
		{"sixty seconds", 60_000_000_000, time.Minute, nil},
		{"a nanosecond more", 60_000_000_001, 0, &hostsys.ErrorCode{Case: hostsys.TooLarge}},
		{"more than an int64", math.MaxUint64, 0, &hostsys.ErrorCode{Case: hostsys.TooLarge}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.clock = hostsys.SystemClock()
				begin := time.Now()
				err := w.host().SleepNs(t.Context(), tt.ns)
				if !errors.Is(err, tt.err) {
					t.Errorf("sleep-ns = %v, want %v", err, tt.err)
				}
				if slept := time.Since(begin); slept != tt.want {
					t.Errorf("slept %v, want %v", slept, tt.want)
				}
			})
		})
	}
}

func TestSleepNsEndsWithItsContext(t *testing.T) {
	cancelled := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	}
	for _, tt := range []struct {
		name  string
		bind  func(context.Context) (context.Context, context.CancelFunc)
		ns    uint64
		after time.Duration
	}{
		{"already cancelled", cancelled, uint64(time.Minute), 0},
		{"already cancelled, nothing to sleep", cancelled, 0, 0},
		{"cancelled meanwhile", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(3*time.Second, cancel)
			return ctx, cancel
		}, uint64(time.Minute), 3 * time.Second},
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 2*time.Second)
		}, uint64(time.Minute), 2 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.clock = hostsys.SystemClock()
				ctx, cancel := tt.bind(t.Context())
				defer cancel()
				begin := time.Now()
				err := w.host().SleepNs(ctx, tt.ns)
				if !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.Cancelled}) {
					t.Errorf("sleep-ns = %v", err)
				}
				if slept := time.Since(begin); slept != tt.after {
					t.Errorf("slept %v, want %v", slept, tt.after)
				}
			})
		})
	}
}

func TestCancellationWinsOverASleepThatIsOver(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.clock = hostsys.NewClock(today, func(context.Context, time.Duration) error {
		cancel()
		return nil
	})
	if err := w.host().SleepNs(ctx, 42); !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.Cancelled}) {
		t.Errorf("sleep-ns = %v", err)
	}
}

func TestSleepNsOnAnInjectedClock(t *testing.T) {
	w := newWorld(t)
	var slept time.Duration
	w.clock = hostsys.NewClock(today, func(_ context.Context, d time.Duration) error {
		slept += d
		return nil
	})
	if err := w.host().SleepNs(t.Context(), 42); err != nil || slept != 42 {
		t.Errorf("slept %v, %v", slept, err)
	}
}

func TestA23RandomBytes(t *testing.T) {
	w := newWorld(t)
	h := w.host()
	for _, n := range []uint64{0, 1, 32, 4096} {
		got, err := h.RandomBytes(t.Context(), n)
		if err != nil || uint64(len(got)) != n || got == nil {
			t.Errorf("random-bytes(%d) gives %d bytes (nil: %v), %v", n, len(got), got == nil, err)
		}
	}
	for _, n := range []uint64{4097, math.MaxUint64} {
		got, err := h.RandomBytes(t.Context(), n)
		if got != nil || !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.TooLarge}) {
			t.Errorf("random-bytes(%d) gives %d bytes, %v", n, len(got), err)
		}
	}
}

func TestRandomBytesComeFromTheReader(t *testing.T) {
	w := newWorld(t)
	h := w.host(func(c *hostsys.Config) { c.Entropy = iotest.OneByteReader(strings.NewReader("abcdefgh")) })
	if got, err := h.RandomBytes(t.Context(), 8); string(got) != "abcdefgh" || err != nil {
		t.Errorf("random-bytes = %q, %v", got, err)
	}
}

func TestEntropyFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reader io.Reader
		want   string
	}{
		{"with an error", iotest.ErrReader(errors.New("no device")), "entropy source unavailable: no device"},
		{"too soon", strings.NewReader("abc"), "entropy source unavailable: unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			h := w.host(func(c *hostsys.Config) { c.Entropy = tt.reader })
			got, err := h.RandomBytes(t.Context(), 8)
			if got != nil || !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.Unknown, Unknown: tt.want}) {
				t.Errorf("random-bytes = %q, %v", got, err)
			}
		})
	}
}

func TestCapabilitySnapshot(t *testing.T) {
	w := newWorld(t)
	t.Run("round-trips in order", func(t *testing.T) {
		want := []string{"allow_persistent", "net_connect", "uplink"}
		if got := w.host().EnumerateCapabilities(t.Context()); !reflect.DeepEqual(got, want) {
			t.Errorf("enumerate-capabilities = %q, want %q", got, want)
		}
	})
	t.Run("A19 all eleven are sorted", func(t *testing.T) {
		all := manifest.CapabilityNames()
		h := w.host(func(c *hostsys.Config) {
			c.Capabilities = nil
			for i := range all { // backwards
				c.Capabilities = append(c.Capabilities, all[len(all)-1-i])
			}
		})
		got := h.EnumerateCapabilities(t.Context())
		if len(got) != 11 || got[0] != "allow_persistent" || got[10] != "uplink" || !reflect.DeepEqual(got, all) {
			t.Errorf("enumerate-capabilities = %q", got)
		}
	})
	t.Run("empty by default", func(t *testing.T) {
		h := w.host(func(c *hostsys.Config) { c.Capabilities = nil })
		if got := h.EnumerateCapabilities(t.Context()); len(got) != 0 {
			t.Errorf("enumerate-capabilities = %q", got)
		}
	})
	t.Run("is a copy both ways", func(t *testing.T) {
		held := []string{"kv", "net"}
		h := w.host(func(c *hostsys.Config) { c.Capabilities = held })
		held[0] = "host_process"
		h.EnumerateCapabilities(t.Context())[1] = "uplink"
		if got, want := h.EnumerateCapabilities(t.Context()), []string{"kv", "net"}; !reflect.DeepEqual(got, want) {
			t.Errorf("enumerate-capabilities = %q, want %q", got, want)
		}
	})
}

func TestCheckCapsuleCapability(t *testing.T) {
	w := newWorld(t)
	installed, err := registry.Open(t.Context(), w.home)
	if err != nil {
		t.Fatal(err)
	}
	self := registry.UUID("greeter", strings.Repeat("0", 64))
	h := w.host(func(c *hostsys.Config) { c.Registry = installed.Running(self, w.manifest.Capabilities) })
	bare := strings.ReplaceAll(self.String(), "-", "")
	for _, tt := range []struct {
		name, uuid, capability string
		want                   bool
	}{
		{"held", self.String(), "net_connect", true},
		{"not held", self.String(), "host_process", false},
		{"A20 no name", self.String(), "", false},
		{"A20 other letter case", self.String(), "NET_CONNECT", false},
		{"unknown name", self.String(), "everything", false},
		{"A21 no UUID", "not-a-uuid", "net_connect", false},
		{"empty UUID", "", "net_connect", false},
		{"unknown UUID", registry.UUID("other", "").String(), "net_connect", false},
		{"the operator", hostsys.OperatorID, "net_connect", false},
		{"the nil UUID", "00000000-0000-0000-0000-000000000000", "net_connect", false},
		{"upper case", strings.ToUpper(self.String()), "net_connect", true},
		{"without hyphens", bare, "net_connect", true},
		{"in braces", "{" + self.String() + "}", "net_connect", true},
		{"in what are no braces", "x" + self.String() + "y", "net_connect", false},
		{"URN", "urn:uuid:" + self.String(), "net_connect", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := h.CheckCapsuleCapability(t.Context(),
				hostsys.CapabilityCheckRequest{SourceUUID: tt.uuid, Capability: tt.capability})
			if err != nil || got.Allowed != tt.want {
				t.Errorf("allowed: %v, %v; want %v", got.Allowed, err, tt.want)
			}
		})
	}
}

func TestA21NoRegistry(t *testing.T) {
	h := newWorld(t).host()
	for _, id := range []string{"not-a-uuid", hostsys.OperatorID} {
		got, err := h.CheckCapsuleCapability(t.Context(), hostsys.CapabilityCheckRequest{SourceUUID: id, Capability: "net"})
		if got.Allowed || !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.RegistryUnavailable}) {
			t.Errorf("%q: allowed %v, %v", id, got.Allowed, err)
		}
	}
}
