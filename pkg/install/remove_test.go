package install_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/install"
	"astrid/pkg/registry"

	"github.com/google/go-cmp/cmp"
)

// What one capsule leaves behind in the content store goes, and what another shares stays.
func TestRemove(t *testing.T) {
	h := newHome(t)
	one := minimal(t, "1.0.0")
	one["wit/shared.wit"], one["wit/own.wit"] = "package s:s;", "package o:o;"
	two := minimal(t, "1.0.0")
	two["Capsule.toml"] = toml("other", "1.0.0", "")
	two["wit/shared.wit"] = "package s:s;"
	for _, f := range []files{one, two} {
		_, err := put(t, h, f.dir(t))
		check(t, err)
	}
	removed, err := install.Remove(t.Context(), h, capsuleID(t, "minimal"), install.RemoveOptions{})
	check(t, err)
	own := h.WitDir().Path() + string(filepath.Separator) + registry.Hash([]byte("package o:o;")) + ".wit"
	if diff := cmp.Diff([]string{h.CapsuleDir(capsuleID(t, "minimal")).Path(), own}, removed.Paths); diff != "" {
		t.Error(diff)
	}
	hash, shared := registry.Hash([]byte(two["capsule.wasm"])), registry.Hash([]byte("package s:s;"))
	const dir = "home/default/.local/capsules/other/"
	if diff := cmp.Diff([]string{"bin/" + hash + ".wasm", dir + "Capsule.toml", dir + "meta.json", "wit/" + shared + ".wit"}, listing(t, h.Root())); diff != "" {
		t.Error(diff)
	}
	if _, err := install.Remove(t.Context(), h, capsuleID(t, "minimal"), install.RemoveOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("again: %v", err)
	}
	// Later versions of the Rust runtime install for other principals too, from the same store.
	foreign := filepath.Join(h.Root(), "home", "alice", ".local", "capsules", "x")
	check(t, os.MkdirAll(foreign, 0o700))
	check(t, os.WriteFile(filepath.Join(foreign, "meta.json"), []byte(`{"wasm_hash":"`+hash+`"}`), 0o600))
	_, err = install.Remove(t.Context(), h, capsuleID(t, "other"), install.RemoveOptions{})
	check(t, err)
	if diff := cmp.Diff([]string{"bin/" + hash + ".wasm", "home/alice/.local/capsules/x/meta.json"}, listing(t, h.Root())); diff != "" {
		t.Error(diff)
	}
}

// A capsule that cannot be read can be removed.
func TestRemoveBroken(t *testing.T) {
	h := newHome(t)
	_, err := put(t, h, minimal(t, "1.0.0").dir(t))
	check(t, err)
	id := capsuleID(t, "minimal")
	check(t, os.WriteFile(h.ManifestFile(id).Path(), []byte("]"), 0o600))
	_, err = install.Remove(t.Context(), h, id, install.RemoveOptions{})
	check(t, err)
	if diff := cmp.Diff([]string(nil), listing(t, h.Root())); diff != "" {
		t.Error(diff)
	}
}

func TestRemoveNeeded(t *testing.T) {
	h := newHome(t)
	add := func(name, rest string) {
		_, err := put(t, h, files{"Capsule.toml": "[package]\nname='" + name + "'\nversion='1.0.0'\n" + rest}.dir(t))
		check(t, err)
	}
	remove := func(name string, force bool) error {
		_, err := install.Remove(t.Context(), h, capsuleID(t, name), install.RemoveOptions{Force: force})
		return err
	}
	add("provider", "[exports.me]\nthing='1.2.0'\nextra='1.0.0'\n")
	add("user", "[imports.me]\nthing='^1.0'\nextra={version='^1',optional=true}\n")
	add("newer", "[imports.me]\nthing='^2.0'\n") // was never satisfied
	err := remove("provider", false)
	if needed, ok := errors.AsType[*install.DependentsError](err); !ok || !strings.Contains(err.Error(), "user imports me:thing,") || len(needed.Dependents) != 1 || needed.Hint() == "" {
		t.Errorf("got %v", err)
	}
	add("second", "[exports.me]\nthing='1.0.0'\n")
	check(t, remove("provider", false))
	if err := remove("second", false); !is[*install.DependentsError](err) {
		t.Errorf("the last one: %v", err)
	}
	check(t, remove("second", true))
	check(t, remove("user", false))
}

func TestPurge(t *testing.T) {
	h := newHome(t)
	_, err := put(t, h, minimal(t, "1.0.0").dir(t))
	check(t, err)
	id := capsuleID(t, "minimal")
	alice, _ := home.ParsePrincipal("alice")
	for _, f := range []home.File{
		h.OverlayFile(alice, id), h.OverlayFile(home.DefaultPrincipal(), id), h.SecretFile(home.HostScope(), id, key(t, "token")),
		h.SecretFile(home.PrincipalScope(alice), id, key(t, "token")), h.OverlayFile(alice, capsuleID(t, "other")),
		h.SecretFile(home.HostScope(), capsuleID(t, "other"), key(t, "token")),
	} {
		check(t, f.Write([]byte("{}")))
	}
	log := filepath.Join(h.LogDir(alice, id).Path(), "2026-01-01.log")
	check(t, os.MkdirAll(filepath.Dir(log), 0o700))
	check(t, os.WriteFile(log, nil, 0o600))
	left := []string{
		filepath.Join(h.SecretDir(home.PrincipalScope(alice), id).Path(), ".astrid-A.tmp"),
		filepath.Join(h.SecretDir(home.PrincipalScope(home.DefaultPrincipal()), id).Path(), ".astrid-B.tmp"),
		filepath.Join(h.EnvDir(alice).Path(), ".astrid-C.tmp"),
	}
	for _, path := range left {
		check(t, os.MkdirAll(filepath.Dir(path), 0o700))
		check(t, os.WriteFile(path, nil, 0o600))
	}
	data, err := install.DataOf(h, id)
	check(t, err)
	var got []string
	for _, d := range data {
		got = append(got, d.String())
	}
	want := []string{
		"settings of principal alice", "settings of principal default", "secret token of every principal on this host",
		"secret token of principal alice", "logs of principal alice, of 1 day",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	removed, err := install.Remove(t.Context(), h, id, install.RemoveOptions{Purge: true})
	if err != nil || len(removed.Paths) != 2+len(want) {
		t.Errorf("%v, %v", removed.Paths, err)
	}
	if diff := cmp.Diff([]string{"home/alice/.config/env/other.env.json", "secrets/__host__/other/token"}, listing(t, h.Root())); diff != "" {
		t.Error(diff)
	}
	for _, path := range append(left, filepath.Dir(left[0]), filepath.Dir(left[1])) {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
}

// What somebody left among the capsules, or another capsule that cannot be read, keeps nobody from what can be removed:
// there is no second chance to ask for it.
func TestPurgeAmongOthers(t *testing.T) {
	for name, disturb := range map[string]func(h *home.Home){
		"a file": func(h *home.Home) {
			check(t, os.WriteFile(filepath.Join(h.CapsulesDir().Path(), ".DS_Store"), nil, 0o600))
		},
		"a capsule that cannot be read": func(h *home.Home) {
			check(t, os.MkdirAll(filepath.Join(h.CapsulesDir().Path(), "broken"), 0o700))
			check(t, os.WriteFile(h.MetaFile(capsuleID(t, "broken")).Path(), []byte("{"), 0o600))
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			h := newHome(t)
			_, err := put(t, h, minimal(t, "1.0.0").dir(t))
			check(t, err)
			id := capsuleID(t, "minimal")
			overlay := h.OverlayFile(home.DefaultPrincipal(), id)
			check(t, overlay.Write([]byte("{}")))
			disturb(h)
			_, err = install.Remove(t.Context(), h, id, install.RemoveOptions{Purge: true})
			if name == "a file" {
				check(t, err)
			} else if err == nil || !strings.Contains(err.Error(), "which code is in use") {
				t.Errorf("got %v", err)
			}
			if there, err := overlay.Exists(); there || err != nil {
				t.Errorf("the settings are left: %t, %v", there, err)
			}
		})
	}
}

// Whatever installers leave is found, and mended: what is of use put back, the rest taken away.
func TestLeftovers(t *testing.T) {
	h := newHome(t)
	none := func() {
		t.Helper()
		if found, err := install.Leftovers(t.Context(), h); err != nil || len(found) != 0 {
			t.Errorf("found %v, %v", found, err)
		}
	}
	none()
	v1, v2 := minimal(t, "1.0.0"), minimal(t, "2.0.0")
	v2["capsule.wasm"] = another(v2["capsule.wasm"])
	v1["wit/x.wit"] = "package x:x;"
	_, err := put(t, h, v1.dir(t))
	check(t, err)
	none()
	_, err = put(t, h, v2.dir(t))
	check(t, err)
	busy, err := install.Open(t.Context(), h, v1.dir(t), "") // works in its stage
	check(t, err)
	id := capsuleID(t, "minimal")
	backup := h.CapsuleBackupDir(capsuleID(t, "only"))
	check(t, os.MkdirAll(backup.Path(), 0o700))
	check(t, os.WriteFile(filepath.Join(backup.Path(), "Capsule.toml"), []byte("[package]\nname='only'\nversion='1.0.0'\n"), 0o600))
	stale := h.CapsuleBackupDir(id)
	check(t, os.MkdirAll(stale.Path(), 0o700))

	found, err := install.Leftovers(t.Context(), h)
	check(t, err)
	var paths []string
	for _, l := range found {
		if l.Problem == "" {
			t.Errorf("%s has no problem", l.Path)
		}
		paths = append(paths, l.Path)
	}
	oldCode := h.BinDir().Path() + string(filepath.Separator) + registry.Hash([]byte(v1["capsule.wasm"])) + ".wasm"
	oldWit := h.WitDir().Path() + string(filepath.Separator) + registry.Hash([]byte("package x:x;")) + ".wit"
	if diff := cmp.Diff([]string{stale.Path(), backup.Path(), oldCode, oldWit}, paths); diff != "" {
		t.Error(diff)
	}
	for range 2 { // the second time it is gone already
		for _, l := range found {
			check(t, l.Mend(t.Context()))
		}
	}
	none()
	_, err = busy.Install(t.Context(), options(new(logBuffer)))
	check(t, errors.Join(err, busy.Close()))
	if find(t, h, "minimal").Meta.Version != "1.0.0" || find(t, h, "only").Dir != h.CapsuleDir(capsuleID(t, "only")) {
		t.Error("what is of use was taken away")
	}
}

// While it cannot be told what is in use, nothing is taken away.
func TestOrphansInDoubt(t *testing.T) {
	h := newHome(t)
	_, err := put(t, h, minimal(t, "1.0.0").dir(t))
	check(t, err)
	check(t, os.WriteFile(h.MetaFile(capsuleID(t, "minimal")).Path(), []byte("{"), 0o600))
	if found, err := install.Leftovers(t.Context(), h); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
}
