package hostsys_test

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"astrid/internal/redact"
	"astrid/pkg/caplog"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// greeter is the manifest of the capsule under test.
const greeter = `
[package]
name = "greeter"
version = "1.0.0"

[capabilities]
net_connect = ["localhost:1234"]
uplink = true
allow_persistent = true

[env.base_url]
type = "text"
default = "https://default.example"

[env.limit]
type = "text"
default = 5

[env.greeting]
type = "text"

[env.api_key]
type = "SECRET"
`

// today is when tests happen.
func today() time.Time { return time.Date(2025, 6, 11, 0, 26, 40, 123_456_789, time.UTC) }

// world is a home on disk, and what a program builds on it to run a capsule.
type world struct {
	t        *testing.T
	home     *home.Home
	store    *store.Store
	manifest *manifest.Manifest
	redactor *redact.Set
	stderr   *buffer
	clock    *hostsys.Clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	h, err := home.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Parse("Capsule.toml", []byte(greeter))
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		t: t, home: h, store: store.New(h), manifest: m, redactor: new(redact.Set), stderr: new(buffer),
		clock: hostsys.NewClock(today, nil),
	}
}

// provision makes the home of a principal.
func (w *world) provision(names ...string) {
	w.t.Helper()
	for _, name := range names {
		dir, err := w.home.PrincipalDir(w.principal(name)).Ensure()
		if err != nil {
			w.t.Fatal(err)
		}
		dir.Close()
	}
}

func (w *world) principal(name string) home.Principal {
	w.t.Helper()
	p, err := home.ParsePrincipal(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// setSecret stores the api_key of a principal, or of the host.
func (w *world) setSecret(scope home.Scope, value string) {
	w.t.Helper()
	secret, err := store.NewSecret([]byte(value))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.Set(w.t.Context(), scope, w.manifest.ID(), w.key(), secret); err != nil {
		w.t.Fatal(err)
	}
}

// plantSecret writes the file of the api_key behind the store's back.
func (w *world) plantSecret(scope home.Scope, content string, mode os.FileMode) {
	w.t.Helper()
	dir, err := w.home.SecretDir(scope, w.manifest.ID()).Ensure()
	if err != nil {
		w.t.Fatal(err)
	}
	defer dir.Close()
	path := w.home.SecretFile(scope, w.manifest.ID(), w.key()).Path()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) key() home.Key {
	w.t.Helper()
	key, err := home.ParseKey("api_key")
	if err != nil {
		w.t.Fatal(err)
	}
	return key
}

// settings are those of a principal with an overlay, "" for none.
func (w *world) settings(principal, json string) *config.View {
	w.t.Helper()
	var o *overlay.Overlay
	if json != "" {
		var err error
		if o, err = overlay.Parse("overlay", []byte(json)); err != nil {
			w.t.Fatal(err)
		}
	}
	return config.New(w.manifest, w.manifest.ID(), w.store).For(w.principal(principal), o)
}

// log is the log of a principal.
func (w *world) log(principal string) *caplog.Writer {
	l := caplog.New(w.home, w.principal(principal), w.manifest.ID(), w.clock.Now)
	w.t.Cleanup(func() {
		if err := l.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return l
}

// logged is what the log of a principal holds, "" if there is none.
func (w *world) logged(principal string) string {
	w.t.Helper()
	data, err := w.home.LogFile(w.principal(principal), w.manifest.ID(), today()).Read(1 << 30)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return string(data)
}

// config is that of a program which runs the capsule for the principal default.
func (w *world) config() hostsys.Config {
	return hostsys.Config{
		Capsule:      w.manifest.ID(),
		Owner:        home.DefaultPrincipal(),
		Settings:     w.settings("default", ""),
		Capabilities: w.manifest.Capabilities.HeldNames(),
		Clock:        w.clock,
		Entropy:      rand.Reader,
		Logger: slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{
			Level: hostsys.LevelTrace.Slog(),
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		})),
		Redactor: w.redactor,
	}
}

func (w *world) host(change ...func(*hostsys.Config)) *hostsys.Host {
	w.t.Helper()
	c := w.config()
	for _, f := range change {
		f(&c)
	}
	h, err := hostsys.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// caller is one with a principal's name, as it came.
func caller(name string) *hostsys.CallerContext { return &hostsys.CallerContext{Principal: &name} }

// buffer is a bytes.Buffer that may be written to from everywhere.
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

// lines returns the lines written so far.
func (b *buffer) lines() []string {
	return strings.FieldsFunc(b.String(), func(r rune) bool { return r == '\n' })
}
