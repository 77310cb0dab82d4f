package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/store"

	"github.com/google/go-cmp/cmp"
)

func TestDigests(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if _, err := f.List(ctx, store.Filter{Digests: true}); err != nil {
		t.Fatal(err)
	}
	wantNothing(t, f.home) // nothing to digest, no key
	for key, value := range map[string]string{"a": canary, "b": canary, "c": "other"} {
		if err := f.Set(ctx, f.alice, f.capsule, lookupKey(t, key), secret(t, value)); err != nil {
			t.Fatal(err)
		}
	}
	f.plant(t, nil)
	digests := func() (found []store.Digest) {
		entries, err := f.List(ctx, store.Filter{Digests: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			found = append(found, e.Digest)
		}
		return found
	}
	got := digests() // a, api_key, b, c
	if _, err := store.ParseDigest(string(got[0])); err != nil || got[0] != got[2] || got[0] == got[3] || got[1] != "" {
		t.Errorf("digests %q, %v", got, err)
	}
	key := f.home.DigestKeyFile()
	if fi, err := os.Stat(key.Path()); err != nil || fi.Size() != 32 || runtime.GOOS != "windows" && fi.Mode() != 0o600 {
		t.Errorf("key: %v, %v", fi, err)
	}
	if diff := cmp.Diff(got, digests()); diff != "" {
		t.Errorf("digests change (-first +second):\n%s", diff)
	}
	// A known key, so that the algorithm is fixed.
	if err := key.Write([]byte("0123456789abcdef0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	if got := digests(); got[0] != "a5d77b2f9dac" {
		t.Errorf("HMAC-SHA-256 of the canary is %s", got[0])
	}
	for _, bad := range [][]byte{nil, make([]byte, 31), make([]byte, 33)} {
		if err := key.Write(bad); err != nil {
			t.Fatal(err)
		}
		_, err := f.List(ctx, store.Filter{Digests: true})
		if e, ok := errors.AsType[*store.DigestKeyError](err); !ok || e.Path != key.Path() {
			t.Errorf("a key of %d bytes: %v", len(bad), err)
		}
	}
	for _, bad := range []string{"", "0", "00000000000", "0000000000000", "ABCDEFABCDEF", "gggggggggggg", canary} {
		if _, err := store.ParseDigest(bad); err == nil || leaks(err.Error()) {
			t.Errorf("ParseDigest(%q): %v", bad, err)
		}
	}
}

// Of all that ask for digests first, one makes the key.
func TestDigestKeyIsMadeOnce(t *testing.T) {
	f := newFixture(t)
	digests := make([]store.Digest, 8)
	var wg sync.WaitGroup
	for i := range digests {
		wg.Go(func() {
			d, err := f.Digester(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			digests[i] = d.Digest(secret(t, canary))
		})
	}
	wg.Wait()
	if same := slices.Compact(digests); len(same) != 1 {
		t.Errorf("%d keys were made", len(same))
	}
}

func TestConditions(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	d, err := f.Digester(ctx)
	if err != nil {
		t.Fatal(err)
	}
	first, second := secret(t, canary), secret(t, canary+"2")
	for _, step := range []struct {
		name   string
		value  store.Secret
		when   store.Condition
		change store.Change // "" if the condition does not hold
	}{
		{"no such digest yet", first, store.IfDigest(d.Digest(first)), ""},
		{"absent", first, store.IfAbsent(), store.Created},
		{"no more", second, store.IfAbsent(), ""},
		{"another digest", second, store.IfDigest(d.Digest(second)), ""},
		{"no digest", second, store.IfDigest(""), ""},
		{"its digest", second, store.IfDigest(d.Digest(first)), store.Replaced},
		{"the same again", second, store.IfDigest(d.Digest(second)), store.Unchanged},
		{"whatever it is", first, store.Condition{}, store.Replaced},
	} {
		batch := store.Batch{Scope: f.alice, Capsule: f.capsule, Values: map[home.Key]store.Secret{f.key: step.value}, When: step.when}
		before, _ := os.ReadFile(f.path())
		planned, perr := f.Plan(ctx, batch)
		if after, _ := os.ReadFile(f.path()); !bytes.Equal(before, after) {
			t.Errorf("%s: Plan wrote", step.name)
		}
		done, err := f.Apply(ctx, batch)
		_, refused := errors.AsType[*store.PreconditionError](err)
		if planned[f.key] != step.change || done[f.key] != step.change || refused != (step.change == "") || (perr == nil) != (err == nil) {
			t.Errorf("%s: planned %v, %v; done %v, %v; want %q", step.name, planned, perr, done, err, step.change)
		}
		if err != nil && leaks(err.Error()) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}

// What has no digest is not replaced on the condition that it still has none.
func TestNoDigest(t *testing.T) {
	f := newFixture(t)
	for name, planted := range map[string][]byte{"empty": {}, "not UTF-8": {0xff}} {
		f.plant(t, planted)
		values := map[home.Key]store.Secret{f.key: secret(t, canary)}
		if done, err := f.Apply(t.Context(), store.Batch{Scope: f.alice, Capsule: f.capsule, Values: values, When: store.IfDigest("")}); err == nil {
			t.Errorf("%s: %v", name, done)
		}
		if after, err := os.ReadFile(f.path()); err != nil || !bytes.Equal(after, planted) {
			t.Errorf("%s became %q, %v", name, after, err)
		}
	}
}

// A write that is bound to fail makes no directories.
func TestFailedConditionMakesNothing(t *testing.T) {
	f := newFixture(t)
	values := map[home.Key]store.Secret{f.key: secret(t, canary)}
	_, err := f.Apply(t.Context(), store.Batch{Scope: f.alice, Capsule: f.capsule, Values: values, When: store.IfDigest("000000000000")})
	if _, ok := errors.AsType[*store.PreconditionError](err); !ok {
		t.Errorf("%v, want a *PreconditionError", err)
	}
	wantNothing(t, f.home)
}

// Of writers that expect the same value, one wins.
func TestCompareAndSet(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			values := map[home.Key]store.Secret{f.key: secret(t, fmt.Sprint("value ", i))}
			_, err := f.Apply(ctx, store.Batch{Scope: f.alice, Capsule: f.capsule, Values: values, When: store.IfAbsent()})
			switch {
			case err == nil:
				won.Add(1)
			case !isPrecondition(err):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers won", won.Load())
	}
}

func isPrecondition(err error) bool {
	_, ok := errors.AsType[*store.PreconditionError](err)
	return ok
}

// All of a batch or none.
func TestApplyAll(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	batch := store.Batch{Scope: f.alice, Capsule: f.capsule, Values: map[home.Key]store.Secret{}}
	for _, k := range []string{"a", "b", "c"} {
		batch.Values[lookupKey(t, k)] = secret(t, canary+k)
	}
	bad := batch
	bad.Values = maps.Clone(batch.Values)
	bad.Values[lookupKey(t, "__reserved")] = secret(t, canary)
	if _, err := f.Apply(ctx, bad); err == nil {
		t.Error("a reserved key was stored")
	}
	wantNothing(t, f.home)
	obstacle := f.home.SecretFile(f.alice, f.capsule, lookupKey(t, "c")).Path()
	if err := os.MkdirAll(obstacle, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apply(ctx, batch); err == nil {
		t.Error("a directory was overwritten")
	}
	if keys, err := f.home.SecretKeys(f.alice, f.capsule); err != nil || len(keys) != 1 {
		t.Errorf("after an error there is %v, %v", keys, err)
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	changes, err := f.Apply(ctx, batch)
	if err != nil || len(changes) != 3 || changes[lookupKey(t, "a")] != store.Created {
		t.Errorf("%v, %v", changes, err)
	}
}
