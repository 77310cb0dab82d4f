package home

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func principalNamed(t *testing.T, name string) Principal {
	t.Helper()
	p, err := ParsePrincipal(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// treeOf returns a tree in which the principals have something of everything, and the first is active.
func treeOf(t *testing.T, names ...string) *Home {
	t.Helper()
	h, err := At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	c, k := CapsuleID{"greeter"}, Key{"api_key"}
	for _, name := range names {
		p := principalNamed(t, name)
		if err := h.CreatePrincipal(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		for _, f := range []File{h.SecretFile(PrincipalScope(p), c, k), h.OverlayFile(p, c), h.ProfileFile(p)} {
			if err := f.Write([]byte("12345")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(
		h.SecretFile(HostScope(), c, k).Write([]byte("host")),
		h.SetActivePrincipal(t.Context(), principalNamed(t, names[0])),
	); err != nil {
		t.Fatal(err)
	}
	return h
}

func known(t *testing.T, h *Home) (names []string) {
	t.Helper()
	all, err := h.KnownPrincipals()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		names = append(names, p.String())
	}
	return names
}

func TestPrincipals(t *testing.T) {
	h := treeOf(t, "alice", "bob")
	if got := known(t, h); !slices.Equal(got, []string{"alice", "bob", "default"}) {
		t.Errorf("known: %q", got)
	}
	got, err := h.Measure(t.Context(), principalNamed(t, "alice"))
	want := Belongings{Home: true, Profile: true, Secrets: 1, Overlays: 1, Files: 1, Bytes: 5}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	want.Files, want.Bytes = 0, 0
	if got, err := h.Belongings(principalNamed(t, "alice")); err != nil || got != want {
		t.Errorf("not measured: %+v, %v", got, err)
	}
	if got, err := h.Measure(t.Context(), principalNamed(t, "carol")); err != nil || !got.IsZero() {
		t.Errorf("nobody has %+v, %v", got, err)
	}
	if p, err := h.ActivePrincipal("", false, func(string) (string, bool) { return "", false }); err != nil || p.String() != "alice" {
		t.Errorf("active: %v, %v", p, err)
	}
	if data, err := h.ContextFile().Read(100); err != nil || string(data) != "active_agent = \"alice\"\n" {
		t.Errorf("context: %q, %v", data, err)
	}
}

func TestCreatePrincipalRefuses(t *testing.T) {
	h := treeOf(t, "alice", "Bob")
	if err := h.SecretFile(PrincipalScope(principalNamed(t, "carol")), CapsuleID{"greeter"}, Key{"k"}).Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{
		"alice": false, "Alice": false, "ALICE": false, "bob": false, "BOB": false, "anonymous": false, "DEFAULT": false, "Carol": false,
		"alice2": true, "default": true, "carol": true,
	} {
		err := h.CreatePrincipal(t.Context(), principalNamed(t, name))
		if _, refused := errors.AsType[*NameError](err); refused == ok || ok && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// gone checks that one principal has nothing any more, and the others have what they had.
func gone(t *testing.T, h *Home) {
	t.Helper()
	for name, want := range map[string]Belongings{
		"alice": {}, "bob": {Home: true, Profile: true, Secrets: 1, Overlays: 1, Files: 1, Bytes: 5},
	} {
		got, err := h.Measure(t.Context(), principalNamed(t, name))
		if err != nil || got != want {
			t.Errorf("%s has %+v, %v", name, got, err)
		}
	}
	if p, err := h.ActivePrincipal("", false, func(string) (string, bool) { return "", false }); err != nil || p != DefaultPrincipal() {
		t.Errorf("active: %v, %v", p, err)
	}
	if there, err := h.SecretFile(HostScope(), CapsuleID{"greeter"}, Key{"api_key"}).Exists(); err != nil || !there {
		t.Errorf("the host's secret: %v, %v", there, err)
	}
	if faults, err := h.Inspect(t.Context(), nil); err != nil || faults != nil {
		t.Errorf("faults: %+v, %v", faults, err)
	}
}

func TestRemovePrincipal(t *testing.T) {
	h := treeOf(t, "alice", "bob")
	alice := principalNamed(t, "alice")
	if err := h.RemovePrincipal(t.Context(), alice); err != nil {
		t.Fatal(err)
	}
	gone(t, h)
	if err := h.RemovePrincipal(t.Context(), alice); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("again: %v", err)
	}
	err := h.RemovePrincipal(t.Context(), DefaultPrincipal())
	if _, ok := errors.AsType[*NameError](err); !ok {
		t.Errorf("the default one: %v", err)
	}
	gone(t, h)
}

// Whatever step a removal was killed after, each of the things that may come next finishes it.
func TestRemovalIsFinished(t *testing.T) {
	alice := Principal{"alice"}
	next := map[string]func(*Home) error{
		"remove": func(h *Home) error { return ignoreAbsent(h.RemovePrincipal(t.Context(), alice)) },
		"mend": func(h *Home) error {
			faults, err := h.Inspect(t.Context(), nil)
			for _, f := range faults {
				_, merr := h.Mend(t.Context(), f)
				err = errors.Join(err, merr)
			}
			return err
		},
		"create and remove": func(h *Home) error {
			return errors.Join(h.CreatePrincipal(t.Context(), alice), h.RemovePrincipal(t.Context(), alice))
		},
		"another principal": func(h *Home) error {
			carol := Principal{"carol"}
			return errors.Join(h.CreatePrincipal(t.Context(), carol), h.RemovePrincipal(t.Context(), carol))
		},
	}
	steps := len(new(Home).removal(alice))
	for name, do := range next {
		for killed := 2; killed <= steps; killed++ { // before the second step nothing was begun
			h := treeOf(t, "alice", "bob")
			for _, step := range h.removal(alice)[:killed] {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			if slices.Contains(known(t, h), "alice") && killed > 5 {
				t.Errorf("after %d steps alice is still known", killed)
			}
			if err := do(h); err != nil {
				t.Errorf("%s after %d steps: %v", name, killed, err)
			}
			gone(t, h)
		}
	}
}

// What is stored for a principal after its removal was interrupted stays, wherever that was, and nothing of what it had
// before comes back with it.
func TestRemovalSparesTheNext(t *testing.T) {
	alice := Principal{"alice"}
	c, k := CapsuleID{"greeter"}, Key{"next"}
	store := func(f File) error {
		release, err := f.Dir().Lock(t.Context())
		if err != nil {
			return err
		}
		return errors.Join(f.Write([]byte("next")), release())
	}
	mend := func(h *Home) error {
		faults, err := h.Inspect(t.Context(), nil)
		for _, f := range faults {
			_, merr := h.Mend(t.Context(), f)
			err = errors.Join(err, merr)
		}
		return err
	}
	steps := len(new(Home).removal(alice))
	for name, next := range map[string]struct {
		do   func(*Home) error
		want Belongings
	}{
		"a secret":  {func(h *Home) error { return store(h.SecretFile(PrincipalScope(alice), c, k)) }, Belongings{Secrets: 1}},
		"a setting": {func(h *Home) error { return store(h.OverlayFile(alice, c)) }, Belongings{Home: true, Overlays: 1}},
		"a home":    {func(h *Home) error { return h.CreatePrincipal(t.Context(), alice) }, Belongings{Home: true}},
		"a home that the Rust runtime makes": {func(h *Home) error {
			return os.MkdirAll(h.PrincipalDir(alice).Path(), 0o700)
		}, Belongings{Home: true}},
	} {
		for killed := 2; killed <= steps; killed++ {
			h := treeOf(t, "alice", "bob")
			for _, step := range h.removal(alice)[:killed] {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			if err := next.do(h); err != nil {
				t.Errorf("%s after %d steps: %v", name, killed, err)
			}
			if err := errors.Join(mend(h), h.CreatePrincipal(t.Context(), Principal{"carol"})); err != nil {
				t.Errorf("%s after %d steps: %v", name, killed, err)
			}
			if got, err := h.Belongings(alice); err != nil || got != next.want {
				t.Errorf("%s after %d steps: %+v, %v", name, killed, got, err)
			}
			if left, err := h.SecretFile(PrincipalScope(alice), c, Key{"api_key"}).Exists(); left || err != nil {
				t.Errorf("%s after %d steps: the old secret is there, %v", name, killed, err)
			}
		}
	}
}

// Who is made the active principal again stays it.
func TestRemovalSparesTheActive(t *testing.T) {
	h := treeOf(t, "alice", "bob")
	alice := Principal{"alice"}
	for _, step := range h.removal(alice)[:2] {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(h.SetActivePrincipal(t.Context(), alice), h.CreatePrincipal(t.Context(), Principal{"carol"})); err != nil {
		t.Fatal(err)
	}
	if p, err := h.ActivePrincipal("", false, func(string) (string, bool) { return "", false }); err != nil || p != alice {
		t.Errorf("active: %v, %v", p, err)
	}
}
