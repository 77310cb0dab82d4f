package hostsys_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
)

// none stands for a key that has no value.
const none = "(none)"

// get returns what the guest gets for a key.
func get(ctx context.Context, t *testing.T, h *hostsys.Host, key string) string {
	t.Helper()
	value, err := h.GetConfig(ctx, key)
	if err != nil {
		t.Fatalf("GetConfig(%q) = %v", key, err)
	}
	if value == nil {
		return none
	}
	return *value
}

func TestGetConfigWithoutSecrets(t *testing.T) {
	for _, tt := range []struct{ name, overlay, key, want string }{
		{"A10 overlay over default", `{"base_url":"http://localhost:1234"}`, "base_url", "http://localhost:1234"},
		{"A11 default when the overlay lacks the key", `{"other":"x"}`, "base_url", "https://default.example"},
		{"A12 default without an overlay", "", "base_url", "https://default.example"},
		{"default that is no string", "", "limit", "5"},
		{"empty in the overlay is a value", `{"base_url":""}`, "base_url", ""},
		{"null in the overlay is none", `{"base_url":null}`, "base_url", "https://default.example"},
		{"undeclared and in the overlay", `{"extra":"x"}`, "extra", "x"},
		{"declared without a value", "", "greeting", none},
		{"undeclared", "", "nothing", none},
		{"empty key", "", "", none},
		{"secret is never in the overlay", `{"api_key":"plain"}`, "api_key", none},
		{"the host's own", `{"ASTRID_SOCKET_PATH":"/tmp/x"}`, "ASTRID_SOCKET_PATH", none},
		{"path for a key", "", "../../etc/passwd", none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			h := w.host(func(c *hostsys.Config) { c.Settings = w.settings("default", tt.overlay) })
			ctx := h.Invocation(t.Context(), hostsys.Invocation{})
			if got := get(ctx, t, h, tt.key); got != tt.want {
				t.Errorf("%q reads %q, want %q", tt.key, got, tt.want)
			}
			if err := h.InvocationFailure(ctx); err != nil {
				t.Errorf("InvocationFailure = %v", err)
			}
			if got := w.stderr.String(); got != "" {
				t.Errorf("the operator is told %q", got)
			}
		})
	}
}

func TestGetConfigOfReservedKey(t *testing.T) {
	w := newWorld(t)
	h := w.host(func(c *hostsys.Config) { c.Settings = w.settings("default", `{"other":"x"}`) })
	for _, key := range []string{"__", "__anything"} {
		_, err := h.GetConfig(t.Context(), key)
		if !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.ConfigKeyReserved}) {
			t.Errorf("GetConfig(%q) = %v", key, err)
		}
	}
	if got := get(t.Context(), t, h, "_one"); got != none {
		t.Errorf("_one reads %q", got)
	}
}

func TestGetConfigOfSecret(t *testing.T) {
	alice := func(w *world) home.Scope { return home.PrincipalScope(w.principal("alice")) }
	for _, tt := range []struct {
		name  string
		setup func(*world)
		want  string
	}{
		{"unset", func(*world) {}, none},
		{"A15 the principal's before the host's", func(w *world) {
			w.setSecret(home.HostScope(), "host-value-1234")
			w.setSecret(alice(w), "alice-value-5678")
		}, "alice-value-5678"},
		{"A16 the host's", func(w *world) { w.setSecret(home.HostScope(), "host-value-1234") }, "host-value-1234"},
		{"A17 an empty file masks the host's", func(w *world) {
			w.setSecret(home.HostScope(), "host-value-1234")
			w.plantSecret(alice(w), "", 0o600)
		}, none},
		{"another principal's is nobody else's", func(w *world) {
			w.setSecret(home.PrincipalScope(w.principal("bob")), "bob-value-9999")
		}, none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.setup(w)
			// A18: the manifest says SECRET, the overlay is not asked.
			h := w.host(func(c *hostsys.Config) { c.Settings = w.settings("alice", `{"api_key":"plain"}`) })
			if got := get(t.Context(), t, h, "api_key"); got != tt.want {
				t.Errorf("api_key reads %q, want %q", got, tt.want)
			}
			if tt.want != none {
				if got := w.redactor.String(tt.want); got != "[redacted]" {
					t.Errorf("the secret was handed out and still prints as %q", got)
				}
			}
		})
	}
}

func TestSecretIsReadAnewByEachCall(t *testing.T) {
	w := newWorld(t)
	h := w.host()
	for _, value := range []string{"first-value", "second-value"} {
		w.setSecret(home.HostScope(), value)
		if got := get(t.Context(), t, h, "api_key"); got != value {
			t.Errorf("api_key reads %q, want %q", got, value)
		}
	}
	if got := w.redactor.String("first-value second-value"); got != "[redacted] [redacted]" {
		t.Errorf("redacted to %q", got)
	}
}

func TestSecretThatCannotBeRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	const value = "the-value-itself"
	w := newWorld(t)
	w.setSecret(home.HostScope(), "host-value-1234")
	w.plantSecret(home.PrincipalScope(w.principal("alice")), value, 0o644)
	h := w.host(func(c *hostsys.Config) { c.Settings = w.settings("alice", "") })
	ctx := h.Invocation(t.Context(), hostsys.Invocation{})

	for range 2 {
		got, err := h.GetConfig(ctx, "api_key")
		if got != nil || !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.Unknown, Unknown: "secret unavailable"}) {
			t.Fatalf("GetConfig = %v, %v: the host's secret must not stand in", got, err)
		}
	}

	failure := h.InvocationFailure(ctx)
	var secret *config.SecretError
	if !errors.As(failure, &secret) || secret.Key != "api_key" || secret.Principal.String() != "alice" {
		t.Fatalf("InvocationFailure = %v", failure)
	}
	if _, ok := errors.AsType[*home.UnsafeError](failure); !ok {
		t.Errorf("InvocationFailure = %v, which does not say why", failure)
	}

	events := w.stderr.lines()
	if len(events) != 2 {
		t.Fatalf("%d events for two attempts: %q", len(events), events)
	}
	for _, want := range []string{
		"level=WARN", "security_event=true", "principal=alice", "capsule=greeter", "key=api_key", "scope=principal", "error=",
	} {
		if !strings.Contains(events[0], want) {
			t.Errorf("the event lacks %s: %s", want, events[0])
		}
	}
	if strings.Contains(w.stderr.String(), value) {
		t.Errorf("the event shows the value: %s", events[0])
	}
}

func TestFirstFailureIsRemembered(t *testing.T) {
	w := newWorld(t)
	first := &config.SecretError{Capsule: w.manifest.ID(), Key: "one", Err: fs.ErrPermission}
	second := &config.SecretError{Capsule: w.manifest.ID(), Key: "two", Err: fs.ErrPermission}
	settings := failing{first, second}
	h := w.host(func(c *hostsys.Config) { c.Settings = &settings })
	ctx := h.Invocation(t.Context(), hostsys.Invocation{})
	for range 2 {
		if _, err := h.GetConfig(ctx, "any"); err == nil {
			t.Fatal("GetConfig does not fail")
		}
	}
	if got := h.InvocationFailure(ctx); !errors.Is(got, fs.ErrPermission) || !strings.Contains(got.Error(), "one") {
		t.Errorf("InvocationFailure = %v, want the first", got)
	}
}

func TestSettingsThatFailOtherwise(t *testing.T) {
	w := newWorld(t)
	h := w.host(func(c *hostsys.Config) { c.Settings = &failing{errors.New("disk on\nfire")} })
	ctx := h.Invocation(t.Context(), hostsys.Invocation{})
	_, err := h.GetConfig(ctx, "any")
	if !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.Unknown, Unknown: "configuration unavailable"}) {
		t.Errorf("GetConfig = %v", err)
	}
	if got := w.stderr.String(); !strings.Contains(got, `disk on\\nfire`) {
		t.Errorf("the operator is told %q", got)
	}
	if err := h.InvocationFailure(ctx); err != nil {
		t.Errorf("InvocationFailure = %v, and no secret failed", err)
	}
}

func TestGetConfigIsCancelled(t *testing.T) {
	w := newWorld(t)
	w.setSecret(home.HostScope(), "host-value-1234")
	h := w.host()
	ctx, cancel := context.WithCancel(h.Invocation(t.Context(), hostsys.Invocation{}))
	cancel()
	_, err := h.GetConfig(ctx, "api_key")
	if !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.Cancelled}) {
		t.Errorf("GetConfig = %v", err)
	}
	if err := h.InvocationFailure(ctx); err != nil {
		t.Errorf("InvocationFailure = %v, and nothing failed", err)
	}
}

// failing are settings that fail with one error after the other.
type failing []error

func (f *failing) Lookup(context.Context, string) (config.Value, error) {
	err := (*f)[0]
	*f = (*f)[1:]
	return config.Value{}, err
}

func TestGetConfigAllocatesNoMoreThanTheValue(t *testing.T) {
	w := newWorld(t)
	h := w.host(func(c *hostsys.Config) { c.Settings = fixed{Text: "http://localhost:1234", Source: config.Overlay} })
	ctx := h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("default")})
	if n := testing.AllocsPerRun(100, func() { get(ctx, t, h, "base_url") }); n > 1 {
		t.Errorf("%v allocations for a value of one string", n)
	}
}

type fixed config.Value

func (f fixed) Lookup(context.Context, string) (config.Value, error) { return config.Value(f), nil }
