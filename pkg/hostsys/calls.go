package hostsys

import (
	"context"
	"io"
	"slices"
	"time"
)

// MaxSleep is the longest sleep, and MaxRandom the most random bytes, that one call may ask for.
const (
	MaxSleep  = 60 * time.Second
	MaxRandom = 4096
)

// SignalReady tells the host that the guest is ready. It may be called again, to no effect.
func (h *Host) SignalReady(context.Context) { h.ready() }

// ClockMs returns the wall time in milliseconds since 1970, 0 before, saturating.
func (h *Host) ClockMs(context.Context) uint64 { return h.config.Clock.UnixMilli() }

// ClockMonotonicNs returns the nanoseconds since the anchor of the process's clock, which first use sets.
func (h *Host) ClockMonotonicNs(context.Context) uint64 { return h.config.Clock.MonotonicNs() }

// SleepNs waits for so many nanoseconds. It fails with [TooLarge] over [MaxSleep], and with [Cancelled] as soon
// as ctx is cancelled or its deadline is over, even where it need not wait.
func (h *Host) SleepNs(ctx context.Context, ns uint64) error {
	if ns > uint64(MaxSleep) {
		return &ErrorCode{Case: TooLarge}
	}
	if err := h.config.Clock.Sleep(ctx, time.Duration(ns)); err != nil {
		return &ErrorCode{Case: Cancelled}
	}
	return nil
}

// RandomBytes returns n random bytes. It fails with [TooLarge] over [MaxRandom], and with [Unknown] if the
// source of entropy does.
func (h *Host) RandomBytes(_ context.Context, n uint64) ([]byte, error) {
	if n > MaxRandom {
		return nil, &ErrorCode{Case: TooLarge}
	}
	random := make([]byte, n)
	if _, err := io.ReadFull(h.config.Entropy, random); err != nil {
		return nil, &ErrorCode{Case: Unknown, Unknown: "entropy source unavailable: " + h.clean(err.Error())}
	}
	return random, nil
}

// CheckCapsuleCapability reports whether a capsule holds a capability. A UUID that is none or that nobody has,
// and a name that is no capability, are not allowed. It fails with [RegistryUnavailable] if there is no
// registry, whatever the UUID.
func (h *Host) CheckCapsuleCapability(_ context.Context, r CapabilityCheckRequest) (CapabilityCheckResponse, error) {
	if h.config.Registry == nil {
		return CapabilityCheckResponse{}, &ErrorCode{Case: RegistryUnavailable}
	}
	return CapabilityCheckResponse{Allowed: h.config.Registry.Allowed(r.SourceUUID, r.Capability)}, nil
}

// EnumerateCapabilities returns the names of the capabilities held at load, sorted. The slice is the caller's.
func (h *Host) EnumerateCapabilities(context.Context) []string { return slices.Clone(h.capabilities) }
