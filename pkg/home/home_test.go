package home_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"astrid/pkg/home"
)

// env is a lookup in a fixed environment.
func env(vars ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, v := range vars {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// abs makes a path of this system out of a slash-separated one.
func abs(t *testing.T, path string) string {
	t.Helper()
	return filepath.VolumeName(t.TempDir()) + filepath.FromSlash(path)
}

// Vectors A1 and A2, and what belongs to them.
func TestVectorA1A2Refused(t *testing.T) {
	for _, c := range []struct {
		vars   []string
		source string
		reason string
	}{
		{[]string{"ASTRID_HOME="}, "ASTRID_HOME", "absolute path"},
		{[]string{"ASTRID_HOME=", "HOME=" + abs(t, "/h")}, "ASTRID_HOME", "absolute path"},
		{[]string{"ASTRID_HOME=rel/path"}, "ASTRID_HOME", "absolute path"},
		{[]string{"ASTRID_HOME=~/.astrid"}, "ASTRID_HOME", "absolute path"},
		{[]string{"ASTRID_HOME=" + abs(t, "/tmp/../etc")}, "ASTRID_HOME", "'..'"},
		{[]string{"ASTRID_HOME=" + abs(t, "/tmp/..")}, "ASTRID_HOME", "'..'"},
		{[]string{"ASTRID_HOME=" + abs(t, "/tmp/\xff")}, "ASTRID_HOME", "UTF-8"},
		{[]string{"ASTRID_HOME=" + abs(t, "/tmp/\x00")}, "ASTRID_HOME", "NUL"},
		{[]string{"ASTRID_HOME=" + abs(t, "/")}, "ASTRID_HOME", "root of a file system"},
		{[]string{"HOME="}, "HOME", "absolute path"},
		{[]string{"HOME=" + abs(t, "/h/../g")}, "HOME", "'..'"},
		{nil, "ASTRID_HOME", "neither is HOME"},
	} {
		_, err := home.Resolve(env(c.vars...))
		e, ok := errors.AsType[*home.EnvError](err)
		if !ok || e.Name != c.source || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%q: %v, want an *EnvError for %s that says %q", c.vars, err, c.source, c.reason)
		}
	}
}

// Vector A3, and ASTRID_HOME before it.
func TestVectorA3Resolve(t *testing.T) {
	for _, c := range []struct {
		vars []string
		want string
	}{
		{[]string{"HOME=" + abs(t, "/h")}, abs(t, "/h/.astrid")},
		{[]string{"HOME=" + abs(t, "/h"), "ASTRID_HOME=" + abs(t, "/a")}, abs(t, "/a")},
		{[]string{"ASTRID_HOME=" + abs(t, "/a/./b//c..d/")}, abs(t, "/a/b/c..d")},
	} {
		h, err := home.Resolve(env(c.vars...))
		if err != nil || h.Root() != c.want {
			t.Errorf("%q: %v, %v; want %s", c.vars, h, err, c.want)
		}
	}
}

func TestAtNamesNothingElse(t *testing.T) {
	root := filepath.Join(t.TempDir(), "none")
	h, err := home.At(root)
	if err != nil || h.Root() != root {
		t.Fatalf("At = %v, %v", h, err)
	}
	if _, err := os.Lstat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("At touched the disk: %v", err)
	}
	if _, err := home.At("relative"); err == nil {
		t.Error("a relative root was accepted")
	}
}

// testHome is a home that does not exist yet.
func testHome(t testing.TB) *home.Home {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Vector A4.
func TestVectorA4Ensure(t *testing.T) {
	h := testHome(t)
	for range 2 {
		if err := h.Ensure(); err != nil {
			t.Fatal(err)
		}
	}
	dirs := []string{"", "etc", "etc/hooks", "var", "run", "log", "keys", "bin", "wit", "home", "secrets"}
	for _, d := range dirs {
		wantMode(t, filepath.Join(h.Root(), d), fs.ModeDir|0o700)
	}
	layout := filepath.Join(h.Root(), "etc", "layout-version")
	wantMode(t, layout, 0o600)
	if got, err := os.ReadFile(layout); err != nil || string(got) != "1" {
		t.Errorf("layout-version is %q, %v", got, err)
	}
}

func TestEnsureLeavesAnotherLayoutAlone(t *testing.T) {
	h := testHome(t)
	if err := h.LayoutFile().Write([]byte("2\n")); err != nil {
		t.Fatal(err)
	}
	err := h.Ensure()
	if err == nil || !strings.Contains(err.Error(), `"2"`) {
		t.Errorf("Ensure = %v", err)
	}
	if there, err := h.KeysDir().Exists(); there || err != nil {
		t.Errorf("keys was created: %v, %v", there, err)
	}
}

func TestLayout(t *testing.T) {
	h, err := home.At(abs(t, "/r"))
	if err != nil {
		t.Fatal(err)
	}
	p, c, k := principal(t, "alice"), capsule(t, "openai"), key(t, "api_key")
	mine := home.PrincipalScope(p)
	// 23:30 in New York is the next day in UTC.
	evening := time.Date(2026, 6, 11, 23, 30, 0, 0, time.FixedZone("EDT", -4*3600))
	sum := [32]byte{0xab, 31: 0xcd}
	hash := "ab" + strings.Repeat("00", 30) + "cd"
	for want, got := range map[string]interface{ Path() string }{
		"etc/layout-version":                               h.LayoutFile(),
		"etc/profiles/alice.toml":                          h.ProfileFile(p),
		"run/cli-context.toml":                             h.ContextFile(),
		"keys/runtime.key":                                 h.RuntimeKeyFile(),
		"bin/" + hash + ".wasm":                            h.WasmFile(sum),
		"wit/" + hash + ".wit":                             h.WitFile(sum),
		"wit/store":                                        h.WitStoreDir(),
		"var/cache/wasm":                                   h.WasmCacheDir(),
		"log":                                              h.DaemonLogDir(),
		"secrets/alice":                                    h.ScopeDir(mine),
		"secrets/alice/openai/api_key":                     h.SecretFile(mine, c, k),
		"secrets/__host__/openai/api_key":                  h.SecretFile(home.HostScope(), c, k),
		"home/alice":                                       h.PrincipalDir(p),
		"home/alice/.config/env/openai.env.json":           h.OverlayFile(p, c),
		"home/alice/.config/distro.lock":                   h.DistroLockFile(p),
		"home/alice/.local/log/openai/2026-06-12.log":      h.LogFile(p, c, evening),
		"home/alice/.local/tmp":                            h.TmpDir(p),
		"home/default/.local/capsules/openai/Capsule.toml": h.ManifestFile(c),
		"home/default/.local/capsules/openai/meta.json":    h.MetaFile(c),
	} {
		if want := abs(t, "/r/"+want); got.Path() != want {
			t.Errorf("%s, want %s", got.Path(), want)
		}
	}
}

// A name that was never set names no place, least of all the one above it.
func TestZeroNamesReachNothing(t *testing.T) {
	h := testHome(t)
	if err := h.Ensure(); err != nil {
		t.Fatal(err)
	}
	c, k := capsule(t, "openai"), key(t, "k")
	none := home.PrincipalScope(home.Principal{})
	for name, f := range map[string]home.File{
		"scope":     h.SecretFile(home.Scope{}, c, k),
		"no one":    h.SecretFile(none, c, k),
		"capsule":   h.SecretFile(home.HostScope(), home.CapsuleID{}, k),
		"key":       h.SecretFile(home.HostScope(), c, home.Key{}),
		"principal": h.OverlayFile(home.Principal{}, c),
		"overlay":   h.OverlayFile(home.DefaultPrincipal(), home.CapsuleID{}),
		"profile":   h.ProfileFile(home.Principal{}),
	} {
		if err := f.Write([]byte("x")); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: Write = %v, want fs.ErrInvalid", name, err)
		}
		if _, err := f.Read(1); err == nil {
			t.Errorf("%s: Read worked", name)
		}
	}
}

func TestLists(t *testing.T) {
	h := testHome(t)
	alice, c, k := principal(t, "alice"), capsule(t, "openai"), key(t, "api_key")
	for name, count := range map[string]func() (int, error){
		"principals": func() (int, error) { l, err := h.Principals(); return len(l), err },
		"scopes":     func() (int, error) { l, err := h.Scopes(); return len(l), err },
		"overlays":   func() (int, error) { l, err := h.Overlays(alice); return len(l), err },
		"capsules":   func() (int, error) { l, err := h.Capsules(); return len(l), err },
		"keys":       func() (int, error) { l, err := h.SecretKeys(home.HostScope(), c); return len(l), err },
	} {
		if n, err := count(); n != 0 || err != nil {
			t.Errorf("%s of no tree: %d, %v", name, n, err)
		}
	}
	if _, err := os.Lstat(h.Root()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a listing created the tree: %v", err)
	}

	for _, f := range []home.File{
		h.OverlayFile(alice, c),
		h.OverlayFile(alice, capsule(t, "a")),
		h.ManifestFile(c),
		h.LogFile(alice, c, time.Date(2026, 6, 12, 1, 0, 0, 0, time.UTC)),
		h.LogFile(alice, c, time.Date(2026, 6, 11, 1, 0, 0, 0, time.UTC)),
		h.SecretFile(home.HostScope(), c, k),
		h.SecretFile(home.PrincipalScope(alice), c, k),
		h.SecretFile(home.PrincipalScope(alice), c, key(t, ".odd key")),
	} {
		if err := f.Write([]byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	release, err := h.EnvDir(alice).Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	// What is no name of ours is not listed.
	for _, stray := range []string{
		"home/.DS_Store", "home/__host__", "home/alice/.config/env/NO.env.json", "home/alice/.config/env/x.json",
		"secrets/alice/openai/.astrid-TMP.tmp", "home/default/.local/capsules/openai.bak",
		"home/alice/.local/log/openai/notes.log", "home/alice/.local/log/openai/2026-06-13",
	} {
		if err := os.MkdirAll(filepath.Join(h.Root(), stray), 0o700); err != nil {
			t.Fatal(err)
		}
	}

	principals, err := h.Principals()
	wantList(t, principals, err, "alice", "default")
	overlays, err := h.Overlays(alice)
	wantList(t, overlays, err, "a", "openai")
	capsules, err := h.Capsules()
	wantList(t, capsules, err, "openai")
	scopes, err := h.Scopes()
	wantList(t, scopes, err, "host", "principal")
	keys, err := h.SecretKeys(home.PrincipalScope(alice), c)
	wantList(t, keys, err, ".odd key", "api_key")
	logs, err := h.Logs(alice, c)
	wantList(t, logs, err, "2026-06-11 00:00:00 +0000 UTC", "2026-06-12 00:00:00 +0000 UTC")
	owners, err := h.SecretCapsules(home.HostScope())
	wantList(t, owners, err, "openai")
}

func wantList[T interface{ String() string }](t *testing.T, got []T, err error, want ...string) {
	t.Helper()
	var names []string
	for _, v := range got {
		names = append(names, v.String())
	}
	if err != nil || strings.Join(names, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, %v; want %q", names, err, want)
	}
}
