package hostsys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"astrid/pkg/config"
	"astrid/pkg/home"
)

// Settings answers get-config for one principal. [*config.View] is the one to use.
type Settings interface {
	// Lookup returns the value of a key, whose Source is [config.Unset] if there is none. It fails with
	// [config.ErrReserved], or a [*config.SecretError] if a secret cannot be read.
	Lookup(ctx context.Context, key string) (config.Value, error)
}

// Registry answers check-capsule-capability. [*registry.Registry] is the one to use.
type Registry interface {
	// Allowed reports whether the capsule with that UUID holds a capability. Both are text from the guest:
	// what is no UUID, a capsule that nobody knows, and what is no capability are not allowed.
	Allowed(uuid, capability string) bool
}

// LineWriter takes the log lines of one principal. [*caplog.Writer] is the one to use.
type LineWriter interface {
	// WriteLine writes one line. The message is redacted, inert and within the limits of package caplog. If
	// it fails the line goes to the Logger; an error that is fs.ErrNotExist is no news, since a principal
	// without a home has no log. It must be safe for concurrent use.
	WriteLine(level slog.Level, message string) error
}

// Redactor keeps secrets out of what leaves the host. The one of package internal/redact is meant.
type Redactor interface {
	// Add makes the redactor know a secret. It keeps its own copy: the caller clears this one.
	Add(secret []byte)
	// String returns s without the secrets.
	String(s string) string
	// Head returns the first n bytes of that, or a little more, and whether it left something out.
	Head(s string, n int) (head string, cut bool)
}

// Config is everything a [Host] needs. Fields are required unless they say what their zero value means.
type Config struct {
	// Capsule is the running capsule.
	Capsule home.CapsuleID
	// Owner is the load-time principal, which decides when a call comes without a valid one.
	Owner home.Principal
	// Settings are the Owner's.
	Settings Settings
	// Capabilities are the names that the capsule holds at load. None: it holds none.
	Capabilities []string
	// Registry knows the capsules. Nil: every check answers registry-unavailable.
	Registry Registry
	// Clock is the process's one clock.
	Clock *Clock
	// Entropy is the source of random bytes, crypto/rand.Reader outside of tests. It must be safe for
	// concurrent use.
	Entropy io.Reader
	// Logger shows the operator security events, the lines that no log took, ERROR lines, and those that
	// Mirror asks for. Its handler decides nothing: what it drops is lost. It is given the context of the call, at whose
	// end it has to return: the guest waits for it.
	Logger *slog.Logger
	// Log is the Owner's log. Nil: lines go to the Logger.
	Log LineWriter
	// Mirror is the least level whose lines go to the Logger as well. Nil: only ERROR does.
	Mirror *Level
	// Redactor learns each secret that the guest is given, and cleans what the guest logs.
	Redactor Redactor
	// Ready is called once, when the guest first signals that it is ready. Nil: nobody waits.
	Ready func()
}

// Host serves astrid:sys to one loaded capsule. Its methods are safe for concurrent use.
type Host struct {
	config       Config
	capabilities []string
	ready        func()
	logged       atomic.Int64
	logBroken    sync.Once
}

// New returns a host, or an error that names each required field that is missing.
func New(c Config) (*Host, error) {
	var missing []error
	require := func(name string, ok bool) {
		if !ok {
			missing = append(missing, fmt.Errorf("hostsys: Config.%s is required", name))
		}
	}
	require("Capsule", !c.Capsule.IsZero())
	require("Owner", !c.Owner.IsZero())
	require("Settings", c.Settings != nil)
	require("Clock", c.Clock != nil)
	require("Entropy", c.Entropy != nil)
	require("Logger", c.Logger != nil)
	require("Redactor", c.Redactor != nil)
	if missing != nil {
		return nil, errors.Join(missing...)
	}

	h := &Host{config: c, capabilities: slices.Sorted(slices.Values(c.Capabilities)), ready: func() {}}
	if c.Ready != nil {
		h.ready = sync.OnceFunc(c.Ready)
	}
	return h, nil
}

// InvocationFailure returns the first secret that could not be read in the invocation that ctx serves, a
// [*config.SecretError], or nil. The guest only hears that a secret is unavailable and may well answer that all went well;
// the program that runs it must not. What another call could not read is no outcome of this one.
func (h *Host) InvocationFailure(ctx context.Context) error {
	if inv := h.invocation(ctx); inv != nil {
		if err := inv.failure.Load(); err != nil {
			return err
		}
	}
	return nil
}
