package capsule_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"astrid/internal/redact"
	"astrid/pkg/capsule"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// world is a home on disk and what a program brings to run a capsule in it.
type world struct {
	testing.TB
	home   *home.Home
	store  *store.Store
	stderr *buffer
}

// buffer takes what the operator is shown.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// newWorld makes a world in which alice has a home, and bob has none.
func newWorld(t testing.TB) *world {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, h, store.New(h), new(buffer)}
	dir, err := h.PrincipalDir(w.principal("alice")).Ensure()
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) principal(name string) home.Principal {
	w.Helper()
	p, err := home.ParsePrincipal(name)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) id(name string) home.CapsuleID {
	w.Helper()
	id, err := home.ParseCapsuleID(name)
	if err != nil {
		w.Fatal(err)
	}
	return id
}

// setSecret stores greeter's api_key.
func (w *world) setSecret(scope home.Scope, value string) {
	w.Helper()
	secret, err := store.NewSecret([]byte(value))
	if err != nil {
		w.Fatal(err)
	}
	if err := w.store.Set(w.Context(), scope, w.id("greeter"), w.key(), secret); err != nil {
		w.Fatal(err)
	}
}

func (w *world) key() home.Key {
	w.Helper()
	key, err := home.ParseKey("api_key")
	if err != nil {
		w.Fatal(err)
	}
	return key
}

// setEnv stores an overlay value of greeter's.
func (w *world) setEnv(principal, name, value string) {
	w.Helper()
	key, err := home.ParseKey(name)
	if err != nil {
		w.Fatal(err)
	}
	err = overlay.Update(w.Context(), w.home, w.principal(principal), w.id("greeter"), func(o *overlay.Overlay) error {
		o.Set(key, value)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// logged is all that a capsule's logs for a principal hold.
func (w *world) logged(principal, id string) string {
	w.Helper()
	days, err := w.home.Logs(w.principal(principal), w.id(id))
	if err != nil {
		w.Fatal(err)
	}
	var out strings.Builder
	for _, day := range days {
		data, err := w.home.LogFile(w.principal(principal), w.id(id), day).Read(1 << 30)
		if err != nil {
			w.Fatal(err)
		}
		out.Write(data)
	}
	return out.String()
}

func testdata(t testing.TB, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "testdata", "capsules"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// config is for the capsule in a directory of testdata, loaded by the default principal.
func (w *world) config(dir string) capsule.Config {
	w.Helper()
	m, err := manifest.Parse("Capsule.toml", testdata(w, dir, "Capsule.toml"))
	if err != nil {
		w.Fatal(err)
	}
	return capsule.Config{
		ID: m.ID(), Manifest: m, Home: w.home, Owner: home.DefaultPrincipal(), Secrets: w.store,
		Clock: hostsys.SystemClock(), Entropy: rand.Reader, Redactor: new(redact.Set), NoCache: true,
		Logger: slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{Level: hostsys.LevelTrace.Slog()})),
	}
}

// open opens a capsule of testdata.
func (w *world) open(dir, file string, change ...func(*capsule.Config)) *capsule.Capsule {
	w.Helper()
	config := w.config(dir)
	for _, f := range change {
		f(&config)
	}
	c, err := capsule.Open(w.Context(), testdata(w, dir, file), config)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			w.Error(err)
		}
	})
	return c
}

func (w *world) greeter(change ...func(*capsule.Config)) *capsule.Capsule {
	w.Helper()
	return w.open("greeter", "greeter.wasm", change...)
}

// as is a call for a principal.
func (w *world) as(principal string) capsule.Call {
	w.Helper()
	return capsule.Call{Principal: w.principal(principal)}
}

// trigger calls a hook that has to return.
func (w *world) trigger(c *capsule.Capsule, call capsule.Call, action, payload string) hostsys.HookResult {
	w.Helper()
	r, err := c.Trigger(w.Context(), call, action, []byte(payload))
	if err != nil {
		w.Fatalf("%s: %v", action, err)
	}
	return r
}

// report returns the report that a call gets, by the names of its lines.
func (w *world) report(c *capsule.Capsule, call capsule.Call) map[string]string {
	w.Helper()
	out := map[string]string{}
	for line := range strings.Lines(data(w.trigger(c, call, "report", ""))) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		value, equal := strings.CutPrefix(value, "=")
		if equal {
			value = strings.TrimPrefix(value, " ")
		}
		out[name] = value
	}
	return out
}

func data(r hostsys.HookResult) string {
	if r.Data == nil {
		return "(none)"
	}
	return *r.Data
}

// walkFiles calls f for each file below a directory.
func walkFiles(dir string, f func(path string)) error {
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			f(path)
		}
		return err
	})
}
