package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"

	"pgregory.net/rapid"
)

const declarations = `
[package]
name = "probe"
version = "1.0.0"
[env.base_url]
type = "text"
default = "manifest"
[env.bare]
type = "text"
[env.retries]
type = "text"
default = 5
[env.model]
type = "select"
default = "small"
enum_values = ["small", "large"]
[env.api_key]
type = "SECRET"
default = "never"
[env."a/b"]
type = "secret"
[env.__hidden]
type = "text"
default = "never"
[env.ASTRID_SOCKET_PATH]
type = "text"
default = "never"
`

// tb is what both testing.T and rapid.T offer.
type tb interface {
	Helper()
	Fatal(...any)
}

// fixture is one home with the real store and overlays in it.
type fixture struct {
	home    *home.Home
	alice   home.Principal
	capsule home.CapsuleID
	man     *manifest.Manifest
}

func newFixture(t tb, dir string) fixture {
	t.Helper()
	h, err := home.At(filepath.Join(dir, "astrid"))
	check(t, err)
	alice, err := home.ParsePrincipal("alice")
	check(t, err)
	m, err := manifest.Parse("Capsule.toml", []byte(declarations))
	check(t, err)
	return fixture{h, alice, m.ID(), m}
}

func check(t tb, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plant writes a secret file as it is, also one that the store would not write.
func (f fixture) plant(t tb, scope home.Scope, key, data string) (path string) {
	t.Helper()
	k, err := home.LookupKey(key)
	check(t, err)
	dir, err := f.home.SecretDir(scope, f.capsule).Ensure()
	check(t, err)
	check(t, dir.Close())
	path = f.home.SecretFile(scope, f.capsule, k).Path()
	check(t, os.WriteFile(path, []byte(data), 0o600))
	return path
}

// view resolves against the overlay, which is JSON or empty for none.
func (f fixture) view(t tb, overlayJSON string) *config.View {
	t.Helper()
	var o *overlay.Overlay
	if overlayJSON != "" {
		var err error
		o, err = overlay.Parse("overlay", []byte(overlayJSON))
		check(t, err)
	}
	return config.New(f.man, f.capsule, store.New(f.home)).For(f.alice, o)
}

func show(v config.Value) string {
	if v.Source.IsSecret() {
		return fmt.Sprintf("%s %q", v.Source, v.Secret.Reveal())
	}
	return fmt.Sprintf("%s %q", v.Source, v.Text)
}

func TestLookup(t *testing.T) {
	const everything = `{"base_url":"X","bare":"","api_key":"never","undeclared":"U","__hidden":"never","ASTRID_SOCKET_PATH":"never"}`
	tests := []struct{ name, overlay, key, want string }{
		{"A10 overlay over default", `{"base_url":"X"}`, "base_url", `overlay "X"`},
		{"A11 overlay without the key", `{"other":"X"}`, "base_url", `default "manifest"`},
		{"A12 no overlay", "", "base_url", `default "manifest"`},
		{"A13 other values do not hide the rest", `{"a":"1","b":2}`, "a", `overlay "1"`},
		{"A13 a number keeps its text", `{"a":"1","b":2.50}`, "b", `overlay "2.50"`},
		{"null is unset", `{"base_url":null}`, "base_url", `default "manifest"`},
		{"an empty value is a value", everything, "bare", `overlay ""`},
		{"an undeclared key of the overlay", everything, "undeclared", `overlay "U"`},
		{"an undeclared key", "", "undeclared", `unset ""`},
		{"a declared key without value", "", "bare", `unset ""`},
		{"the empty key", "", "", `unset ""`},
		{"case matters", "", "BASE_URL", `unset ""`},
		{"a default that is a number", "", "retries", `default "5"`},
		{"a select with several choices", "", "model", `default "small"`},
		{"A18 a secret is neither overlay nor default", everything, "api_key", `unset ""`},
		{"a secret that no file can hold", "", "a/b", `unset ""`},
		{"the host's key", everything, "ASTRID_SOCKET_PATH", `unset ""`},
	}
	f := newFixture(t, t.TempDir())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := f.view(t, test.overlay).Lookup(t.Context(), test.key)
			check(t, err)
			if show(got) != test.want {
				t.Errorf("got %s, want %s", show(got), test.want)
			}
		})
	}
	for _, key := range []string{"__hidden", "__", "__undeclared", "__a/b"} {
		if got, err := f.view(t, everything).Lookup(t.Context(), key); !errors.Is(err, config.ErrReserved) {
			t.Errorf("%s: got %s, %v", key, show(got), err)
		}
	}
}

func TestSecrets(t *testing.T) {
	absent := "absent"
	tests := []struct{ name, principal, host, want string }{
		{"A15 both", "mine", "shared", `secret:principal "mine"`},
		{"A16 host only", absent, "shared", `secret:host "shared"`},
		{"A17 an empty file masks the host's", "", "shared", `unset ""`},
		{"principal only", "mine", absent, `secret:principal "mine"`},
		{"neither", absent, absent, `unset ""`},
		{"an empty file of the host", absent, "", `unset ""`},
		{"byte-exact", "mine\n", absent, `secret:principal "mine\n"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, t.TempDir())
			if test.principal != absent {
				f.plant(t, home.PrincipalScope(f.alice), "api_key", test.principal)
			}
			if test.host != absent {
				f.plant(t, home.HostScope(), "api_key", test.host)
			}
			got, err := f.view(t, `{"api_key":"never"}`).Lookup(t.Context(), "api_key")
			check(t, err)
			if show(got) != test.want || got.Text != "" {
				t.Errorf("got %s, want %s", show(got), test.want)
			}
		})
	}
}

func TestSecretsAreLive(t *testing.T) {
	f := newFixture(t, t.TempDir())
	view := f.view(t, "")
	for _, want := range []string{"one", "two"} {
		f.plant(t, home.HostScope(), "api_key", want)
		got, err := view.Lookup(t.Context(), "api_key")
		check(t, err)
		if string(got.Secret.Reveal()) != want {
			t.Errorf("got %s, want %s", show(got), want)
		}
	}
}

// TestOnlyNotFoundFallsThrough puts a good secret into the host's slot and trouble into the principal's.
func TestOnlyNotFoundFallsThrough(t *testing.T) {
	const canary = "hunter2-canary"
	tests := []struct {
		name    string
		unix    bool
		trouble func(t *testing.T, path string)
		as      func(error) bool
	}{
		{"over the cap", false, func(t *testing.T, path string) {
			check(t, os.WriteFile(path, []byte(strings.Repeat(canary, 10_000)), 0o600))
		}, is[*home.TooLargeError]},
		{"not UTF-8", false, func(t *testing.T, path string) {
			check(t, os.WriteFile(path, []byte(canary+"\xff"), 0o600))
		}, is[*store.InvalidError]},
		{"open to the group", true, func(t *testing.T, path string) { check(t, os.Chmod(path, 0o640)) }, is[*home.UnsafeError]},
		{"a hard link", true, func(t *testing.T, path string) { check(t, os.Link(path, path+"2")) }, is[*home.UnsafeError]},
		{"a symbolic link", true, func(t *testing.T, path string) {
			check(t, os.Rename(path, path+"2"))
			check(t, os.Symlink(path+"2", path))
		}, is[*home.UnsafeError]},
		{"a link to nothing", true, func(t *testing.T, path string) {
			check(t, os.Remove(path))
			check(t, os.Symlink("nowhere", path))
		}, is[*home.UnsafeError]},
		{"a directory", false, func(t *testing.T, path string) {
			check(t, os.Remove(path))
			check(t, os.Mkdir(path, 0o700))
		}, func(error) bool { return true }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.unix && runtime.GOOS == "windows" {
				t.Skip("needs modes and links")
			}
			f := newFixture(t, t.TempDir())
			f.plant(t, home.HostScope(), "api_key", "shared")
			test.trouble(t, f.plant(t, home.PrincipalScope(f.alice), "api_key", canary))
			got, err := f.view(t, "").Lookup(t.Context(), "api_key")
			secret, ok := errors.AsType[*config.SecretError](err)
			if !ok || !test.as(err) {
				t.Fatalf("got %s, %v (%T)", show(got), err, err)
			}
			if got.Source != config.Unset || secret.Key != "api_key" || secret.Principal != f.alice ||
				secret.Capsule != f.capsule || secret.Scope != home.PrincipalScope(f.alice) {
				t.Errorf("got %s, %#v", show(got), secret)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, canary) {
				t.Errorf("the error holds the secret: %s", text)
			}
		})
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestCancelled(t *testing.T) {
	f := newFixture(t, t.TempDir())
	f.plant(t, home.HostScope(), "api_key", "shared")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.view(t, "").Lookup(ctx, "api_key"); !errors.Is(err, context.Canceled) || is[*config.SecretError](err) {
		t.Errorf("Lookup: %v", err)
	}
	if entries, err := f.view(t, "").All(ctx); !errors.Is(err, context.Canceled) || entries != nil {
		t.Errorf("All: %v", err)
	}
}

func TestWithout(t *testing.T) {
	f := newFixture(t, t.TempDir())
	f.plant(t, home.HostScope(), "api_key", "shared")
	lookup := func(v *config.View, key string) string {
		t.Helper()
		got, err := v.Lookup(t.Context(), key)
		check(t, err)
		return show(got)
	}
	noSecrets := config.New(f.man, f.capsule, nil).For(f.alice, nil)
	if got := lookup(noSecrets, "api_key"); got != `unset ""` {
		t.Errorf("without secrets: %s", got)
	}
	if got := lookup(noSecrets, "base_url"); got != `default "manifest"` {
		t.Errorf("without secrets: %s", got)
	}
	noManifest := config.New(nil, f.capsule, store.New(f.home)).For(f.alice, nil)
	if got := lookup(noManifest, "api_key"); got != `unset ""` {
		t.Errorf("a secret that nothing declares: %s", got)
	}
	noPrincipal := config.New(f.man, f.capsule, store.New(f.home)).For(home.Principal{}, nil)
	if got := lookup(noPrincipal, "api_key"); got != `secret:host "shared"` {
		t.Errorf("without a principal: %s", got)
	}
}

func TestAll(t *testing.T) {
	f := newFixture(t, t.TempDir())
	f.plant(t, home.PrincipalScope(f.alice), "api_key", "hunter2-canary")
	entries, err := f.view(t, `{"zzz":"Z","base_url":"X","__x":"never"}`).All(t.Context())
	check(t, err)
	var got []string
	for _, e := range entries {
		if e.Value.Secret.Len() != 0 {
			t.Errorf("%s holds its secret", e.Key)
		}
		if e.Declared != (e.Field.Key == e.Key) {
			t.Errorf("%s: declared %v, field %q", e.Key, e.Declared, e.Field.Key)
		}
		got = append(got, fmt.Sprintf("%s %v %s %q %v", e.Key, e.Declared, e.Value.Source, e.Value.Text, e.Err != nil))
	}
	want := []string{
		`ASTRID_SOCKET_PATH true unset "" false`,
		`__hidden true unset "" true`,
		`__x false unset "" true`,
		`a/b true unset "" false`,
		`api_key true secret:principal "" false`,
		`bare true unset "" false`,
		`base_url true overlay "X" false`,
		`model true default "small" false`,
		`retries true default "5" false`,
		`zzz false overlay "Z" false`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// TestOrder draws every mixture of declaration, overlay and slots, and checks the order on the real store.
func TestOrder(t *testing.T) {
	f := newFixture(t, t.TempDir())
	slot := rapid.SampledFrom([]string{"absent", "empty", "value", "broken"})
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"", "text", "secret", "sEcReT", "unheard-of"}).Draw(t, "type")
		doc := "[package]\nname = 'probe'\nversion = '1.0.0'\n"
		hasDefault := kind != "" && rapid.Bool().Draw(t, "default")
		if kind != "" {
			doc += "[env.k]\ntype = '" + kind + "'\n"
		}
		if hasDefault {
			doc += "default = 'D'\n"
		}
		var err error
		f.man, err = manifest.Parse("F", []byte(doc))
		check(t, err)
		over := rapid.SampledFrom([]string{"", "{}", `{"k":""}`, `{"k":"O"}`}).Draw(t, "overlay")
		slots := []string{slot.Draw(t, "principal"), slot.Draw(t, "host")}
		for i, scope := range []home.Scope{home.PrincipalScope(f.alice), home.HostScope()} {
			switch path := f.plant(t, scope, "k", ""); slots[i] {
			case "absent":
				check(t, os.Remove(path))
			case "value":
				f.plant(t, scope, "k", scope.String())
			case "broken":
				f.plant(t, scope, "k", "\xff")
			}
		}

		first := slots[0]
		source := config.SecretPrincipal
		if first == "absent" {
			first, source = slots[1], config.SecretHost
		}
		secret := strings.EqualFold(kind, "secret")
		want := config.Unset
		switch {
		case secret && first == "value":
			want = source
		case secret:
		case strings.Contains(over, "k"):
			want = config.Overlay
		case hasDefault:
			want = config.Default
		}

		got, err := f.view(t, over).Lookup(context.Background(), "k")
		if broken := secret && first == "broken"; broken != is[*config.SecretError](err) || !broken && err != nil {
			t.Fatalf("error %v", err)
		}
		if got.Source != want {
			t.Fatalf("got %s, want %s", got.Source, want)
		}
		if got.Source.IsSecret() && got.Text != "" {
			t.Fatal("a secret in Text")
		}
	})
}
