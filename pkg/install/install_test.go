package install_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"astrid/pkg/component"
	"astrid/pkg/home"
	"astrid/pkg/install"
	"astrid/pkg/registry"

	"github.com/google/go-cmp/cmp"
)

// What is installed is what the Rust runtime would install of the same directory: no wasm, nothing that tools leave.
func TestInstallDirectory(t *testing.T) {
	h := newHome(t)
	package1 := minimal(t, "1.0.0")
	maps.Copy(package1, files{
		"README.md": "read me", "data/a/b.txt": "b", "other.wasm": "x", "data/deep.wasm": "x", "old.capsule": "x",
		"wit/world.wit": "package a:b;", "wit/deps/c/d.wit": "package c:d;", "wit/notes.md": "x",
		".git/config": "x", ".env": "SECRET=1", "data/.hidden": "x", "target/x": "x", "data/target/x": "x", "dist/x": "x",
		"meta.json": `{"wasm_hash":"` + strings.Repeat("0", 64) + `"}`,
	})
	package1["Capsule.toml"] += "[imports.astrid]\nsession = '^1.0'\n[exports]\n'me:thing' = '1.2.3'\n"
	done, err := put(t, h, package1.dir(t))
	check(t, err)
	hash := registry.Hash([]byte(package1["capsule.wasm"]))
	want := install.Installed{ID: capsuleID(t, "minimal"), Version: "1.0.0", WasmHash: hash, UUID: registry.UUID("minimal", hash)}
	if diff := cmp.Diff(want, done, cmp.Comparer(func(a, b home.CapsuleID) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	wit, deps := registry.Hash([]byte("package a:b;")), registry.Hash([]byte("package c:d;"))
	const dir = "home/default/.local/capsules/minimal/"
	files := []string{"bin/" + hash + ".wasm", dir + "Capsule.toml", dir + "README.md", dir + "data/a/b.txt", dir + "meta.json"}
	files = append(files, "wit/"+min(wit, deps)+".wit", "wit/"+max(wit, deps)+".wit")
	if diff := cmp.Diff(files, listing(t, h.Root())); diff != "" {
		t.Error(diff)
	}
	meta := find(t, h, "minimal").Meta
	at, err := time.Parse(time.RFC3339, meta.InstalledAt)
	if err != nil || time.Since(at) > time.Hour || meta.UpdatedAt != meta.InstalledAt || !strings.HasSuffix(meta.InstalledAt, "+00:00") {
		t.Errorf("installed at %q, %v", meta.InstalledAt, err)
	}
	meta.InstalledAt, meta.UpdatedAt = "", ""
	wantMeta := registry.Meta{
		Version: "1.0.0", WasmHash: hash, WitFiles: map[string]string{"world.wit": wit, "deps/c/d.wit": deps},
		Imports: map[string]map[string]string{"astrid": {"session": "^1.0"}}, Exports: map[string]map[string]string{"me": {"thing": "1.2.3"}},
	}
	if diff := cmp.Diff(wantMeta, meta); diff != "" {
		t.Error(diff)
	}
	if runtime.GOOS != "windows" {
		check(t, filepath.WalkDir(h.Root(), func(path string, e fs.DirEntry, err error) error {
			fi, ferr := e.Info()
			if err == nil && ferr == nil && fi.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", path, fi.Mode())
			}
			return errors.Join(err, ferr)
		}))
	}
}

func TestInstallWasm(t *testing.T) {
	h := newHome(t)
	dir := minimal(t, "1.0.0").dir(t)
	wasm, manifest := filepath.Join(dir, "capsule.wasm"), filepath.Join(dir, "Capsule.toml")
	if _, err := install.Open(t.Context(), h, wasm, ""); err == nil || !strings.Contains(err.Error(), "no manifest") {
		t.Errorf("without a manifest: %v", err)
	}
	p, err := install.Open(t.Context(), h, wasm, manifest)
	check(t, err)
	_, err = p.Install(t.Context(), options(new(logBuffer)))
	check(t, errors.Join(err, p.Close()))
	got, err := registry.ReadWasm(t.Context(), h, find(t, h, "minimal"))
	if err != nil || registry.Hash(got) != p.WasmHash {
		t.Errorf("the code is not what was installed: %v", err)
	}
	none := filepath.Join(files{"Capsule.toml": "[package]\nname='none'\nversion='1.0.0'\n"}.dir(t), "Capsule.toml")
	if _, err := install.Open(t.Context(), h, wasm, none); err == nil || !strings.Contains(err.Error(), "names no component") {
		t.Errorf("a manifest of no code: %v", err)
	}
}

// A capsule without code is installed as well: other runtimes have other kinds.
func TestInstallWithoutCode(t *testing.T) {
	h := newHome(t)
	done, err := put(t, h, files{"Capsule.toml": "[package]\nname='none'\nversion='1.0.0'\n"}.dir(t))
	check(t, err)
	if c := find(t, h, "none"); done.WasmHash != "" || c.Meta.WasmHash != "" || c.Meta.Version != "1.0.0" {
		t.Errorf("%+v, %+v", done, c.Meta)
	}
}

// An upgrade keeps when the capsule was first installed and the settings that an early runtime left with it, and
// replaces everything else.
func TestUpgrade(t *testing.T) {
	h := newHome(t)
	first := minimal(t, "1.0.0")
	first["old.txt"] = "old"
	_, err := put(t, h, first.dir(t))
	check(t, err)
	before := find(t, h, "minimal")
	check(t, os.WriteFile(filepath.Join(before.Dir.Path(), ".env.json"), []byte(`{"a":"b"}`), 0o600))
	second := minimal(t, "2.0.0")
	second["capsule.wasm"] = another(second["capsule.wasm"])
	second["new.txt"] = "new"
	done, err := put(t, h, second.dir(t))
	check(t, err)
	after := find(t, h, "minimal")
	if !done.Upgraded || done.Previous != "1.0.0" || done.Version != "2.0.0" || after.Meta.Version != "2.0.0" ||
		after.Meta.InstalledAt != before.Meta.InstalledAt || after.Meta.UpdatedAt <= before.Meta.UpdatedAt || after.UUID == before.UUID {
		t.Errorf("%+v became %+v: %+v", before.Meta, after.Meta, done)
	}
	if diff := cmp.Diff([]string{".env.json", "Capsule.toml", "meta.json", "new.txt"}, listing(t, after.Dir.Path())); diff != "" {
		t.Error(diff)
	}
}

// Code in the content store that is not what its name says is replaced, and not trusted for its name.
func TestInstallMendsContent(t *testing.T) {
	h := newHome(t)
	package1 := minimal(t, "1.0.0")
	hash := registry.Hash([]byte(package1["capsule.wasm"]))
	check(t, os.MkdirAll(h.BinDir().Path(), 0o700))
	check(t, os.WriteFile(filepath.Join(h.BinDir().Path(), hash+".wasm"), []byte("planted"), 0o600))
	_, err := put(t, h, package1.dir(t))
	check(t, err)
	if _, err := registry.ReadWasm(t.Context(), h, find(t, h, "minimal")); err != nil {
		t.Error(err)
	}
}

// The lifecycle hooks run with nothing granted, and only where the capsule has them.
func TestHooks(t *testing.T) {
	h := newHome(t)
	log := new(logBuffer)
	dir := greeter(t, "1.0.0").dir(t)
	for _, hook := range []string{"astrid-install", "astrid-upgrade"} {
		log.Reset()
		done, err := putWith(t.Context(), h, dir, options(log))
		if err != nil || done.Hook != hook || !strings.Contains(log.String(), "base_url unset, 0 capabilities") {
			t.Errorf("%+v, %v: %s", done, err, log)
		}
	}
	o := options(log)
	o.SkipHooks = true
	if done, err := putWith(t.Context(), h, dir, o); err != nil || done.Hook != "" {
		t.Errorf("skipped: %+v, %v", done, err)
	}
	stubs := files{"Capsule.toml": toml("stubs", "1.0.0", ""), "capsule.wasm": string(fixture(t, "stubs", "stubs.wasm"))}
	if done, err := put(t, h, stubs.dir(t)); err != nil || done.Hook != "" {
		t.Errorf("stubs: %+v, %v", done, err)
	}
	if listed := listing(t, filepath.Join(h.Root(), "home", "default", ".local", "log")); len(listed) > 0 {
		t.Errorf("hooks have no log: %v", listed)
	}
}

// A hook that fails, or does not end, leaves the previous version.
func TestHookFails(t *testing.T) {
	h := newHome(t)
	trap := files{"Capsule.toml": toml("greeter", "2.0.0", ""), "capsule.wasm": hooks("\x00")}
	spin := files{"Capsule.toml": toml("greeter", "2.0.0", ""), "capsule.wasm": hooks("\x03\x40\x0c\x00\x0b")}
	fail := func(when string, before []string) {
		t.Helper()
		_, err := put(t, h, trap.dir(t))
		if _, ok := errors.AsType[*component.Trap](err); !ok {
			t.Errorf("%s: a trap: %v", when, err)
		}
		if hook, ok := errors.AsType[*install.HookError](err); !ok || !strings.Contains(hook.Error(), "nothing was changed") {
			t.Errorf("%s: a trap: %v", when, err)
		}
		o := options(new(logBuffer))
		o.HookTimeout = 50 * time.Millisecond
		if _, err := putWith(t.Context(), h, spin.dir(t), o); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: a hook without end: %v", when, err)
		}
		if diff := cmp.Diff(before, listing(t, h.Root())); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	fail("first", nil)
	_, err := put(t, h, greeter(t, "1.0.0").dir(t))
	check(t, err)
	before := find(t, h, "greeter").Meta
	fail("then", listing(t, h.Root()))
	if diff := cmp.Diff(before, find(t, h, "greeter").Meta); diff != "" {
		t.Error(diff)
	}
}

// Code that cannot run here is refused before anything changes, unless the operator knows.
func TestCodeThatCannotRun(t *testing.T) {
	h := newHome(t)
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "component", "imported-func.wasm"))
	check(t, err)
	foreign := files{"Capsule.toml": toml("foreign", "1.0.0", ""), "capsule.wasm": string(data)}.dir(t)
	_, err = put(t, h, foreign)
	if _, ok := errors.AsType[*component.LinkError](err); !ok {
		t.Errorf("an import that nothing provides: %v", err)
	}
	if diff := cmp.Diff([]string(nil), listing(t, h.Root())); diff != "" {
		t.Error(diff)
	}
	o := options(new(logBuffer))
	o.SkipHooks = true
	_, err = putWith(t.Context(), h, foreign, o)
	check(t, err)
}

// A package's files may be links among each other, and nothing else.
func TestDirectoryLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	outside := writeFile(t, "outside", []byte("outside"))
	for name, test := range map[string]struct{ link, want string }{
		"inside": {"data/x", ""}, "outside": {outside, "leads out"}, "climbing": {"../" + filepath.Base(outside), "leads out"},
		"dangling": {"nowhere", "leads out of the package, or to nothing"}, "directory": {"data", "a link to a directory"},
		"device": {"/dev/zero", "leads out"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			package1 := minimal(t, "1.0.0")
			package1["data/x"] = "x"
			dir := package1.dir(t)
			check(t, os.Symlink(test.link, filepath.Join(dir, "link")))
			_, err := put(t, h, dir)
			if test.want == "" {
				check(t, err)
				fi, err := os.Lstat(filepath.Join(find(t, h, "minimal").Dir.Path(), "link"))
				if err != nil || !fi.Mode().IsRegular() {
					t.Errorf("installed as %v, %v", fi, err)
				}
				return
			}
			if _, ok := errors.AsType[*install.PackageError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if diff := cmp.Diff([]string(nil), listing(t, h.Root())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDirectoryErrors(t *testing.T) {
	for name, test := range map[string]struct {
		change func(files)
		want   string
	}{
		"no manifest":       {func(f files) { delete(f, "Capsule.toml") }, "Capsule.toml"},
		"no code":           {func(f files) { delete(f, "capsule.wasm") }, "build it first"},
		"code by a suffix":  {func(f files) { f["Capsule.toml"] = strings.ReplaceAll(f["Capsule.toml"], ".wasm", ".bin") }, "no .wasm file"},
		"case twins":        {func(f files) { f["data/a"], f["data/A"] = "x", "x" }, "only in case"},
		"unseen twins":      {func(f files) { f["data/a"], f["data/a\u200b"] = "x", "x" }, "nobody sees"},
		"another manifest":  {func(f files) { f["capsule.toml"] = "x" }, "only in case"},
		"another meta.json": {func(f files) { f["META.JSON"] = "{}" }, "only in case"},
		"unseen meta.json":  {func(f files) { f["meta\u200b.json"] = "{}" }, "nobody sees"},
		"a device":          {func(f files) { f["nul.txt"] = "x" }, "device"},
		"a large interface": {func(f files) { f["wit/x.wit"] = strings.Repeat("x", 1<<20+1) }, "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS != "linux" && (name == "case twins" || name == "another manifest" || name == "a device") {
				t.Skip("the file system has no such names")
			}
			h := newHome(t)
			package1 := minimal(t, "1.0.0")
			test.change(package1)
			if _, err := put(t, h, package1.dir(t)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if diff := cmp.Diff([]string(nil), listing(t, h.Root())); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := put(t, newHome(t), filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

// A version whose installer was killed between two steps is put back before the next one is installed.
func TestInstallOverABackup(t *testing.T) {
	h := newHome(t)
	_, err := put(t, h, minimal(t, "1.0.0").dir(t))
	check(t, err)
	id := capsuleID(t, "minimal")
	check(t, os.Rename(h.CapsuleDir(id).Path(), h.CapsuleBackupDir(id).Path()))
	done, err := put(t, h, minimal(t, "2.0.0").dir(t))
	check(t, err)
	if !done.Upgraded || done.Previous != "1.0.0" || find(t, h, "minimal").Meta.Version != "2.0.0" {
		t.Errorf("%+v", done)
	}
	if there, err := h.CapsuleBackupDir(id).Exists(); there || err != nil {
		t.Errorf("the backup is there: %v", err)
	}
}
