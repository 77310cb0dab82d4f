package bind

import (
	"context"

	"astrid/pkg/component"
	"astrid/pkg/hostsys"
)

// Name is the interface that guests import.
const Name = "astrid:sys/host@1.0.0"

// Interface returns astrid:sys as h serves it. The invocation that a call belongs to is found in the context that
// the guest is called with: see hostsys.Host.Invocation.
func Interface(h *hostsys.Host) *component.Interface {
	return component.NewInterface(Name).
		Errors(component.ErrorType(func(error) hostsys.ErrorCode {
			return hostsys.ErrorCode{Case: hostsys.Unknown, Unknown: "the host failed"}
		})).
		Func("get-config", component.Func1(h.GetConfig)).
		Func("get-caller", component.Func0(h.GetCaller)).
		Func("log", component.Proc2(h.Log)).
		Func("signal-ready", component.Proc0(h.SignalReady)).
		Func("clock-ms", component.Infallible0(h.ClockMs)).
		Func("clock-monotonic-ns", component.Infallible0(h.ClockMonotonicNs)).
		Func("sleep-ns", component.OnlyErr1(func(ctx context.Context, ns uint64) error {
			return h.SleepNs(waiting(ctx), ns)
		})).
		Func("random-bytes", component.Func1(h.RandomBytes)).
		Func("check-capsule-capability", component.Func1(h.CheckCapsuleCapability)).
		Func("enumerate-capabilities", component.Infallible0(h.EnumerateCapabilities))
}

type waitKey struct{}

// WithWait returns a context for a call in which functions that wait do so under wait, which may end before the
// call does: the guest hears that it was cancelled and can finish what it was doing. wait must be derived from ctx.
func WithWait(ctx, wait context.Context) context.Context {
	return context.WithValue(ctx, waitKey{}, wait)
}

// waiting returns the context for a function that waits.
func waiting(ctx context.Context) context.Context {
	if wait, ok := ctx.Value(waitKey{}).(context.Context); ok {
		return wait
	}
	return ctx
}
