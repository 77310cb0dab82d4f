package registry_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"

	"github.com/google/uuid"
)

const hash = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262" // of nothing

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newHome(t *testing.T) *home.Home {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), "astrid"))
	check(t, err)
	return h
}

func capsuleID(t *testing.T, s string) home.CapsuleID {
	t.Helper()
	id, err := home.ParseCapsuleID(s)
	check(t, err)
	return id
}

// install puts a capsule into the tree; an empty text is no file.
func install(t *testing.T, h *home.Home, id, toml, meta string) {
	t.Helper()
	c := capsuleID(t, id)
	dir, err := h.CapsuleDir(c).Ensure()
	check(t, err)
	defer dir.Close()
	if toml != "" {
		check(t, dir.WriteFile("Capsule.toml", []byte(toml), 0o600))
	}
	if meta != "" {
		check(t, dir.WriteFile("meta.json", []byte(meta), 0o600))
	}
}

func toml(name string) string {
	return "[package]\nname = '" + name + "'\nversion = '1.0.0'\n[capabilities]\nnet = ['*']\n"
}

func open(t *testing.T, h *home.Home) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), h)
	check(t, err)
	return r
}

func TestUUID(t *testing.T) {
	// Computed apart: uuid.uuid5(uuid.UUID("310714d5-…"), "openai\0" + hash) in Python.
	const want = "0b82b549-b07d-523c-9b49-e64482a80f11"
	if got := registry.UUID("openai", hash); got.String() != want || got.Version() != 5 {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOpen(t *testing.T) {
	h := newHome(t)
	meta := `{"version":"1.0.0","installed_at":"2026-01-01T00:00:00+00:00","source":"@x/y","wasm_hash":"` + hash + `","signer":"s","imports":{}}`
	install(t, h, "openai", toml("openai"), meta)
	install(t, h, "another", toml("another"), `{"wasm_hash":null}`)
	install(t, h, "no-meta", toml("no-meta"), "")
	install(t, h, "broken-manifest", "name =", meta)
	install(t, h, "no-manifest", "", meta)
	install(t, h, "imposter", toml("openai"), meta)
	install(t, h, "bad-meta", toml("bad-meta"), `{"wasm_hash":`)
	install(t, h, "bad-hash", toml("bad-hash"), `{"wasm_hash":"../../x"}`)
	install(t, h, "upper-hash", toml("upper-hash"), `{"wasm_hash":"`+strings.ToUpper(hash)+`"}`)
	install(t, h, "twice", toml("twice"), `{"wasm_hash":"`+hash+`","wasm_hash":"`+strings.Repeat("0", 64)+`"}`)
	install(t, h, "case-twin", toml("case-twin"), `{"WASM_HASH":"`+hash+`"}`)
	tree := h.CapsulesDir().Path()
	check(t, os.Mkdir(filepath.Join(tree, "openai.bak"), 0o700))
	check(t, os.WriteFile(filepath.Join(tree, "file"), nil, 0o600))

	r := open(t, h)
	var ids, problems []string
	for _, c := range r.All() {
		ids = append(ids, c.ID.String())
		if byID, ok := r.ByID(c.ID); !ok || byID.ID != c.ID {
			t.Errorf("ByID(%s) is %v", c.ID, byID.ID)
		}
		if named := c.UUID != uuid.Nil; named != (c.ID.String() == "openai") {
			t.Errorf("%s has UUID %s", c.ID, c.UUID)
		}
	}
	for _, p := range r.Problems() {
		problems = append(problems, p.Name)
		if p.Err == nil || errors.Unwrap(p) != p.Err {
			t.Errorf("%s: %v", p.Name, p.Err)
		}
	}
	if want := strings.Fields("another bad-hash bad-meta case-twin no-meta openai twice upper-hash"); !slices.Equal(ids, want) {
		t.Errorf("capsules %q, want %q", ids, want)
	}
	want := strings.Fields("bad-hash bad-meta broken-manifest file imposter no-manifest openai.bak twice upper-hash")
	if !slices.Equal(problems, want) {
		t.Errorf("problems %q, want %q", problems, want)
	}

	c, ok := r.ByUUID(registry.UUID("openai", hash))
	if !ok || c.ID.String() != "openai" || c.Meta.Version != "1.0.0" || c.Meta.Source != "@x/y" || c.Meta.WasmHash != hash {
		t.Errorf("by UUID: %v, %+v", ok, c.Meta)
	}
	if c, ok := r.ByUUID(uuid.Nil); ok {
		t.Errorf("the nil UUID names %s", c.ID)
	}
	if _, ok := r.ByID(capsuleID(t, "absent")); ok {
		t.Error("found an absent capsule")
	}
}

func TestAllowed(t *testing.T) {
	h := newHome(t)
	install(t, h, "openai", toml("openai"), `{"wasm_hash":"`+hash+`"}`)
	install(t, h, "no-hash", toml("no-hash"), "")
	r := open(t, h)
	id := registry.UUID("openai", hash).String()
	bare := strings.ReplaceAll(id, "-", "")
	tests := []struct {
		name, id, capability string
		want                 bool
	}{
		{"held", id, "net", true},
		{"upper case", strings.ToUpper(id), "net", true},
		{"without hyphens", bare, "net", true},
		{"in braces", "{" + id + "}", "net", true},
		{"a URN", "urn:uuid:" + id, "net", true},
		{"not held", id, "uplink", false},
		{"unknown name", id, "NET", false},
		{"no name", id, "", false},
		{"A21 no UUID", "not-a-uuid", "net", false},
		{"nothing", "", "net", false},
		{"any two characters for braces", "x" + id + "y", "net", false},
		{"half a brace", "{" + id + " ", "net", false},
		{"a space", id + " ", "net", false},
		{"a name", "openai", "net", false},
		{"unknown", uuid.NewSHA1(uuid.NameSpaceDNS, nil).String(), "net", false},
		{"the nil UUID", uuid.Nil.String(), "net", false},
	}
	for _, test := range tests {
		if got := r.Allowed(test.id, test.capability); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestRunning(t *testing.T) {
	h := newHome(t)
	install(t, h, "openai", toml("openai"), `{"wasm_hash":"`+hash+`"}`)
	r := open(t, h)
	installed, other := registry.UUID("openai", hash), registry.UUID("probe", hash)
	with := r.Running(other, manifest.Capabilities{Uplink: true})
	if !with.Allowed(other.String(), "uplink") || with.Allowed(other.String(), "net") || !with.Allowed(installed.String(), "net") {
		t.Error("a running capsule that is not installed")
	}
	if r.Allowed(other.String(), "uplink") {
		t.Error("Running changed the registry it was asked of")
	}
	with = r.Running(installed, manifest.Capabilities{Uplink: true})
	if !with.Allowed(installed.String(), "uplink") || with.Allowed(installed.String(), "net") {
		t.Error("a running capsule keeps what is installed under its UUID")
	}
}

func TestAbsentTree(t *testing.T) {
	h := newHome(t)
	r := open(t, h)
	if len(r.All()) != 0 || len(r.Problems()) != 0 || r.Allowed(registry.UUID("openai", hash).String(), "net") {
		t.Error("an absent tree is not empty")
	}
	if _, err := os.Stat(h.Root()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading made the home: %v", err)
	}
}

func TestUnreadableTree(t *testing.T) {
	h := newHome(t)
	install(t, h, "openai", toml("openai"), "")
	tree := h.CapsulesDir().Path()
	tests := []struct {
		name     string
		sabotage func() error
	}{
		{"a file", func() error { return errors.Join(os.RemoveAll(tree), os.WriteFile(tree, nil, 0o600)) }},
		{"a link", func() error { return errors.Join(os.RemoveAll(tree), os.Symlink(t.TempDir(), tree)) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "a link" && runtime.GOOS == "windows" {
				t.Skip("needs links")
			}
			check(t, test.sabotage())
			if r, err := registry.Open(t.Context(), h); !errors.Is(err, registry.ErrUnavailable) || r != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	h := newHome(t)
	install(t, h, "openai", toml("openai"), "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := registry.Open(ctx, h); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func FuzzAllowed(f *testing.F) {
	for _, s := range []string{"", "not-a-uuid", uuid.Nil.String(), "{" + uuid.Nil.String() + "}", "urn:uuid:x", strings.Repeat("0", 38)} {
		f.Add(s, "net")
	}
	h, err := home.At(filepath.Join(f.TempDir(), "astrid"))
	if err != nil {
		f.Fatal(err)
	}
	r, err := registry.Open(context.Background(), h)
	if err != nil {
		f.Fatal(err)
	}
	id := registry.UUID("probe", hash)
	r = r.Running(id, manifest.Capabilities{Net: []string{"*"}})
	f.Fuzz(func(t *testing.T, s, capability string) {
		if !r.Allowed(s, capability) {
			return
		}
		if parsed, err := uuid.Parse(s); err != nil || parsed != id || capability != "net" {
			t.Errorf("allowed %q to %q", capability, s)
		}
	})
}

func TestFind(t *testing.T) {
	h := newHome(t)
	for _, id := range []string{"absent", "no-manifest"} {
		if id != "absent" {
			install(t, h, id, "", `{"wasm_hash":"`+hash+`"}`)
		}
		if c, err := registry.Find(t.Context(), h, capsuleID(t, id)); !errors.Is(err, fs.ErrNotExist) || c.Manifest != nil {
			t.Errorf("%s: got %v, %v", id, c.ID, err)
		}
	}
	install(t, h, "openai", toml("openai"), `{"wasm_hash":"`+hash+`"}`)
	install(t, h, "bad-meta", toml("bad-meta"), `{"wasm_hash":`)
	for id, uuid := range map[string]uuid.UUID{"openai": registry.UUID("openai", hash), "bad-meta": {}} {
		c, err := registry.Find(t.Context(), h, capsuleID(t, id))
		if err != nil || c.ID.String() != id || c.UUID != uuid || !c.Manifest.Capabilities.Has("net") {
			t.Errorf("%s: got %+v, %v", id, c, err)
		}
	}
	install(t, h, "broken", "name =", "")
	if _, err := registry.Find(t.Context(), h, capsuleID(t, "broken")); !isManifestError(err) {
		t.Errorf("broken manifest: %v", err)
	}
	install(t, h, "imposter", toml("openai"), "")
	if _, err := registry.Find(t.Context(), h, capsuleID(t, "imposter")); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("manifest of another capsule: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := registry.Find(ended, h, capsuleID(t, "openai")); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func isManifestError(err error) bool {
	_, ok := errors.AsType[*manifest.Error](err)
	return ok
}
