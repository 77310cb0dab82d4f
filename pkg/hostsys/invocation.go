package hostsys

import (
	"context"
	"sync/atomic"

	"astrid/pkg/config"
	"astrid/pkg/home"
)

// Invocation is what belongs to one call of the guest from outside.
//
// Settings and Log are those of the principal that Caller names. If that name is missing or not valid they are
// ignored, and the load-time ones serve: what a caller may not be called, it may not choose.
type Invocation struct {
	// Caller is who calls. Nil: nobody, as for calls that the host itself makes.
	Caller *CallerContext
	// Settings are the principal's. Nil: the load-time ones if the principal is the owner; for any other they
	// would be somebody else's secrets, so that get-config fails.
	Settings Settings
	// Log is the principal's. Nil: the load-time one.
	Log LineWriter
}

// invocation is an Invocation whose fallbacks are decided.
type invocation struct {
	caller   CallerContext
	settings Settings
	log      LineWriter
	failure  atomic.Pointer[config.SecretError]
}

// invocationKey finds the invocation of one host in a context, so that a host reached from another's call
// does not take that one's caller for its own.
type invocationKey struct{ host *Host }

// Invocation returns a context in which the functions of h serve inv. In a context without one they serve the
// owner, and there is no caller.
func (h *Host) Invocation(ctx context.Context, inv Invocation) context.Context {
	resolved := &invocation{settings: h.config.Settings, log: h.config.Log}
	if inv.Caller != nil {
		resolved.caller = *inv.Caller
	}
	if principal, ok := validPrincipal(inv.Caller); ok {
		switch {
		case inv.Settings != nil:
			resolved.settings = inv.Settings
		case principal != h.config.Owner:
			resolved.settings = noSettings{}
		}
		if inv.Log != nil {
			resolved.log = inv.Log
		}
	}
	return context.WithValue(ctx, invocationKey{h}, resolved)
}

// GetCaller returns who calls, with the principal's name as it came. It does not fail.
func (h *Host) GetCaller(ctx context.Context) (CallerContext, error) {
	if inv := h.invocation(ctx); inv != nil {
		return inv.caller, nil
	}
	return CallerContext{}, nil
}

// invocation returns the invocation that ctx serves, nil for none.
func (h *Host) invocation(ctx context.Context) *invocation {
	inv, _ := ctx.Value(invocationKey{h}).(*invocation)
	return inv
}

// settings returns the settings that ctx is served from.
func (h *Host) settings(ctx context.Context) Settings {
	if inv := h.invocation(ctx); inv != nil {
		return inv.settings
	}
	return h.config.Settings
}

// log returns the log that lines of ctx go to, nil for none.
func (h *Host) log(ctx context.Context) LineWriter {
	if inv := h.invocation(ctx); inv != nil {
		return inv.log
	}
	return h.config.Log
}

// validPrincipal returns the principal that a caller names, if it is one.
func validPrincipal(caller *CallerContext) (home.Principal, bool) {
	if caller == nil || caller.Principal == nil {
		return home.Principal{}, false
	}
	principal, err := home.ParsePrincipal(*caller.Principal)
	return principal, err == nil
}

// noSettings stand for settings that the program did not bring. A guest must not take them for unset ones and
// go on with a default.
type noSettings struct{}

func (noSettings) Lookup(context.Context, string) (config.Value, error) {
	return config.Value{}, errNoSettings
}
