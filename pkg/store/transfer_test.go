package store_test

import (
	"context"
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

func TestTransferToTheSameScope(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if err := f.Set(ctx, f.alice, f.capsule, f.key, secret(t, canary)); err != nil {
		t.Fatal(err)
	}
	same := store.Transfer{From: f.alice, To: f.alice, Capsule: f.capsule, Keys: []home.Key{f.key}}
	for name, do := range map[string]func(context.Context, store.Transfer) (map[home.Key]store.Change, error){
		"Copy": f.Copy, "Move": f.Move, "PlanCopy": f.PlanCopy,
	} {
		if _, err := do(ctx, same); !errors.Is(err, store.ErrSameScope) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.Get(ctx, f.alice, f.capsule, f.key); err != nil {
		t.Error(err)
	}
}

// Who deletes what is being moved does what the move was about to do.
func TestMoveOfWhatIsDeletedMeanwhile(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if err := f.Set(ctx, f.alice, f.capsule, f.key, secret(t, canary)); err != nil {
		t.Fatal(err)
	}
	release, err := f.home.SecretDir(f.alice, f.capsule).Lock(ctx) // so that nothing is deleted before we do it
	if err != nil {
		t.Fatal(err)
	}
	moved := make(chan error, 1)
	go func() {
		_, err := f.Move(ctx, store.Transfer{From: f.alice, To: home.HostScope(), Capsule: f.capsule, Keys: []home.Key{f.key}})
		moved <- err
	}()
	for there := false; !there && err == nil; {
		there, err = f.home.SecretFile(home.HostScope(), f.capsule, f.key).Exists()
	}
	if err := errors.Join(err, f.home.SecretFile(f.alice, f.capsule, f.key).Remove(), release()); err != nil {
		t.Fatal(err)
	}
	if err := <-moved; err != nil {
		t.Error(err)
	}
	if _, err := f.Get(ctx, home.HostScope(), f.capsule, f.key); err != nil {
		t.Error(err)
	}
}
