package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/store"

	"github.com/google/go-cmp/cmp"
)

// fixture is a store in a home that does not exist yet, and names to use in it.
type fixture struct {
	*store.Store
	home    *home.Home
	alice   home.Scope
	capsule home.CapsuleID
	key     home.Key
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	return fixtureIn(h)
}

func fixtureIn(h *home.Home) fixture {
	p, err1 := home.ParsePrincipal("alice")
	c, err2 := home.ParseCapsuleID("openai")
	k, err3 := home.ParseKey("api_key")
	if err := errors.Join(err1, err2, err3); err != nil {
		panic(err)
	}
	return fixture{store.New(h), h, home.PrincipalScope(p), c, k}
}

func (f fixture) path() string { return f.home.SecretFile(f.alice, f.capsule, f.key).Path() }

// plant puts a file where the secret is, as another program would.
func (f fixture) plant(t testing.TB, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(f.path()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path(), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func lookupKey(t testing.TB, s string) home.Key {
	t.Helper()
	k, err := home.LookupKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSetGetDelete(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	for _, value := range []string{"first", "s\u00e9cond\n", "a\x00b", strings.Repeat("x", store.MaxSecret)} {
		want := secret(t, value)
		if err := f.Set(ctx, f.alice, f.capsule, f.key, want); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Get(ctx, f.alice, f.capsule, f.key); err != nil || !got.Equal(want) {
			t.Errorf("Get: %d bytes, %v; want %d", got.Len(), err, want.Len())
		}
		if on, err := os.ReadFile(f.path()); err != nil || string(on) != value {
			t.Errorf("on disk: %d bytes, %v", len(on), err)
		}
	}
	if fi, err := os.Stat(f.path()); err != nil || runtime.GOOS != "windows" && fi.Mode() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	// Another scope, capsule or key is another secret.
	if _, err := f.Get(ctx, home.HostScope(), f.capsule, f.key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the host's: %v", err)
	}
	if err := f.Set(ctx, home.HostScope(), f.capsule, f.key, secret(t, "host")); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(ctx, f.alice, f.capsule, f.key); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get(ctx, home.HostScope(), f.capsule, f.key); err != nil || string(got.Reveal()) != "host" {
		t.Errorf("a delete in one scope reached another: %v", err)
	}
	left := filepath.Join(filepath.Dir(f.path()), ".astrid-LEFT.tmp") // by a write that was killed
	if err := os.WriteFile(left, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(ctx, f.alice, f.capsule, f.key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("second Delete: %v, want fs.ErrNotExist", err)
	}
	if _, err := os.Lstat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a write left is there: %v", err)
	}
}

// Vector A6. The empty value and the keys that no constructor lets through.
func TestVectorA6Invalid(t *testing.T) {
	f := newFixture(t)
	for _, k := range []string{"ns:key", ""} {
		if _, err := home.LookupKey(k); err == nil {
			t.Errorf("key %q was accepted", k)
		}
	}
	err := f.Set(t.Context(), f.alice, f.capsule, f.key, store.Secret{})
	if _, ok := errors.AsType[*store.InvalidError](err); !ok {
		t.Errorf("Set of the empty secret: %v, want an *InvalidError", err)
	}
	for _, k := range []string{"__x", home.SocketPathKey, ".hidden", "a b"} {
		err := f.Set(t.Context(), f.alice, f.capsule, lookupKey(t, k), secret(t, canary))
		if _, ok := errors.AsType[*home.NameError](err); !ok || leaks(err.Error()) {
			t.Errorf("Set of %q: %v, want a *home.NameError", k, err)
		}
	}
	wantNothing(t, f.home)
}

// Vector A7.
func TestVectorA7NULInKey(t *testing.T) {
	if _, err := home.LookupKey("bad\x00key"); err == nil {
		t.Error("a key with NUL was accepted")
	}
}

// Vector A8, and the sizes around the limit.
func TestVectorA8TooLarge(t *testing.T) {
	f := newFixture(t)
	for _, size := range []int{131072, store.MaxSecret + 1} {
		f.plant(t, bytes.Repeat([]byte("x"), size))
		_, err := f.Get(t.Context(), f.alice, f.capsule, f.key)
		large, ok := errors.AsType[*home.TooLargeError](err)
		if !ok || large.Limit != 65536 || large.Size != int64(size) || !strings.Contains(err.Error(), "exceeds the limit of 65536") {
			t.Errorf("%d bytes: %v, want a *home.TooLargeError", size, err)
		}
	}
	f.plant(t, bytes.Repeat([]byte("x"), store.MaxSecret))
	if got, err := f.Get(t.Context(), f.alice, f.capsule, f.key); err != nil || got.Len() != store.MaxSecret {
		t.Errorf("at the limit: %d bytes, %v", got.Len(), err)
	}
}

// A file that says nothing of its size is read to the limit and no further.
func TestGetOfASparseGigabyte(t *testing.T) {
	f := newFixture(t)
	f.plant(t, nil)
	if err := os.Truncate(f.path(), 1<<30); err != nil {
		t.Fatal(err)
	}
	_, err := f.Get(t.Context(), f.alice, f.capsule, f.key)
	if large, ok := errors.AsType[*home.TooLargeError](err); !ok || large.Size != 1<<30 {
		t.Errorf("%v, want a *home.TooLargeError", err)
	}
}

// Vector A9.
func TestVectorA9NoRoot(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if _, err := f.Get(ctx, f.alice, f.capsule, f.key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Get: %v, want fs.ErrNotExist", err)
	}
	if _, err := f.Stat(ctx, f.alice, f.capsule, f.key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat: %v, want fs.ErrNotExist", err)
	}
	if err := f.Delete(ctx, f.alice, f.capsule, f.key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Delete: %v, want fs.ErrNotExist", err)
	}
	if l, err := f.List(ctx, store.Filter{}); err != nil || len(l) != 0 {
		t.Errorf("List: %v, %v", l, err)
	}
	wantNothing(t, f.home)
}

func wantNothing(t *testing.T, h *home.Home) {
	t.Helper()
	if _, err := os.Lstat(h.Root()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the tree was created: %v", err)
	}
}

func TestGetOfWhatOthersWrote(t *testing.T) {
	f := newFixture(t)
	f.plant(t, nil)
	if got, err := f.Get(t.Context(), f.alice, f.capsule, f.key); err != nil || !got.IsEmpty() {
		t.Errorf("an empty file: %d bytes, %v; want the empty secret", got.Len(), err)
	}
	f.plant(t, []byte(canary+"\xff"))
	_, err := f.Get(t.Context(), f.alice, f.capsule, f.key)
	if invalid, ok := errors.AsType[*store.InvalidError](err); !ok || invalid.Path != f.path() || leaks(err.Error()) {
		t.Errorf("not UTF-8: %v, want an *InvalidError with the path", err)
	}
	odd := f
	odd.key = lookupKey(t, ".odd key")
	odd.plant(t, []byte("odd"))
	if got, err := odd.Get(t.Context(), odd.alice, odd.capsule, odd.key); err != nil || string(got.Reveal()) != "odd" {
		t.Errorf("a key that we would not write: %v", err)
	}
	if err := odd.Delete(t.Context(), odd.alice, odd.capsule, odd.key); err != nil {
		t.Errorf("Delete of it: %v", err)
	}
}

func TestCanceled(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, get := f.Get(ctx, f.alice, f.capsule, f.key)
	_, stat := f.Stat(ctx, f.alice, f.capsule, f.key)
	set := f.Set(ctx, f.alice, f.capsule, f.key, secret(t, "x"))
	del := f.Delete(ctx, f.alice, f.capsule, f.key)
	for name, err := range map[string]error{"Get": get, "Stat": stat, "Set": set, "Delete": del} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
	wantNothing(t, f.home)
}

func TestList(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	other, err := home.ParseCapsuleID("anthropic")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		scope   home.Scope
		capsule home.CapsuleID
		key     string
	}{{home.HostScope(), f.capsule, "z"}, {f.alice, f.capsule, "b"}, {f.alice, f.capsule, "a"}, {f.alice, other, "c"}} {
		if err := f.Set(ctx, s.scope, s.capsule, lookupKey(t, s.key), secret(t, canary)); err != nil {
			t.Fatal(err)
		}
	}
	f.plant(t, nil)
	large := f
	large.key = lookupKey(t, "large")
	large.plant(t, make([]byte, store.MaxSecret+1))
	if err := os.WriteFile(filepath.Join(filepath.Dir(f.path()), ".astrid-LEFT.tmp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}

	show := func(filter store.Filter) (lines []string) {
		t.Helper()
		entries, err := f.List(ctx, filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if (e.Err != nil) != (e.State == store.StateTooLarge) || e.ModTime.IsZero() || leaks(fmt.Sprintf("%+v", e)) {
				t.Errorf("entry %+v", e)
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %d %s", e.Scope, e.Capsule, e.Key, e.Size, e.State))
		}
		return lines
	}
	alice := []string{
		"principal anthropic c 14 secure",
		"principal openai a 14 secure",
		"principal openai api_key 0 empty",
		"principal openai b 14 secure",
		"principal openai large 65537 too large",
	}
	host := []string{"host openai z 14 secure"}
	for _, c := range []struct {
		filter store.Filter
		want   []string
	}{
		{store.Filter{}, append(host[:1:1], alice...)},
		{store.Filter{Scopes: []home.Scope{f.alice}}, alice},
		{store.Filter{Capsule: f.capsule}, append(host[:1:1], alice[1:]...)},
		{store.Filter{Capsule: f.capsule, Scopes: []home.Scope{home.HostScope()}}, host},
	} {
		if diff := cmp.Diff(c.want, show(c.filter)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.filter, diff)
		}
	}
}

// What has no effect is told apart, by what the caller knows of the capsules and by the principals that are listed.
func TestStates(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	bob, err := home.ParsePrincipal("bob")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		scope home.Scope
		key   string
	}{{f.alice, "both"}, {f.alice, "typo"}, {home.HostScope(), "both"}, {home.HostScope(), "only"}, {home.PrincipalScope(bob), "only"}} {
		if err := f.Set(ctx, s.scope, f.capsule, lookupKey(t, s.key), secret(t, canary)); err != nil {
			t.Fatal(err)
		}
	}
	binary := f
	binary.key = lookupKey(t, "binary")
	binary.plant(t, []byte(canary+"\xff"))
	wanted := func(_ home.CapsuleID, key home.Key) bool { return key.String() != "typo" }
	states := func(scopes ...home.Scope) (lines []string) {
		entries, err := f.List(ctx, store.Filter{Scopes: scopes, Wanted: wanted})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(entries, store.Entry.Compare)
		for _, e := range entries {
			lines = append(lines, fmt.Sprintf("%s %s %s", e.Key, e.Scope, e.State))
		}
		return lines
	}
	alice := []string{
		"binary principal invalid", "both principal secure", "both host shadowed", "only host secure", "typo principal orphaned",
	}
	if diff := cmp.Diff(alice, states(f.alice, home.HostScope())); diff != "" {
		t.Errorf("alice (-want +got):\n%s", diff)
	}
	all := []string{
		"binary principal invalid", "both principal secure", "both host shadowed", "only principal secure", "only host shadowed",
		"typo principal orphaned",
	}
	if diff := cmp.Diff(all, states()); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if got, err := f.Check(ctx, store.Filter{}); err != nil || len(got) != 0 {
		t.Errorf("without a tree: %v, %v", got, err)
	}
	if err := f.Set(ctx, f.alice, f.capsule, f.key, secret(t, canary)); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Check(ctx, store.Filter{}); err != nil || len(got) != 0 {
		t.Errorf("a tree in order: %v, %v", got, err)
	}
	root := filepath.Join(f.home.Root(), "secrets")
	for _, name := range []string{"no scope", "alice/No Capsule", "alice/openai/no:key", "alice/not-a-directory", "alice/openai/empty"} {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	problems, err := f.Check(ctx, store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		name, err := filepath.Rel(root, p.Path)
		if err != nil || (p.Err == nil) != (p.State == store.StateEmpty) {
			t.Errorf("%+v, %v", p, err)
		}
		got = append(got, filepath.ToSlash(name))
	}
	want := []string{"no scope", "alice/No Capsule", "alice/not-a-directory", "alice/openai/no:key", "alice/openai/empty"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := f.Check(ended, store.Filter{}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	value := func(i int) store.Secret { return secret(t, strings.Repeat(string(rune('a'+i)), 1000+i)) }
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 5 {
				if err := f.Set(ctx, f.alice, f.capsule, f.key, value(i)); err != nil {
					t.Errorf("Set: %v", err)
				}
			}
		})
		wg.Go(func() {
			for range 50 {
				got, err := f.Get(ctx, f.alice, f.capsule, f.key)
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil || !got.Equal(value(got.Len()-1000)) {
					t.Errorf("Get: %d bytes, %v", got.Len(), err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			if err := f.Delete(ctx, f.alice, f.capsule, f.key); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Delete: %v", err)
			}
			if _, err := f.List(ctx, store.Filter{}); err != nil {
				t.Errorf("List: %v", err)
			}
		}
	})
	wg.Wait()
}
