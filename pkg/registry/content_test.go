package registry_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/registry"

	"github.com/google/go-cmp/cmp"
)

// stored writes a file of the content store under another content's name, or its own.
func stored(t *testing.T, h *home.Home, dir, suffix, hash, content string) {
	t.Helper()
	path := filepath.Join(h.Root(), dir)
	check(t, os.MkdirAll(path, 0o700))
	check(t, os.WriteFile(filepath.Join(path, hash+suffix), []byte(content), 0o600))
}

func find(t *testing.T, h *home.Home, id string) registry.Capsule {
	t.Helper()
	c, err := registry.Find(t.Context(), h, capsuleID(t, id))
	check(t, err)
	return c
}

func withWasm(name string) string { return toml(name) + "[[component]]\nfile = 'x.wasm'\n" }

// Code runs only if it is what was installed.
func TestReadWasm(t *testing.T) {
	h := newHome(t)
	sound, other := registry.Hash([]byte("sound")), registry.Hash([]byte("other"))
	stored(t, h, "bin", ".wasm", sound, "sound")
	stored(t, h, "bin", ".wasm", other, "changed")
	install(t, h, "sound", withWasm("sound"), `{"wasm_hash":"`+sound+`"}`)
	install(t, h, "changed", withWasm("changed"), `{"wasm_hash":"`+other+`"}`)
	install(t, h, "missing", withWasm("missing"), `{"wasm_hash":"`+hash+`"}`)
	install(t, h, "unknown", withWasm("unknown"), "")
	install(t, h, "none", toml("none"), "")

	if wasm, err := registry.ReadWasm(t.Context(), h, find(t, h, "sound")); err != nil || string(wasm) != "sound" {
		t.Errorf("sound: %q, %v", wasm, err)
	}
	_, err := registry.ReadWasm(t.Context(), h, find(t, h, "changed"))
	bad, ok := errors.AsType[*registry.IntegrityError](err)
	if !ok || bad.Expected != other || bad.Got != registry.Hash([]byte("changed")) || !strings.Contains(bad.Error(), bad.Got) || bad.Hint() == "" {
		t.Errorf("changed: %v", err)
	}
	_, err = registry.ReadWasm(t.Context(), h, find(t, h, "missing"))
	if _, ok := errors.AsType[*registry.MissingError](err); !ok || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	_, err = registry.ReadWasm(t.Context(), h, find(t, h, "unknown"))
	if bad, ok := errors.AsType[*registry.IntegrityError](err); !ok || bad.Expected != "" || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("A33 no hash: %v", err)
	}
	for id, want := range map[string]bool{"sound": true, "changed": true, "missing": true, "unknown": true, "none": false} {
		content, ok, err := registry.CheckWasm(t.Context(), h, find(t, h, id))
		if err != nil || ok != want || (content.Err == nil) != (id == "sound" || id == "none") {
			t.Errorf("%s: %+v, %v, %v", id, content, ok, err)
		}
	}
}

func TestCheck(t *testing.T) {
	h := newHome(t)
	wasm, early, late, gone := registry.Hash([]byte("wasm")), registry.Hash([]byte("early")), registry.Hash([]byte("late")), registry.Hash([]byte("gone"))
	stored(t, h, "bin", ".wasm", wasm, "wasm")
	stored(t, h, "wit", ".wit", early, "early")
	stored(t, h, "wit/store", ".wit", late, "changed since")
	meta := registry.Meta{WasmHash: wasm, WitFiles: map[string]string{"a.wit": early, "b/c.wit": late, "d.wit": gone}}
	data, err := meta.Encode()
	check(t, err)
	install(t, h, "openai", withWasm("openai"), string(data))
	all, err := registry.Check(t.Context(), h, find(t, h, "openai"))
	check(t, err)
	var got []string
	for _, c := range all {
		line := c.Name
		switch err := c.Err.(type) {
		case nil:
		case *registry.IntegrityError:
			line += " modified"
		case *registry.MissingError:
			line += " missing"
		default:
			line += err.Error()
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"wasm", "wit/a.wit", "wit/b/c.wit modified", "wit/d.wit missing"}, got); diff != "" {
		t.Error(diff)
	}
}

// What is written is read back, in the form that the Rust runtime writes.
func TestMetaEncode(t *testing.T) {
	h := newHome(t)
	want := registry.Meta{
		Version: "1.0.0", InstalledAt: "2026-01-01T00:00:00+00:00", UpdatedAt: "2026-01-02T00:00:00+00:00",
		WasmHash: hash, Imports: map[string]map[string]string{"astrid": {"session": "^1", "log": "*"}},
		Exports: map[string]map[string]string{}, WitFiles: map[string]string{"x/y.wit": hash},
	}
	data, err := want.Encode()
	check(t, err)
	for _, line := range []string{`  "version": "1.0.0",`, `    "astrid": {`, `      "log": "*",`, `  "wasm_hash": "` + hash + `",`} {
		if !strings.Contains(string(data), "\n"+line+"\n") {
			t.Errorf("no line %q in %s", line, data)
		}
	}
	for _, absent := range []string{"source", "exports"} {
		if strings.Contains(string(data), absent) {
			t.Errorf("%s is in %s", absent, data)
		}
	}
	install(t, h, "openai", toml("openai"), string(data))
	want.Exports = nil
	if diff := cmp.Diff(want, find(t, h, "openai").Meta); diff != "" {
		t.Error(diff)
	}
}

// What decides nothing may have any form; a hash that is none is not used as one.
func TestMetaIsReadLeniently(t *testing.T) {
	h := newHome(t)
	install(t, h, "openai", toml("openai"), `{"version":"2","imports":[1],"exports":{"a":"b"},"wit_files":{"x":"../../y","z":"`+hash+`"},"wasm_hash":"`+hash+`"}`)
	want := registry.Meta{Version: "2", WasmHash: hash, WitFiles: map[string]string{"z": hash}}
	if diff := cmp.Diff(want, find(t, h, "openai").Meta); diff != "" {
		t.Error(diff)
	}
}

// A backup is the capsule if its installer was killed before the new version had its place, and a leftover if not.
func TestBackup(t *testing.T) {
	h := newHome(t)
	meta := `{"wasm_hash":"` + hash + `"}`
	install(t, h, "alpha", toml("alpha"), meta)
	install(t, h, "alpha-two", toml("alpha-two"), meta)
	tree := h.CapsulesDir().Path()
	check(t, os.Rename(filepath.Join(tree, "alpha"), filepath.Join(tree, "alpha.bak")))
	c := find(t, h, "alpha")
	r := open(t, h)
	byID, ok := r.ByID(capsuleID(t, "alpha"))
	if !ok || byID.UUID != c.UUID || c.Dir != h.CapsuleBackupDir(c.ID) || len(r.Problems()) != 0 || !r.Allowed(c.UUID.String(), "net") {
		t.Errorf("the backup alone: %v, %+v, %v", ok, byID, r.Problems())
	}
	install(t, h, "alpha", toml("alpha"), "")
	if c := find(t, h, "alpha"); c.Dir != h.CapsuleDir(c.ID) {
		t.Errorf("found %s", c.Dir.Path())
	}
	if r := open(t, h); len(r.All()) != 2 || len(r.Problems()) != 1 || r.Problems()[0].Name != "alpha.bak" {
		t.Errorf("both: %v, %v", r.All(), r.Problems())
	}
}
