package bind_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"astrid/internal/redact"
	"astrid/pkg/component"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/hostsys/bind"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
)

func testdata(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "capsules", path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// today is when the tests happen, and what a clock that stands still shows.
func today() time.Time { return time.Date(2025, 6, 11, 0, 26, 40, 123_456_789, time.UTC) }

// zeros is the entropy of the tests.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// lines takes log lines.
type lines []string

func (l *lines) WriteLine(level slog.Level, message string) error {
	*l = append(*l, level.String()+" "+message)
	return nil
}

// registered answers for one capsule.
type registered string

func (r registered) Allowed(uuid, capability string) bool {
	return uuid == string(r) && capability == "net_connect"
}

// newHost makes a real host for the greeter, whose clock stands still and whose sleeps wait for nothing but the end of
// their context.
func newHost(t testing.TB, log *lines, change func(*hostsys.Config)) (*hostsys.Host, *manifest.Manifest) {
	t.Helper()
	m, err := manifest.Parse("Capsule.toml", testdata(t, "greeter/Capsule.toml"))
	if err != nil {
		t.Fatal(err)
	}
	c := hostsys.Config{
		Capsule: m.ID(), Owner: home.DefaultPrincipal(), Settings: settings(t, m, `{}`),
		Capabilities: m.Capabilities.HeldNames(), Entropy: zeros{}, Redactor: new(redact.Set), Log: log,
		Clock:  hostsys.NewClock(today, func(ctx context.Context, _ time.Duration) error { return ctx.Err() }),
		Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&c)
	}
	h, err := hostsys.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h, m
}

func settings(t testing.TB, m *manifest.Manifest, json string) *config.View {
	t.Helper()
	o, err := overlay.Parse("overlay", []byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return config.New(m, m.ID(), nil).For(home.DefaultPrincipal(), o)
}

// hook links a guest to the host and returns its hook, in an instance of its own.
func hook(t testing.TB, h *hostsys.Host, file string) func(ctx context.Context, action, payload string) (hostsys.HookResult, error) {
	t.Helper()
	ctx := t.Context()
	rt, err := component.NewRuntime(ctx, component.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	comp, err := component.Compile(ctx, rt, testdata(t, file))
	if err != nil {
		t.Fatal(err)
	}
	linked, err := component.NewLinker(bind.Interface(h)).Link(ctx, comp)
	if err != nil {
		t.Fatal(err)
	}
	fn, err := component.ExportFunc2[string, []byte, hostsys.HookResult](linked, "astrid-hook-trigger")
	if err != nil {
		t.Fatal(err)
	}
	inst, err := linked.Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, action, payload string) (hostsys.HookResult, error) {
		return fn.Call(ctx, inst, action, []byte(payload))
	}
}

// Each of the ten functions answers the guest what the host says, in every line of its report.
func TestReport(t *testing.T) {
	const source = "69bca920-313b-5134-a591-f2bc2a1e4fb0"
	ready := 0
	h, m := newHost(t, new(lines), func(c *hostsys.Config) {
		c.Registry = registered(source)
		c.Ready = func() { ready++ }
	})
	alice, err := home.ParsePrincipal("alice")
	if err != nil {
		t.Fatal(err)
	}
	caller := hostsys.NewCaller(alice, source, today())
	var log lines
	ctx := h.Invocation(t.Context(), hostsys.Invocation{
		Caller: &caller, Log: &log,
		Settings: settings(t, m, `{"base_url": "a\\b\n", "greeting": "", "retries": "7"}`),
	})
	r, err := hook(t, h, "greeter/greeter.wasm")(ctx, "report", "")
	if err != nil || r.Action != "continue" || r.Data == nil {
		t.Fatalf("%v, %v", r, err)
	}
	want := `config.base_url = a\x5cb\x0a
config.greeting =
config.tags = ["a","b"]
config.retries = 7
config.nickname unset
config.undeclared unset
config.__reserved error config-key-reserved
secret.api_key unset
caller.principal = alice
caller.source-id = 69bca920-313b-5134-a591-f2bc2a1e4fb0
caller.timestamp = 2025-06-11T00:26:40.123456789+00:00
capabilities = kv net_connect
check.caller = allowed
check.stranger = denied
check.not-a-uuid = denied
clock.after-2020 = yes
sleep.1ms = ok
clock.monotonic = yes
clock.elapsed = 0 ns
sleep.0 = ok
sleep.over-60s error too-large
random.32 = 32 bytes
random.0 = 0 bytes
random.4096 = 4096 bytes
random.4097 error too-large
log = trace debug info warn error
ready = signalled
`
	if diff := cmp.Diff(want, *r.Data); diff != "" {
		t.Error(diff)
	}
	if want := (lines{"DEBUG-4 report at trace", "DEBUG report at debug", "INFO report at info", "WARN report at warn", "ERROR report at error"}); !slices.Equal(log, want) {
		t.Errorf("logged %q", log)
	}
	if ready != 1 {
		t.Errorf("ready %d times", ready)
	}
}

// What the host refuses arrives as the error that it is.
func TestReportOfErrors(t *testing.T) {
	h, _ := newHost(t, new(lines), func(c *hostsys.Config) {
		c.Entropy = failing{}
		c.Capabilities = nil
		c.Settings = failing{}
	})
	r, err := hook(t, h, "greeter/greeter.wasm")(t.Context(), "report", "")
	if err != nil || r.Data == nil {
		t.Fatalf("%v, %v", r, err)
	}
	for _, line := range []string{
		"config.base_url error unknown: configuration unavailable",
		"caller.principal unset", "caller.source-id =", "caller.timestamp =", "capabilities unset",
		"check.caller error registry-unavailable", "check.stranger error registry-unavailable",
		"random.32 error unknown: entropy source unavailable: broken",
	} {
		if !slices.Contains(strings.Split(*r.Data, "\n"), line) {
			t.Errorf("%q is missing in\n%s", line, *r.Data)
		}
	}
}

// failing is everything that a host can be given, broken.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken") }

func (failing) Lookup(context.Context, string) (config.Value, error) {
	return config.Value{}, errors.New("broken")
}

// A core module that was never made a component is served the same.
func TestCoreModule(t *testing.T) {
	for _, file := range []string{"minimal/minimal.wasm", "minimal-core/minimal-core.wasm"} {
		var log lines
		h, _ := newHost(t, &log, nil)
		call := hook(t, h, file)
		r, err := call(t.Context(), "get", "base_url")
		if err != nil || r.Data == nil || *r.Data != "https://api.example.com" {
			t.Errorf("%s: %v, %v", file, r, err)
		}
		if r, err = call(t.Context(), "get", "api_key"); err != nil || r.Action != "continue" || r.Data != nil {
			t.Errorf("%s: %v, %v", file, r, err)
		}
	}
}

// Functions that wait end with the wait; the guest goes on until its context ends.
func TestWithWait(t *testing.T) {
	var log lines
	h, _ := newHost(t, &log, func(c *hostsys.Config) { c.Clock = hostsys.SystemClock() })
	call := hook(t, h, "greeter/greeter.wasm")
	wait, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := call(bind.WithWait(t.Context(), wait), "nap", "")
	if err != nil || r.Data == nil || *r.Data != "cancelled" || !slices.Contains(log, "INFO nap: cancelled") {
		t.Errorf("%v, %v; logged %q", r, err, log)
	}
	if r, err := call(bind.WithWait(t.Context(), wait), "echo", "x"); err != nil || *r.Data != "x" {
		t.Errorf("%v, %v", r, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := call(bind.WithWait(ctx, ctx), "naps", ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// The interface fits what guests import, and lacks nothing of it.
func TestInterface(t *testing.T) {
	h, _ := newHost(t, new(lines), nil)
	rt, err := component.NewRuntime(t.Context(), component.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(t.Context())
	comp, err := component.Compile(t.Context(), rt, testdata(t, "greeter/greeter.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	const code = "variant{capability-denied, config-key-reserved, too-large, registry-unavailable, cancelled, unknown(string)}"
	want := []string{
		"get-config func(key: string) -> result<option<string>, " + code + ">",
		"get-caller func() -> result<record{principal: option<string>, source-id: string, timestamp: string}, " + code + ">",
		"log func(level: enum{trace, debug, info, warn, error}, message: string)",
		"signal-ready func()",
		"clock-ms func() -> u64",
		"clock-monotonic-ns func() -> u64",
		"sleep-ns func(duration-ns: u64) -> result<_, " + code + ">",
		"random-bytes func(length: u64) -> result<list<u8>, " + code + ">",
		"check-capsule-capability func(request: record{source-uuid: string, capability: string}) -> result<record{allowed: bool}, " + code + ">",
		"enumerate-capabilities func() -> list<string>",
	}
	var got []string
	for _, imp := range comp.Imports() {
		if imp.Interface != bind.Name {
			t.Errorf("%s is imported from %s", imp.Func, imp.Interface)
		}
		got = append(got, imp.Func+" "+imp.Type())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := component.NewLinker(bind.Interface(h)).Link(t.Context(), comp); err != nil {
		t.Error(err)
	}
}

// A hook that asks for a setting allocates what its strings need: action, payload, key, value, and data with pointers.
func TestAllocations(t *testing.T) {
	h, _ := newHost(t, new(lines), func(c *hostsys.Config) { c.Settings = fixed("a value of 20 bytes.") })
	call := hook(t, h, "minimal/minimal.wasm")
	ctx := t.Context()
	got := testing.AllocsPerRun(200, func() {
		if r, err := call(ctx, "get", "k"); err != nil || *r.Data != "a value of 20 bytes." {
			t.Fatal(r, err)
		}
	})
	if got > 8 {
		t.Errorf("%v allocations", got)
	}
}

type fixed string

func (f fixed) Lookup(context.Context, string) (config.Value, error) {
	return config.Value{Text: string(f), Source: config.Overlay}, nil
}
