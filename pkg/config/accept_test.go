package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"

	"github.com/google/go-cmp/cmp"
)

func TestSetting(t *testing.T) {
	f := newFixture(t, t.TempDir())
	ctx := t.Context()
	secrets := store.New(f.home)
	key := func(s string) home.Key {
		k, err := home.LookupKey(s)
		check(t, err)
		return k
	}
	value, err := store.NewSecret([]byte("canary-value"))
	check(t, err)
	check(t, secrets.Set(ctx, home.HostScope(), f.capsule, key("stored"), value))

	known, unknown := config.New(f.man, f.capsule, secrets), config.New(nil, f.capsule, secrets)
	for _, c := range []struct {
		r           *config.Resolver
		key, typed  string
		want        string
		wrong       config.Mismatch
		mismatch    bool
		wrongChoice bool
	}{
		{r: known, key: "base_url", typed: "canary", want: "canary"},
		{r: known, key: "model", typed: "large", want: "large"},
		{r: known, key: "model", typed: "canary", wrongChoice: true},
		{r: known, key: "api_key", typed: "canary", wrong: config.IsSecret, mismatch: true},
		{r: known, key: "stored", typed: "canary", wrong: config.IsSecret, mismatch: true},
		{r: known, key: "canary", typed: "x", wrong: config.NoSetting, mismatch: true},
		{r: unknown, key: "model", typed: "canary", want: "canary"},
		{r: unknown, key: "stored", typed: "canary", wrong: config.IsSecret, mismatch: true},
	} {
		got, err := c.r.Setting(ctx, f.alice, key(c.key), c.typed)
		e, mismatch := errors.AsType[*config.KeyError](err)
		_, wrongChoice := errors.AsType[*manifest.ValueError](err)
		if got != c.want || mismatch != c.mismatch || wrongChoice != c.wrongChoice || mismatch && e.Mismatch != c.wrong {
			t.Errorf("%s=%s: %q, %v", c.key, c.typed, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s=%s: the error repeats it: %v", c.key, c.typed, err)
		}
	}
}

func TestCheckSecret(t *testing.T) {
	f := newFixture(t, t.TempDir())
	for name, want := range map[string]string{
		"api_key":  "",
		"base_url": "capsule probe declares base_url, but not as a secret, and will not read it as one",
		"canary":   "capsule probe declares no secret of that name",
	} {
		key, err := home.ParseKey(name)
		check(t, err)
		got := ""
		if err := config.New(f.man, f.capsule, nil).CheckSecret(key); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if err := config.New(nil, f.capsule, nil).CheckSecret(key); err != nil {
			t.Errorf("%s, without a manifest: %v", name, err)
		}
	}
}

func TestDiff(t *testing.T) {
	f := newFixture(t, t.TempDir())
	ctx := t.Context()
	secrets := store.New(f.home)
	bob, err := home.ParsePrincipal("bob")
	check(t, err)
	apiKey, err := home.ParseKey("api_key")
	check(t, err)
	set := func(p home.Principal, value string) {
		v, err := store.NewSecret([]byte(value))
		check(t, err)
		check(t, secrets.Set(ctx, home.PrincipalScope(p), f.capsule, apiKey, v))
	}
	diff := func(alice, bobs string) (lines []string) {
		var overlays [2]*overlay.Overlay
		for i, data := range []string{alice, bobs} {
			var err error
			overlays[i], err = overlay.Parse("f", []byte(data))
			check(t, err)
		}
		r := config.New(f.man, f.capsule, secrets)
		found, err := config.Diff(ctx, r.For(f.alice, overlays[0]), r.For(bob, overlays[1]))
		check(t, err)
		for _, d := range found {
			if d.Left.Value.Secret.Len()+d.Right.Value.Secret.Len() > 0 {
				t.Errorf("%s comes with a secret", d.Key)
			}
			lines = append(lines, fmt.Sprintf("%s %s %q %s %q", d.Key, d.Left.Value.Source, d.Left.Value.Text, d.Right.Value.Source, d.Right.Value.Text))
		}
		return lines
	}
	if got := diff(`{}`, `{"base_url":"manifest"}`); got != nil {
		t.Errorf("what equals the default differs: %q", got)
	}
	set(f.alice, "canary-1")
	want := []string{
		`api_key secret:principal "" unset ""`, `bare unset "" overlay ""`, `base_url overlay "a" default "manifest"`, `undeclared overlay "u" unset ""`,
	}
	if d := cmp.Diff(want, diff(`{"base_url":"a","undeclared":"u"}`, `{"bare":""}`)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	set(bob, "canary-1")
	if got := diff(`{}`, `{}`); got != nil {
		t.Errorf("the same secret differs: %q", got)
	}
	set(bob, "canary-2")
	if d := cmp.Diff([]string{`api_key secret:principal "" secret:principal ""`}, diff(`{}`, `{}`)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
