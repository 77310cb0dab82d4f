package migrate_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/migrate"
	"astrid/pkg/overlay"
	"astrid/pkg/store"

	"github.com/google/go-cmp/cmp"
)

type fixture struct {
	home *home.Home
	migrate.Migration
}

// newFixture has api_key and token for secrets, and data for settings.
func newFixture(t *testing.T, data string) fixture {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	p, err1 := home.ParsePrincipal("alice")
	c, err2 := home.ParseCapsuleID("openai")
	if err := errors.Join(err1, err2, h.OverlayFile(p, c).Write([]byte(data))); err != nil {
		t.Fatal(err)
	}
	secret := func(key string) bool { return key == "api_key" || key == "token" }
	return fixture{h, migrate.Migration{Principal: p, Capsule: c, Secret: secret}}
}

func (f fixture) settings(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(f.home.OverlayFile(f.Principal, f.Capsule).Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (f fixture) stored(t *testing.T, name string) string {
	t.Helper()
	key, err := home.ParseKey(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.New(f.home).Get(t.Context(), home.PrincipalScope(f.Principal), f.Capsule, key)
	if err != nil {
		return err.Error()
	}
	return string(s.Reveal())
}

func (f fixture) set(t *testing.T, name, value string) {
	t.Helper()
	key, err1 := home.ParseKey(name)
	s, err2 := store.NewSecret([]byte(value))
	err3 := store.New(f.home).Set(t.Context(), home.PrincipalScope(f.Principal), f.Capsule, key, s)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
}

func outcomes(found []migrate.Secret) (lines []string) {
	for _, s := range found {
		lines = append(lines, s.Key.String()+" "+string(s.Outcome))
	}
	return lines
}

func TestRun(t *testing.T) {
	f := newFixture(t, `{"api_key":"canary","base_url":"x","token":"second","marked":""}`)
	f.set(t, "token", "second")
	before := f.settings(t)
	planned, err := migrate.Plan(t.Context(), f.home, f.Migration)
	if err != nil || f.settings(t) != before || strings.Contains(f.stored(t, "api_key"), "canary") {
		t.Errorf("Plan: %v; %s", err, f.settings(t))
	}
	want := []string{"api_key moved", "token dropped"}
	if diff := cmp.Diff(want, outcomes(planned)); diff != "" {
		t.Errorf("Plan (-want +got):\n%s", diff)
	}
	done, err := migrate.Run(t.Context(), f.home, f.Migration)
	if diff := cmp.Diff(want, outcomes(done)); diff != "" || err != nil {
		t.Errorf("Run: %v (-want +got):\n%s", err, diff)
	}
	if f.stored(t, "api_key") != "canary" || f.stored(t, "token") != "second" {
		t.Errorf("stored %s, %s", f.stored(t, "api_key"), f.stored(t, "token"))
	}
	o, err := overlay.Load(t.Context(), f.home, f.Principal, f.Capsule)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"api_key": "", "token": "", "base_url": "x", "marked": ""} {
		if got, ok := o.Lookup(key); !ok || got != want {
			t.Errorf("%s is %q, %v in the settings", key, got, ok)
		}
	}
	if again, err := migrate.Run(t.Context(), f.home, f.Migration); err != nil || again != nil {
		t.Errorf("again: %v, %v", again, err)
	}
}

func TestConflict(t *testing.T) {
	f := newFixture(t, `{"api_key":"canary","token":"canary"}`)
	f.set(t, "token", "another")
	before := f.settings(t)
	_, err := migrate.Run(t.Context(), f.home, f.Migration)
	e, ok := errors.AsType[*migrate.ConflictError](err)
	if !ok || len(e.Keys) != 1 || e.Keys[0].String() != "token" || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v, want a *ConflictError", err)
	}
	if f.settings(t) != before || strings.Contains(f.stored(t, "api_key"), "canary") {
		t.Error("a conflict did not stop the others")
	}
	f.Discard = true
	done, err := migrate.Run(t.Context(), f.home, f.Migration)
	if diff := cmp.Diff([]string{"api_key moved", "token dropped"}, outcomes(done)); diff != "" || err != nil {
		t.Errorf("with Discard: %v (-want +got):\n%s", err, diff)
	}
	if f.stored(t, "token") != "another" || strings.Contains(f.settings(t), "canary") {
		t.Errorf("stored %q; settings %s", f.stored(t, "token"), f.settings(t))
	}
}

// What cannot be a secret stays where it is, and is named; all others go.
func TestInvalid(t *testing.T) {
	large := strings.Repeat("canary", store.MaxSecret)
	for name, c := range map[string]struct{ key, value string }{
		"too large": {"api_key", large},
		"no key":    {"x; y", "canary"},
		"reserved":  {"__x", "canary"},
	} {
		f := newFixture(t, `{"`+c.key+`":"`+c.value+`","token":"second"}`)
		f.Secret = func(string) bool { return true }
		for _, do := range []func(context.Context, *home.Home, migrate.Migration) ([]migrate.Secret, error){migrate.Plan, migrate.Run} {
			found, err := do(t.Context(), f.home, f.Migration)
			invalid, ok := errors.AsType[*migrate.InvalidError](err)
			if !ok || invalid.Key != c.key || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %.200v", name, err)
			}
			if diff := cmp.Diff([]string{"token moved"}, outcomes(found)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if !strings.Contains(f.settings(t), c.value) || f.stored(t, "token") != "second" {
			t.Errorf("%s: the settings are %.200s; token is %s", name, f.settings(t), f.stored(t, "token"))
		}
	}
}

// An empty secret is no other value.
func TestEmptyIsUnset(t *testing.T) {
	for _, discard := range []bool{false, true} {
		f := newFixture(t, `{"api_key":"canary"}`)
		f.Discard = discard
		key, err := home.ParseKey("api_key")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.home.SecretFile(home.PrincipalScope(f.Principal), f.Capsule, key).Write(nil); err != nil {
			t.Fatal(err)
		}
		found, err := migrate.Run(t.Context(), f.home, f.Migration)
		if diff := cmp.Diff([]string{"api_key moved"}, outcomes(found)); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if got := f.stored(t, "api_key"); got != "canary" {
			t.Errorf("stored %q", got)
		}
	}
}

// Settings that cannot be read stay as they are.
func TestRefused(t *testing.T) {
	const data = `{"api_key":"canary"`
	f := newFixture(t, data)
	_, err := migrate.Run(t.Context(), f.home, f.Migration)
	if !is[*overlay.SyntaxError](err) || strings.Contains(err.Error(), "canary") {
		t.Errorf("malformed: %.200v", err)
	}
	if f.settings(t) != data || strings.Contains(f.stored(t, "api_key"), "canary") {
		t.Error("something was moved")
	}
	f = newFixture(t, `{"api_key":"canary"}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := migrate.Run(ctx, f.home, f.Migration); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
