package capsule_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"astrid/internal/redact"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/component/canon"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/registry"
)

// Each line of the report, for alice, with nothing but the manifest's defaults.
func TestReport(t *testing.T) {
	w := newWorld(t)
	reg, err := registry.Open(t.Context(), w.home)
	if err != nil {
		t.Fatal(err)
	}
	c := w.greeter(func(c *capsule.Config) { c.Registry = reg })
	want := []string{
		`config\.base_url = https://api\.example\.com`, `config\.greeting = hello`, `config\.tags = \["a","b"\]`, `config\.retries = 5`,
		`config\.nickname unset`, `config\.undeclared unset`, `config\.__reserved error config-key-reserved`, `secret\.api_key unset`,
		`caller\.principal = alice`, `caller\.source-id = ` + hostsys.OperatorID, `caller\.timestamp = \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00`,
		`capabilities = kv net_connect`, `check\.caller = denied`, `check\.stranger = denied`, `check\.not-a-uuid = denied`,
		`clock\.after-2020 = yes`, `sleep\.1ms = ok`, `clock\.monotonic = yes`, `clock\.elapsed = [1-9]\d{6,} ns`, `sleep\.0 = ok`,
		`sleep\.over-60s error too-large`, `random\.32 = 32 bytes`, `random\.0 = 0 bytes`, `random\.4096 = 4096 bytes`,
		`random\.4097 error too-large`, `log = trace debug info warn error`, `ready = signalled`,
	}
	r := w.trigger(c, w.as("alice"), "report", "")
	got := strings.Split(strings.TrimSuffix(data(r), "\n"), "\n")
	if r.Action != "continue" || len(got) != len(want) {
		t.Fatalf("%s, %d lines, want %d:\n%s", r.Action, len(got), len(want), data(r))
	}
	for i := range want {
		if ok, err := regexp.MatchString("^"+want[i]+"$", got[i]); !ok || err != nil {
			t.Errorf("%q, want %s %v", got[i], want[i], err)
		}
	}
	for _, level := range []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR"} {
		line := fmt.Sprintf(" %s [greeter] report at %s\n", level, strings.ToLower(level))
		if n := strings.Count(w.logged("alice", "greeter"), line); n != 1 {
			t.Errorf("alice's log has %d lines %q", n, line)
		}
	}
	if n := strings.Count(w.stderr.String(), "report at "); n != 1 || !strings.Contains(w.stderr.String(), "report at error") {
		t.Errorf("the operator was shown %s", w.stderr)
	}
}

// What an operator set is seen by the principal that it was set for, and by the next call.
func TestSettings(t *testing.T) {
	w := newWorld(t)
	w.setSecret(home.HostScope(), "host-value-1234")
	w.setEnv("alice", "base_url", "http://localhost:1234")
	w.setEnv("alice", "nickname", "")
	w.setEnv("alice", "undeclared", "extra")
	reg, err := registry.Open(t.Context(), w.home)
	if err != nil {
		t.Fatal(err)
	}
	c := w.greeter(func(c *capsule.Config) { c.Registry = reg })
	alice, bob := w.report(c, w.as("alice")), w.report(c, w.as("bob"))
	for _, test := range []struct{ got, want string }{
		{alice["config.base_url"], "http://localhost:1234"},
		{alice["config.greeting"], "hello"},
		{alice["config.nickname"], ""},
		{alice["config.undeclared"], "extra"},
		{alice["secret.api_key"], "15 bytes, fnv1a ef05323a"},
		{alice["caller.principal"], "alice"},
		{bob["config.base_url"], "https://api.example.com"},
		{bob["config.nickname"], "unset"},
		{bob["config.undeclared"], "unset"},
		{bob["secret.api_key"], "15 bytes, fnv1a ef05323a"},
		{bob["caller.principal"], "bob"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}

	w.setSecret(home.PrincipalScope(w.principal("alice")), "alice-value-5678")
	w.setEnv("alice", "base_url", "http://localhost:5678")
	alice, bob = w.report(c, w.as("alice")), w.report(c, w.as("bob"))
	if alice["secret.api_key"] != "16 bytes, fnv1a aa009d72" || alice["config.base_url"] != "http://localhost:5678" {
		t.Errorf("alice sees %q and %q", alice["secret.api_key"], alice["config.base_url"])
	}
	if bob["secret.api_key"] != "15 bytes, fnv1a ef05323a" {
		t.Errorf("bob sees %q", bob["secret.api_key"])
	}

	uuid := registry.UUID("greeter", registry.Hash(testdata(t, "greeter", "greeter.wasm"))).String()
	call := w.as("alice")
	call.SourceID = uuid
	if r := w.report(c, call); r["caller.source-id"] != uuid || r["check.caller"] != "allowed" || r["check.stranger"] != "denied" {
		t.Errorf("a call that comes from the capsule itself: %v", r)
	}

	nobody := w.report(c, capsule.Call{})
	if nobody["caller.principal"] != "unset" || nobody["caller.source-id"] != "" || nobody["caller.timestamp"] != "" || nobody["config.base_url"] != "https://api.example.com" {
		t.Errorf("nobody's call: %v", nobody)
	}
	without := w.report(w.greeter(), w.as("alice"))
	for _, line := range []string{"check.caller", "check.stranger", "check.not-a-uuid"} {
		if without[line] != "error registry-unavailable" {
			t.Errorf("without a registry %s is %q", line, without[line])
		}
	}
	bare := w.report(w.greeter(func(c *capsule.Config) { c.Manifest, c.Secrets = nil, nil }), w.as("bob"))
	if bare["config.base_url"] != "unset" || bare["secret.api_key"] != "unset" || bare["capabilities"] != "unset" {
		t.Errorf("without a manifest: %v", bare)
	}
}

func TestActions(t *testing.T) {
	w := newWorld(t)
	c := w.greeter()
	for _, test := range []struct {
		action, payload string
		wantAction      string
		want            string
	}{
		{"echo", "", "continue", ""},
		{"echo", "grüße \x00 🦀", "continue", "grüße \x00 🦀"},
		{"reverse", "abc", "continue", "cba"},
		{"final", "f", "final", "f"},
		{"modify", "m", "modify", "m"},
		{"deny", "no way", "deny", "no way"},
		{"deny", "", "deny", "(none)"},
		{"abort", "x", "abort", "(none)"},
		{"config", "greeting", "continue", "hello"},
		{"config", "nothing", "deny", "unset"},
		{"config", "__x", "deny", "config-key-reserved"},
		{"config", "ASTRID_SOCKET_PATH", "deny", "unset"},
		{"leak", "", "deny", "unset"},
		{"flood", "3", "continue", "(none)"},
		{"no such thing", "", "deny", "unknown action"},
	} {
		r := w.trigger(c, w.as("alice"), test.action, test.payload)
		if r.Action != test.wantAction || data(r) != test.want {
			t.Errorf("%s %q: %s %q, want %s %q", test.action, test.payload, r.Action, data(r), test.wantAction, test.want)
		}
	}
	if long := strings.Repeat("x", 1<<20); data(w.trigger(c, w.as("alice"), "echo", long)) != long {
		t.Error("a megabyte came back changed")
	}
	log := w.logged("alice", "greeter")
	for i := range 3 {
		if !strings.Contains(log, fmt.Sprintf("INFO [greeter] flood %d\n", i)) {
			t.Errorf("line %d of the flood is missing in %s", i, log)
		}
	}
}

// Whatever a capsule does to the host, it is the capsule that ends, and the next call is served.
func TestMisbehaviour(t *testing.T) {
	w := newWorld(t)
	c := w.greeter()
	for action, want := range map[string]struct {
		fault  canon.Fault
		reason string
	}{
		"boom":       {reason: "unreachable"},
		"oob":        {reason: "out of bounds memory access"},
		"badptr":     {fault: canon.FaultBounds},
		"badutf8":    {fault: canon.FaultString},
		"badlevel":   {fault: canon.FaultDiscriminant},
		"badrealloc": {fault: canon.FaultBounds},
		"badreturn":  {fault: canon.FaultBounds},
		"baddata":    {fault: canon.FaultBounds},
	} {
		_, err := c.Trigger(t.Context(), w.as("alice"), action, []byte("greeting"))
		trap, ok := errors.AsType[*component.Trap](err)
		if !ok {
			t.Errorf("%s: %v", action, err)
			continue
		}
		fault, _ := errors.AsType[*canon.Trap](trap)
		if want.reason != "" && trap.Reason != want.reason || want.fault != 0 && (fault == nil || fault.Fault != want.fault) {
			t.Errorf("%s: %v, want %s%v", action, err, want.reason, want.fault)
		}
		if strings.Contains(err.Error(), "goroutine") || strings.Contains(err.Error(), ".go:") {
			t.Errorf("%s shows the host's stack: %v", action, err)
		}
	}
	_, err := c.Trigger(t.Context(), w.as("alice"), "recurse", nil)
	if limit, ok := errors.AsType[*component.LimitError](err); !ok || limit.Limit != "call depth" {
		t.Errorf("recurse: %v", err)
	}
	if r := w.trigger(c, w.as("alice"), "echo", "still here"); data(r) != "still here" {
		t.Errorf("%v", r)
	}
}

func TestMemoryLimit(t *testing.T) {
	w := newWorld(t)
	c := w.greeter(func(c *capsule.Config) { c.Limits.Memory = 2 << 20 })
	if r := w.trigger(c, w.as("alice"), "grow", ""); data(r) != "32 pages" {
		t.Errorf("2 MiB are %s", data(r))
	}
}

// The instances, settings, secrets and logs of two principals do not mix, even at the same time.
func TestIsolation(t *testing.T) {
	w := newWorld(t)
	for _, p := range []string{"alice", "bob"} {
		dir, err := w.home.PrincipalDir(w.principal(p)).Ensure()
		if err != nil {
			t.Fatal(err)
		}
		dir.Close()
		w.setSecret(home.PrincipalScope(w.principal(p)), "secret-of-"+p)
		w.setEnv(p, "nickname", p)
	}
	c := w.greeter()
	var wg sync.WaitGroup
	for i := range 8 {
		p := []string{"alice", "bob"}[i%2]
		wg.Go(func() {
			for range 5 {
				r, err := c.Trigger(t.Context(), w.as(p), "config", []byte("nickname"))
				if err != nil || data(r) != p {
					t.Errorf("%s's nickname is %s, %v", p, data(r), err)
				}
				r, err = c.Trigger(t.Context(), w.as(p), "config", []byte("api_key"))
				if err != nil || data(r) != "secret-of-"+p {
					t.Errorf("%s's secret is another's, %v", p, err)
				}
				if _, err = c.Trigger(t.Context(), w.as(p), "flood", []byte("1 "+fmt.Sprint(len(p)+10))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, p := range []string{"alice", "bob"} {
		line := "flood 0" + strings.Repeat(".", len(p)+10-len("flood 0")) + "\n"
		log := w.logged(p, "greeter")
		if strings.Count(log, line) != 20 || strings.Count(log, "\n") != 20 {
			t.Errorf("%s's log:\n%s", p, log)
		}
	}
}

// A secret that the guest logs reaches neither the log nor the operator, in any of its forms; the guest has it.
func TestRedaction(t *testing.T) {
	const secret = "host-value-1234"
	w := newWorld(t)
	w.setSecret(home.HostScope(), secret)
	set := new(redact.Set)
	c := w.greeter(func(c *capsule.Config) { c.Redactor = set })
	if r := w.trigger(c, w.as("alice"), "leak", ""); data(r) != secret {
		t.Errorf("the guest got %q", data(r))
	}
	w.trigger(c, w.as("bob"), "leak", "")
	for _, out := range []string{w.logged("alice", "greeter"), w.stderr.String()} {
		if strings.Count(out, "leak [redacted]") != 3 {
			t.Errorf("want three redacted lines in %s", out)
		}
		for _, form := range []string{secret, "aG9zdC12YWx1ZS0xMjM0", hex.EncodeToString([]byte(secret))} {
			if strings.Contains(out, form) {
				t.Errorf("the secret is there as %s", form)
			}
		}
	}
	if got := set.String("it is " + secret); got != "it is [redacted]" {
		t.Errorf("the program's redactor did not learn the secret: %s", got)
	}
}

// A principal's lines go to a log in its home; one without a home gets none, and its lines go to the operator.
func TestLogs(t *testing.T) {
	w := newWorld(t)
	c := w.greeter()
	w.trigger(c, w.as("alice"), "flood", "2")
	if log := w.logged("alice", "greeter"); strings.Count(log, "flood") != 2 || strings.Contains(w.stderr.String(), "flood") {
		t.Errorf("alice's log: %s\nshown: %s", log, w.stderr)
	}
	w.trigger(c, w.as("bob"), "flood", "3")
	if n := strings.Count(w.stderr.String(), "flood"); n != 3 || strings.Count(w.logged("alice", "greeter"), "flood") != 2 {
		t.Errorf("bob's lines: %s", w.stderr)
	}
	if there, err := w.home.PrincipalDir(w.principal("bob")).Exists(); there || err != nil {
		t.Errorf("bob got a home: %v, %v", there, err)
	}
	level := hostsys.LevelInfo
	mirrored := w.greeter(func(c *capsule.Config) { c.Mirror = &level })
	w.trigger(mirrored, w.as("alice"), "flood", "1")
	if n := strings.Count(w.stderr.String(), "flood"); n != 4 || strings.Count(w.logged("alice", "greeter"), "flood") != 3 {
		t.Errorf("a mirrored line: %s", w.stderr)
	}
}

func TestRun(t *testing.T) {
	w := newWorld(t)
	ready := 0
	c := w.greeter(func(c *capsule.Config) { c.Ready = func() { ready++ } })
	if err := c.Run(t.Context(), w.as("alice")); err != nil {
		t.Fatal(err)
	}
	log := w.logged("alice", "greeter")
	if !strings.Contains(log, "INFO [greeter] run: up\n") || !strings.Contains(log, "INFO [greeter] run: done\n") || ready != 1 {
		t.Errorf("ready %d times; %s", ready, log)
	}
}

// A lifecycle hook sees no settings, secrets or capabilities, and writes no log.
func TestLifecycle(t *testing.T) {
	w := newWorld(t)
	w.setSecret(home.HostScope(), "host-value-1234")
	w.setEnv("alice", "base_url", "http://localhost:1234")
	w.setEnv("default", "base_url", "http://localhost:1234")
	c := w.greeter()
	for export, lines := range map[string][]string{
		capsule.ExportInstall: {"install: moving in", "install: base_url unset, 0 capabilities"},
		capsule.ExportUpgrade: {"upgrade: redecorating", "upgrade: base_url unset, 0 capabilities"},
	} {
		if err := c.Lifecycle(t.Context(), w.as("alice"), export); err != nil {
			t.Errorf("%s: %v", export, err)
		}
		for _, line := range lines {
			if !strings.Contains(w.stderr.String(), line) {
				t.Errorf("%q was not shown: %s", line, w.stderr)
			}
		}
	}
	if log := w.logged("alice", "greeter") + w.logged("default", "greeter"); log != "" {
		t.Errorf("logged %s", log)
	}
}

// Exports that a toolchain had to fill are no exports, whichever way it shares their function.
func TestStubs(t *testing.T) {
	for _, file := range []string{"stubs.wasm", "stubs-lift.wasm"} {
		w := newWorld(t)
		c := w.open("stubs", file)
		if got := c.Exports(); !slices.Equal(got, []string{capsule.ExportHook}) {
			t.Errorf("%s exports %q", file, got)
		}
		if r := w.trigger(c, w.as("alice"), "anything", ""); r.Action != "continue" || r.Data != nil {
			t.Errorf("%s: %v", file, r)
		}
		for what, err := range map[string]error{
			"run":            c.Run(t.Context(), w.as("alice")),
			"astrid-install": c.Lifecycle(t.Context(), w.as("alice"), capsule.ExportInstall),
			"astrid-upgrade": c.Lifecycle(t.Context(), w.as("alice"), capsule.ExportUpgrade),
		} {
			missing, ok := errors.AsType[*component.ExportError](err)
			if !ok || missing.Name != what || !slices.Equal(missing.Has, []string{capsule.ExportHook}) {
				t.Errorf("%s: %s: %v", file, what, err)
			}
		}
	}
	if got := newWorld(t).greeter().Exports(); !slices.Equal(got, []string{"astrid-hook-trigger", "astrid-install", "astrid-upgrade", "run"}) {
		t.Errorf("greeter exports %q", got)
	}
}

// A capsule is the same before it was made a component and after.
func TestMinimal(t *testing.T) {
	for dir, file := range map[string]string{"minimal": "minimal.wasm", "minimal-core": "minimal-core.wasm"} {
		w := newWorld(t)
		c := w.open(dir, file)
		for key, want := range map[string]string{"": "continue less is more", "motto": "continue less is more"} {
			if r := w.trigger(c, w.as("alice"), "get", key); r.Action+" "+data(r) != want {
				t.Errorf("%s: %q is %s %s", dir, key, r.Action, data(r))
			}
		}
		if got := c.Exports(); !slices.Equal(got, []string{capsule.ExportHook}) {
			t.Errorf("%s exports %q", dir, got)
		}
		if err := c.Run(t.Context(), w.as("alice")); err == nil {
			t.Errorf("%s ran", dir)
		}
	}
}
