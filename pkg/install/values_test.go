package install_test

import (
	"errors"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/install"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"

	"github.com/google/go-cmp/cmp"
)

const settings = `
[env.url]
type = 'text'
[env.plain]
type = 'text'
default = 'd'
[env.colour]
type = 'select'
enum_values = ['red', 'green']
[env.tags]
type = 'array'
[env.token]
type = 'secret'
[env."other.token"]
type = 'secret'
[env.__mine]
type = 'text'
[env.'no key']
type = 'text'
`

func key(t testing.TB, s string) home.Key {
	t.Helper()
	k, err := home.ParseKey(s)
	check(t, err)
	return k
}

func openWith(t testing.TB, h *home.Home, rest string) (*install.Package, *install.Values) {
	t.Helper()
	f := minimal(t, "1.0.0")
	f["Capsule.toml"] += rest
	p, err := install.Open(t.Context(), h, f.dir(t), "")
	check(t, err)
	t.Cleanup(func() { check(t, p.Close()) })
	alice, err := home.ParsePrincipal("alice")
	check(t, err)
	v, err := p.Values(t.Context(), alice)
	check(t, err)
	return p, v
}

func missing(v *install.Values) string {
	var keys []string
	for _, m := range v.Missing() {
		keys = append(keys, m.Key.String())
	}
	return strings.Join(keys, " ")
}

func TestValues(t *testing.T) {
	h := newHome(t)
	p, v := openWith(t, h, settings)
	if got := missing(v); got != "colour other.token tags token url" {
		t.Errorf("missing %s", got)
	}
	check(t, v.Set(p.ID(), key(t, "url"), "http://x"))
	check(t, v.Set(p.ID(), key(t, "tags"), "a,b"))
	secret, err := store.NewSecret([]byte("s3cret-value"))
	check(t, err)
	v.SetSecret(key(t, "token"), secret)
	if got := missing(v); got != "colour other.token" {
		t.Errorf("missing %s", got)
	}
	o := options(new(logBuffer))
	o.Values = v
	_, err = p.Install(t.Context(), o)
	check(t, err)

	alice, _ := home.ParsePrincipal("alice")
	got, err := overlay.Load(t.Context(), h, alice, p.ID())
	check(t, err)
	if diff := cmp.Diff(`{`+"\n"+`  "tags": "[\"a\",\"b\"]",`+"\n"+`  "url": "http://x"`+"\n}", string(got.Encode())); diff != "" {
		t.Error(diff)
	}
	stored, err := store.New(h).Get(t.Context(), home.PrincipalScope(alice), p.ID(), key(t, "token"))
	if err != nil || !stored.Equal(secret) {
		t.Errorf("the secret: %v", err)
	}
	if _, again := openWith(t, h, settings); missing(again) != "colour other.token" {
		t.Errorf("missing afterwards: %s", missing(again))
	}
}

func TestValuesRefused(t *testing.T) {
	p, v := openWith(t, newHome(t), settings)
	for name, is := range map[string]func(error) bool{
		"token": is[*install.SecretError], "undeclared": is[*install.UndeclaredError], "colour": is[*manifest.ValueError],
	} {
		if err := v.Set(p.ID(), key(t, name), "marked-value"); !is(err) || strings.Contains(err.Error(), "marked-value") || strings.Contains(err.Error(), "undeclared") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func is[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

// A variable is for what the principal has not set.
func TestEnviron(t *testing.T) {
	h := newHome(t)
	alice, _ := home.ParsePrincipal("alice")
	id := capsuleID(t, "minimal")
	check(t, overlay.Update(t.Context(), h, alice, id, func(o *overlay.Overlay) error { return o.Set(key(t, "url"), "his") }))
	p, v := openWith(t, h, settings)
	check(t, v.Set(p.ID(), key(t, "tags"), "from-the-line"))
	env := map[string]string{
		"ASTRID_VAR_URL": "other", "ASTRID_VAR_PLAIN": "p", "ASTRID_VAR_TOKEN": "s3cret-value\n", "ASTRID_VAR_TAGS": "x",
		"ASTRID_VAR_OTHER_TOKEN": "", "ASTRID_VAR_COLOUR": "green", "ASTRID_VAR___MINE": "x",
	}
	check(t, v.Environ(func(name string) (string, bool) { value, ok := env[name]; return value, ok }))
	if got := missing(v); got != "other.token" {
		t.Errorf("missing %s", got)
	}
	o := options(new(logBuffer))
	o.Values = v
	_, err := p.Install(t.Context(), o)
	check(t, err)
	got, err := overlay.Load(t.Context(), h, alice, id)
	check(t, err)
	want := map[string]string{"colour": "green", "plain": "p", "tags": `["from-the-line"]`, "url": "his"}
	for _, k := range got.Keys() {
		if text, _ := got.Lookup(k); want[k] != text {
			t.Errorf("%s is %q", k, text)
		}
		delete(want, k)
	}
	if len(want) > 0 {
		t.Errorf("not set: %v", want)
	}
	if s, err := store.New(h).Get(t.Context(), home.PrincipalScope(alice), id, key(t, "token")); err != nil || string(s.Reveal()) != "s3cret-value" {
		t.Errorf("the secret: %d bytes, %v", s.Len(), err)
	}
}

func TestEnvironErrors(t *testing.T) {
	lookup := func(value string) func(string) (string, bool) {
		return func(name string) (string, bool) { return value, strings.HasPrefix(name, "ASTRID_VAR_") }
	}
	_, v := openWith(t, newHome(t), "[env.'a.b']\ntype='text'\n[env.a_b]\ntype='text'\n")
	err := v.Environ(lookup("marked-value"))
	if !is[*install.AmbiguousError](err) || strings.Contains(err.Error(), "marked-value") {
		t.Errorf("two keys: %v", err)
	}
	for rest, is := range map[string]func(error) bool{
		"[env.c]\ntype='select'\nenum_values=['x']\n": is[*manifest.ValueError],
		"[env.c]\ntype='secret'\n":                    is[*store.InvalidError],
	} {
		_, v := openWith(t, newHome(t), rest)
		if err := v.Environ(lookup("marked-value\xff")); !is(err) || strings.Contains(err.Error(), "marked-value") || !strings.Contains(err.Error(), "ASTRID_VAR_C") {
			t.Errorf("%q: %v", rest, err)
		}
	}
}

// Settings that cannot be stored stop the installation before anything changes.
func TestValuesThatCannotBeStored(t *testing.T) {
	h := newHome(t)
	alice, _ := home.ParsePrincipal("alice")
	p, v := openWith(t, h, settings)
	check(t, v.Set(p.ID(), key(t, "url"), "http://x"))
	check(t, h.OverlayFile(alice, p.ID()).Write([]byte("{")))
	o := options(new(logBuffer))
	o.Values = v
	if _, err := p.Install(t.Context(), o); !is[*overlay.SyntaxError](err) {
		t.Errorf("got %v", err)
	}
	if there, err := h.CapsuleDir(p.ID()).Exists(); there || err != nil {
		t.Errorf("it was installed: %v", err)
	}
}
