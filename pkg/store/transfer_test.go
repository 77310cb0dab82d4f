package store_test

import (
	"errors"
	"io/fs"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/store"
)

func TestTransfer(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	host := home.HostScope()
	a, b := lookupKey(t, "a"), lookupKey(t, "b")
	for key, value := range map[home.Key]string{a: canary, b: "second"} {
		if err := f.Set(ctx, f.alice, f.capsule, key, secret(t, value)); err != nil {
			t.Fatal(err)
		}
	}
	value := func(scope home.Scope, key home.Key) string {
		s, err := f.Get(ctx, scope, f.capsule, key)
		if errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(s.Reveal())
	}
	both := store.Transfer{From: f.alice, To: host, Capsule: f.capsule, Keys: []home.Key{a, b}, When: store.IfAbsentOrSame()}

	if plan, err := f.PlanCopy(ctx, both); err != nil || plan[a] != store.Created || value(host, a) != "" {
		t.Errorf("PlanCopy: %v, %v", plan, err)
	}
	missing := both
	missing.Keys = []home.Key{a, lookupKey(t, "c")}
	for name, do := range map[string]func() error{
		"Copy": func() error { _, err := f.Copy(ctx, missing); return err },
		"Move": func() error { _, err := f.Move(ctx, missing); return err },
		"Plan": func() error { _, err := f.PlanCopy(ctx, missing); return err },
	} {
		if err := do(); !errors.Is(err, fs.ErrNotExist) || value(host, a) != "" || value(f.alice, a) != canary {
			t.Errorf("%s of what is not there: %v", name, err)
		}
	}
	if done, err := f.Copy(ctx, both); err != nil || done[b] != store.Created || value(host, a) != canary || value(f.alice, a) != canary {
		t.Errorf("Copy: %v, %v", done, err)
	}
	if err := f.Set(ctx, host, f.capsule, b, secret(t, "other")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Move(ctx, both); !isPrecondition(err) || value(host, b) != "other" || value(f.alice, a) != canary {
		t.Errorf("Move onto another value: %v", err)
	}
	both.When = store.Condition{}
	done, err := f.Move(ctx, both)
	if err != nil || done[a] != store.Unchanged || done[b] != store.Replaced {
		t.Errorf("Move: %v, %v", done, err)
	}
	if value(host, a) != canary || value(host, b) != "second" || value(f.alice, a) != "" || value(f.alice, b) != "" {
		t.Error("Move left something, or lost it")
	}
}
