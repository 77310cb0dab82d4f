package capsule_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// A call that does not return in time ends at its deadline, whatever the guest is at. The bound on the time catches
// what hangs: nap sleeps for half a minute.
func TestDeadline(t *testing.T) {
	w := newWorld(t)
	c := w.greeter()
	began := time.Now()
	for _, action := range []string{"spin", "calls", "naps", "nap"} {
		call := w.as("alice")
		call.Timeout = 30 * time.Millisecond
		_, err := c.Trigger(t.Context(), call, action, nil)
		late, ok := errors.AsType[*capsule.DeadlineError](err)
		_, interrupted := errors.AsType[*component.InterruptError](err)
		if !ok || !interrupted || late.After != call.Timeout || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", action, err)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("they ended after %s", took)
	}
	if r := w.trigger(c, w.as("alice"), "echo", "still here"); data(r) != "still here" {
		t.Errorf("%v", r)
	}
}

// A caller's own context ends a call with its cause, before and while it runs.
func TestCancel(t *testing.T) {
	w := newWorld(t)
	c := w.greeter()
	for _, action := range []string{"spin", "nap"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		go cancel(capsule.ErrTerminated)
		if _, err := c.Trigger(ctx, w.as("alice"), action, nil); !errors.Is(err, capsule.ErrTerminated) {
			t.Errorf("%s: %v", action, err)
		}
		if _, err := c.Trigger(ctx, w.as("alice"), "echo", nil); !errors.Is(err, capsule.ErrTerminated) {
			t.Errorf("a call after the end: %v", err)
		}
	}
}

// Asked to stop, a guest that waits hears that it was cancelled and finishes what it was doing.
func TestStop(t *testing.T) {
	w := newWorld(t)
	c := w.greeter()
	stop, cancel := context.WithCancel(t.Context())
	go cancel()
	call := w.as("alice")
	call.Stop = stop
	if r := w.trigger(c, call, "nap", ""); r.Action != "continue" || data(r) != "cancelled" {
		t.Errorf("nap: %s %s", r.Action, data(r))
	}
	if log := w.logged("alice", "greeter"); !strings.Contains(log, "INFO [greeter] nap: cancelled\n") {
		t.Errorf("logged %s", log)
	}
	if err := c.Run(t.Context(), call); err != nil {
		t.Errorf("run: %v", err)
	}
	if log := w.logged("alice", "greeter"); !strings.Contains(log, "run: cut short\n") {
		t.Errorf("logged %s", log)
	}
	if r := w.trigger(c, call, "echo", "x"); data(r) != "x" {
		t.Errorf("what does not wait does not notice: %v", r)
	}
	call.Timeout = 30 * time.Millisecond
	if _, err := c.Trigger(t.Context(), call, "naps", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a guest that is deaf to it: %v", err)
	}
}

// A secret that cannot be read is the outcome of the call, whatever the guest answers, and of that call alone.
func TestSecretError(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("there are no modes")
	}
	w := newWorld(t)
	w.setSecret(home.PrincipalScope(w.principal("alice")), "alice-value-5678")
	w.setSecret(home.PrincipalScope(w.principal("bob")), "bob-value-1234")
	path := w.home.SecretFile(home.PrincipalScope(w.principal("alice")), w.id("greeter"), w.key()).Path()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	c := w.greeter()
	r, err := c.Trigger(t.Context(), w.as("alice"), "config", []byte("api_key"))
	unsafe, ok := errors.AsType[*home.UnsafeError](err)
	if !ok || unsafe.Path != path || r.Action != "" || r.Data != nil {
		t.Errorf("%v, %v", r, err)
	}
	if shown := w.stderr.String(); !strings.Contains(shown, "security_event=true") || !strings.Contains(shown, "principal=alice") || strings.Contains(shown+err.Error(), "5678") {
		t.Errorf("shown %s", shown)
	}
	if r, err := c.Trigger(t.Context(), w.as("bob"), "config", []byte("api_key")); err != nil || data(r) != "bob-value-1234" {
		t.Errorf("bob's call after alice's: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := c.Trigger(t.Context(), w.as("alice"), "config", []byte("api_key")); err != nil || data(r) != "alice-value-5678" {
		t.Errorf("alice's call after the file was mended: %v", err)
	}
}

// That a guest was ended after it could not read a secret is said, and changes nothing about what the error is.
func TestSecretErrorBeforeTheEnd(t *testing.T) {
	w := newWorld(t)
	alice := home.PrincipalScope(w.principal("alice"))
	if err := w.home.SecretFile(alice, w.id("greeter"), w.key()).Write([]byte("\xff is not UTF-8")); err != nil {
		t.Fatal(err)
	}
	var stats capsule.Stats
	call := w.as("alice")
	call.Stats = &stats
	config := func(c *capsule.Capsule) error {
		_, err := c.Trigger(t.Context(), call, "config", []byte("api_key"))
		return err
	}
	if err := config(w.greeter()); err == nil || strings.Contains(err.Error(), "fuel") {
		t.Fatalf("without a limit: %v", err)
	}
	err := config(w.greeter(func(c *capsule.Config) { c.Limits.Fuel = stats.Fuel - 1 })) // ends once the secret was asked for
	_, unreadable := errors.AsType[*store.InvalidError](err)
	_, limited := errors.AsType[*component.LimitError](err)
	if !unreadable || limited || !strings.Contains(err.Error(), "the fuel limit") {
		t.Errorf("%v", err)
	}
}

// An overlay that cannot be read stops the call: a default in its place could send data to the wrong place.
func TestBrokenOverlay(t *testing.T) {
	w := newWorld(t)
	w.setEnv("alice", "base_url", "http://localhost")
	c := w.greeter()
	file := w.home.OverlayFile(w.principal("alice"), w.id("greeter"))
	if err := file.Write([]byte(`{"base_url": `)); err != nil {
		t.Fatal(err)
	}
	if r, err := c.Trigger(t.Context(), w.as("alice"), "config", []byte("base_url")); err == nil || !strings.Contains(err.Error(), file.Path()) {
		t.Errorf("%v, %v", r, err)
	}
	if r := w.trigger(c, w.as("bob"), "config", "base_url"); data(r) != "https://api.example.com" {
		t.Errorf("bob: %v", r)
	}
	config := w.config("greeter")
	config.Owner = w.principal("alice")
	c, err := capsule.Open(t.Context(), testdata(t, "greeter", "greeter.wasm"), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if r := w.trigger(c, w.as("bob"), "config", "base_url"); data(r) != "https://api.example.com" {
		t.Errorf("bob, of alice's: %v", r)
	}
	if r, err := c.Trigger(t.Context(), capsule.Call{}, "config", []byte("base_url")); err == nil || !strings.Contains(err.Error(), file.Path()) {
		t.Errorf("nobody, of alice's: %v, %v", r, err)
	}
}

// Only the file that is installed under an id may act as it.
func TestIdentify(t *testing.T) {
	w := newWorld(t)
	wasm, other := testdata(t, "greeter", "greeter.wasm"), testdata(t, "minimal", "minimal.wasm")
	if installed, err := capsule.Identify(t.Context(), w.home, w.id("greeter"), wasm, nil); installed || err != nil {
		t.Errorf("nothing is installed: %v, %v", installed, err)
	}
	file := w.home.ManifestFile(w.id("greeter"))
	if err := file.Write(testdata(t, "greeter", "Capsule.toml")); err != nil {
		t.Fatal(err)
	}
	meta := strings.TrimSuffix(file.Path(), "Capsule.toml") + "meta.json"
	if err := os.WriteFile(meta, []byte(`{"wasm_hash": "`+registry.Hash(wasm)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if installed, err := capsule.Identify(t.Context(), w.home, w.id("greeter"), wasm, nil); !installed || err != nil {
		t.Errorf("the installed file: %v, %v", installed, err)
	}
	text := testdata(t, "greeter", "Capsule.toml")
	for _, test := range []struct {
		text string
		same bool
	}{{string(text), true}, {string(text) + "\n[env.other]\ntype = \"secret\"\n", false}} {
		m, err := manifest.Parse("Capsule.toml", []byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		installed, err := capsule.Identify(t.Context(), w.home, w.id("greeter"), wasm, m)
		bad, refused := errors.AsType[*capsule.IdentityError](err)
		if !installed || refused == test.same || refused && !bad.Manifest {
			t.Errorf("the installed file with a manifest of %d bytes: %v, %v", len(test.text), installed, err)
		}
	}
	installed, err := capsule.Identify(t.Context(), w.home, w.id("greeter"), other, nil)
	bad, ok := errors.AsType[*capsule.IdentityError](err)
	if !installed || !ok || bad.Capsule != w.id("greeter") || bad.Installed != registry.Hash(wasm) || bad.Got != registry.Hash(other) || bad.Hint() == "" {
		t.Errorf("another file: %v, %v", installed, err)
	}
	if installed, err := capsule.Identify(t.Context(), w.home, w.id("minimal"), other, nil); installed || err != nil {
		t.Errorf("another id: %v, %v", installed, err)
	}
}

// What cannot be compiled, or not in time, leaves nothing open.
func TestOpenErrors(t *testing.T) {
	w := newWorld(t)
	wasm := testdata(t, "greeter", "greeter.wasm")
	if _, err := capsule.Open(t.Context(), wasm[:5000], w.config("greeter")); err == nil || !strings.Contains(err.Error(), "section") || !strings.Contains(err.Error(), "offset") {
		t.Errorf("a file that is cut off: %v", err)
	}
	config := w.config("greeter")
	config.CompileTimeout = time.Nanosecond
	if _, err := capsule.Open(t.Context(), wasm, config); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a nanosecond to compile: %v", err)
	}
	config = w.config("greeter")
	config.Clock = nil
	if _, err := capsule.Open(t.Context(), wasm, config); err == nil {
		t.Error("opened without a clock")
	}
}

// A compiler that looks at no context holds up neither a deadline nor the operator, and its runtime stays open until it is
// done.
func TestDeafCompiler(t *testing.T) {
	w := newWorld(t)
	wasm := testdata(t, "greeter", "greeter.wasm")
	goroutines := runtime.NumGoroutine()
	for name, want := range map[string]error{"deadline": context.DeadlineExceeded, "interrupt": capsule.ErrInterrupted} {
		compiling, goOn, compiled := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		config := capsule.WithCompiler(w.config("greeter"), func(ctx context.Context, r *component.Runtime, wasm []byte, _ ...component.Code) (*component.Component, error) {
			close(compiling)
			<-goOn
			c, err := component.Compile(context.WithoutCancel(ctx), r, wasm)
			compiled <- err
			return c, err
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		if want == context.DeadlineExceeded {
			config.CompileTimeout = time.Millisecond
		}
		opened := make(chan error, 1)
		go func() {
			_, err := capsule.Open(ctx, wasm, config)
			opened <- err
		}()
		<-compiling
		if want != context.DeadlineExceeded {
			cancel(want)
		}
		select {
		case err := <-opened:
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(time.Minute):
			t.Errorf("%s: Open waits for the compiler", name)
		}
		close(goOn)
		if err := <-compiled; err != nil {
			t.Errorf("%s: the compiler lost its runtime: %v", name, err)
		}
		cancel(nil)
	}
	if n := settled(goroutines); n > goroutines {
		t.Errorf("%d goroutines became %d", goroutines, n)
	}
}

// settled returns the number of goroutines once it is no more than that, or does not become it.
func settled(most int) int {
	for began := time.Now(); runtime.NumGoroutine() > most && time.Since(began) < 10*time.Second; {
		runtime.Gosched()
	}
	return runtime.NumGoroutine()
}

// Compiled code is kept in the home. When it is damaged, the capsule runs all the same and mends it.
func TestCache(t *testing.T) {
	w := newWorld(t)
	use := func(c *capsule.Config) { c.NoCache = false }
	w.trigger(w.greeter(use), w.as("alice"), "echo", "cold")
	files := func() (out []string) {
		t.Helper()
		err := walkFiles(w.home.WasmCacheDir().Path(), func(path string) { out = append(out, path) })
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	kept := files()
	if len(kept) == 0 {
		t.Fatal("nothing was kept")
	}
	if r := w.trigger(w.greeter(use), w.as("alice"), "echo", "warm"); data(r) != "warm" {
		t.Errorf("%v", r)
	}
	for _, path := range kept {
		if err := os.WriteFile(path, []byte("not what it was"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := w.trigger(w.greeter(use), w.as("alice"), "echo", "mended"); data(r) != "mended" {
		t.Errorf("%v", r)
	}
	if r := w.trigger(w.greeter(use), w.as("alice"), "echo", "warm again"); data(r) != "warm again" || len(files()) != len(kept) {
		t.Errorf("%v, %d files", r, len(files()))
	}
}
