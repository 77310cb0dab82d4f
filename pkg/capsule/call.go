package capsule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"astrid/pkg/caplog"
	"astrid/pkg/component"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/hostsys/bind"
)

// Call is who calls a capsule, and for how long.
type Call struct {
	// Principal is who the call acts for. The zero value is nobody: the capsule sees no caller, and the owner
	// decides secrets, overlay and log.
	Principal home.Principal
	// SourceID is the UUID of the sender. Empty: the operator, hostsys.OperatorID.
	SourceID string
	// Timeout bounds the call, from instantiation. Zero: no bound but ctx's.
	Timeout time.Duration
	// Stop asks the capsule to finish when it ends: waiting host calls answer cancelled, while the guest goes on
	// until ctx ends. Nil: nothing asks.
	Stop context.Context
	// Stats receives what the call took, whatever its outcome. Nil: nobody asks.
	Stats *Stats
}

// Stats is what a call took.
type Stats struct {
	Compile     time.Duration // of the capsule, when it was opened
	Instantiate time.Duration
	Run         time.Duration // of the function that was called
	component.Stats
}

// Trigger calls the capsule's astrid-hook-trigger. The result of a guest counts only without an error.
//
// The error is a *component.ExportError if it does not export the function; a *component.Trap,
// *component.LimitError, which hostsys.MaxResult is one of, or *component.InterruptError if the guest was ended, the last
// of which unwraps to the cause of ctx or to a *DeadlineError; or, whatever the guest answered, the first
// *config.SecretError of the call. That one comes before a trap or a limit, which is in its text only.
func (c *Capsule) Trigger(ctx context.Context, call Call, action string, payload []byte) (hostsys.HookResult, error) {
	var result hostsys.HookResult
	err := c.call(ctx, call, ExportHook, func(ctx context.Context, inst *component.Instance) error {
		hook, err := component.ExportFunc2[string, []byte, hostsys.HookResult](c.linked, ExportHook)
		if err != nil {
			return err
		}
		result, err = hook.Call(ctx, inst, action, payload)
		if err == nil && result.Len() > hostsys.MaxResult {
			return &component.LimitError{Limit: "hook result", Value: fmt.Sprintf("%d bytes", hostsys.MaxResult)}
		}
		return err
	})
	if err != nil {
		return hostsys.HookResult{}, err
	}
	return result, nil
}

// Run calls the capsule's run, which may go on until ctx ends. The errors are those of Trigger.
func (c *Capsule) Run(ctx context.Context, call Call) error {
	return c.call(ctx, call, ExportRun, func(ctx context.Context, inst *component.Instance) error {
		return callEmpty(ctx, c.linked, inst, ExportRun)
	})
}

func callEmpty(ctx context.Context, l *component.Linked, inst *component.Instance, name string) error {
	fn, err := component.ExportFunc0[component.Unit](l, name)
	if err != nil {
		return err
	}
	_, err = fn.Call(ctx, inst)
	return err
}

// Lifecycle calls astrid-install or astrid-upgrade. Such a hook has no secrets, no settings, no capabilities, no
// caller and no log file. The errors are those of Trigger.
func (c *Capsule) Lifecycle(ctx context.Context, call Call, export string) (err error) {
	if err := c.require(export); err != nil {
		return err
	}
	hc := c.hostConfig()
	hc.Settings = config.New(nil, c.config.ID, nil).For(c.config.Owner, nil)
	if r := c.config.Registry; r != nil {
		hc.Registry = r
	}
	host, err := hostsys.New(hc)
	if err != nil {
		return err
	}
	linked, err := component.NewLinker(bind.Interface(host)).Link(ctx, c.comp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, linked.Close(context.WithoutCancel(ctx))) }()
	return c.instance(ctx, call, linked, func(ctx context.Context, inst *component.Instance) error {
		return callEmpty(ctx, linked, inst, export)
	})
}

// call prepares what belongs to one invocation and runs fn in a fresh instance.
func (c *Capsule) call(ctx context.Context, call Call, export string, fn func(context.Context, *component.Instance) error) error {
	if err := c.require(export); err != nil {
		return err
	}
	inv, done, err := c.invocation(ctx, call)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return &component.InterruptError{Cause: cause}
		}
		return err
	}
	ctx = c.host.Invocation(ctx, inv)
	err = c.instance(ctx, call, c.linked, fn)
	if cerr := done(); err == nil {
		err = cerr
	}
	failure := c.host.InvocationFailure(ctx)
	switch {
	case failure == nil || interrupted(err):
		return err
	case err != nil: // of which the text is enough: a guest may well trap because a secret is missing
		return fmt.Errorf("%w; and then: %s", failure, err.Error())
	}
	return failure
}

func interrupted(err error) bool {
	var i *component.InterruptError
	return errors.As(err, &i)
}

// invocation makes what hostsys needs to know of a call, and what ends it.
func (c *Capsule) invocation(ctx context.Context, call Call) (hostsys.Invocation, func() error, error) {
	if call.Principal.IsZero() {
		_, err := c.own()
		return hostsys.Invocation{}, func() error { return nil }, err
	}
	source := call.SourceID
	if source == "" {
		source = hostsys.OperatorID
	}
	caller := hostsys.NewCaller(call.Principal, source, c.config.Clock.Now())
	view, err := c.config.settings(ctx, call.Principal)
	if err != nil {
		return hostsys.Invocation{}, nil, err
	}
	if call.Principal == c.config.Owner {
		return hostsys.Invocation{Caller: &caller, Settings: view, Log: c.log}, func() error { return nil }, nil
	}
	log := caplog.New(c.config.Home, call.Principal, c.config.ID, c.config.Clock.Now)
	return hostsys.Invocation{Caller: &caller, Settings: view, Log: log}, log.Close, nil
}

// instance runs fn in a fresh instance of linked, under the call's deadline.
func (c *Capsule) instance(ctx context.Context, call Call, linked *component.Linked, fn func(context.Context, *component.Instance) error) error {
	if call.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, call.Timeout, &DeadlineError{"the capsule", call.Timeout})
		defer cancel()
	}
	if call.Stop != nil {
		stop, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(call.Stop, func() { cancel(context.Cause(call.Stop)) })()
		ctx = bind.WithWait(ctx, stop)
	}
	begin := time.Now()
	inst, err := linked.Instantiate(ctx)
	if err != nil {
		return err
	}
	ready := time.Now()
	err = fn(ctx, inst)
	if call.Stats != nil {
		*call.Stats = Stats{c.compile, ready.Sub(begin), time.Since(ready), inst.Stats()}
	}
	if cerr := inst.Close(context.WithoutCancel(ctx)); err == nil {
		err = cerr
	}
	if cause := context.Cause(ctx); cause != nil && !interrupted(err) {
		// A guest that was waiting in the host learns that it was cancelled and may return before it is ended.
		return &component.InterruptError{Cause: cause}
	}
	return err
}
