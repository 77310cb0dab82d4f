//go:build unix

package home_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"astrid/pkg/home"

	"github.com/google/go-cmp/cmp"
)

// laidOut returns a tree with something in every part of it that Inspect looks at, as this package makes it.
func laidOut(t *testing.T) *home.Home {
	t.Helper()
	h := testHome(t)
	if err := h.Ensure(); err != nil {
		t.Fatal(err)
	}
	alice, c := principal(t, "alice"), capsule(t, "greeter")
	if err := h.CreatePrincipal(t.Context(), alice); err != nil {
		t.Fatal(err)
	}
	for _, f := range []home.File{
		h.SecretFile(home.PrincipalScope(alice), c, key(t, "api_key")), h.SecretFile(home.HostScope(), c, key(t, "api_key")),
		h.OverlayFile(alice, c), h.RuntimeKeyFile(), h.ContextFile(), h.ManifestFile(c), h.LogFile(alice, c, time.Now()), h.ProfileFile(alice),
	} {
		if err := f.Write([]byte("content of " + f.Path())); err != nil {
			t.Fatal(err)
		}
	}
	release, err := h.SecretDir(home.HostScope(), c).Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	return h
}

// inspected returns what Inspect finds, a line each, and whether it mends.
func inspected(t *testing.T, h *home.Home) (lines []string, faults []home.Fault) {
	t.Helper()
	faults, err := h.Inspect(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		rel, err := filepath.Rel(h.Root(), f.Path)
		if err != nil || f.Problem == "" {
			t.Errorf("%+v, %v", f, err)
		}
		line := fmt.Sprintf("%s: %s", rel, f.Flaw)
		if f.Mends {
			line += ", mends"
		}
		lines = append(lines, line)
	}
	return lines, faults
}

func TestInspect(t *testing.T) {
	long := time.Now().Add(-time.Hour)
	leave := func(path string) error {
		if err := os.WriteFile(path, []byte("half a secret"), 0o600); err != nil {
			return err
		}
		return os.Chtimes(path, long, long)
	}
	chmod := func(mode os.FileMode, names ...string) func(string) error {
		return func(root string) error {
			for _, name := range names {
				if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(root string) error
		want  []string
		left  []string // after mending
	}{
		{name: "nothing", spoil: func(string) error { return nil }},
		{
			name:  "secret open to others",
			spoil: chmod(0o644, "secrets/alice/greeter/api_key"),
			want:  []string{"secrets/alice/greeter/api_key: mode, mends"},
		},
		{
			name:  "private directories open to others",
			spoil: chmod(0o755, "secrets", "secrets/alice", "keys", "home/alice/.config/env"),
			want:  []string{"home/alice/.config/env: mode, mends", "keys: mode, mends", "secrets: mode, mends", "secrets/alice: mode, mends"},
		},
		{
			name:  "readable, and out of reach",
			spoil: chmod(0o755, "home/alice", "home/alice/.local/log", "etc", "run"),
		},
		{
			name: "readable, and within reach",
			spoil: func(root string) error {
				if err := chmod(0o755, ".", "home", "home/alice", "etc")(root); err != nil {
					return err
				}
				return chmod(0o644, "etc/layout-version", "run/cli-context.toml")(root)
			},
			want: []string{".: mode, mends", "etc: mode, mends", "etc/layout-version: mode, mends", "home: mode, mends", "home/alice: mode, mends"},
		},
		{
			name:  "writable",
			spoil: chmod(0o777, "home/alice/.local/log/greeter", "etc/hooks"),
			want:  []string{"etc/hooks: mode, mends", "home/alice/.local/log/greeter: mode, mends"},
		},
		{
			name:  "of no use to its owner",
			spoil: chmod(0o000, "keys/runtime.key", "home/alice/.local/log"),
			want:  []string{"home/alice/.local/log: mode, mends", "keys/runtime.key: mode, mends"},
		},
		{
			name: "links",
			spoil: func(root string) error {
				if err := os.Remove(filepath.Join(root, "secrets/alice/greeter/api_key")); err != nil {
					return err
				}
				for from, to := range map[string]string{
					"secrets/alice/greeter/api_key": "../../__host__/greeter/api_key",
					"secrets/bob":                   "alice",
					"home/bob":                      "alice",
					"run/link":                      "/etc/passwd",
				} {
					if err := os.Symlink(to, filepath.Join(root, from)); err != nil {
						return err
					}
				}
				return nil
			},
			want: []string{"home/bob: link", "run/link: link", "secrets/alice/greeter/api_key: link, mends", "secrets/bob: link"},
			left: []string{"home/bob: link", "run/link: link", "secrets/bob: link"},
		},
		{
			name: "second names",
			spoil: func(root string) error {
				return os.Link(filepath.Join(root, "secrets/alice/greeter/api_key"), filepath.Join(root, "run/copy"))
			},
			want: []string{"run/copy: hard link", "secrets/alice/greeter/api_key: hard link, mends"},
		},
		{
			name: "pipes",
			spoil: func(root string) error {
				return syscall.Mkfifo(filepath.Join(root, "secrets/alice/greeter/pipe"), 0o600)
			},
			want: []string{"secrets/alice/greeter/pipe: kind"},
			left: []string{"secrets/alice/greeter/pipe: kind"},
		},
		{
			name: "leftovers of ours and of the Rust runtime",
			spoil: func(root string) error {
				for _, name := range []string{
					".astrid-X.tmp", "secrets/alice/greeter/.astrid-X.tmp", "secrets/alice/greeter/.api_key.tmp",
					"home/alice/.config/env/greeter.env.json.tmp", "home/alice/.local/log/greeter/.astrid-X.tmp", "run/cli-context.toml.tmp",
					"home/alice/.api_key.tmp", "home/alice/.config/.api_key.tmp", // nobody's
				} {
					if err := leave(filepath.Join(root, name)); err != nil {
						return err
					}
				}
				return nil
			},
			want: []string{
				"home/alice/.config/env/greeter.env.json.tmp: temp, mends", "home/alice/.local/log/greeter/.astrid-X.tmp: temp, mends",
				"run/cli-context.toml.tmp: temp, mends", "secrets/alice/greeter/.api_key.tmp: temp, mends",
				"secrets/alice/greeter/.astrid-X.tmp: temp, mends",
			},
		},
		{
			name: "what capsules keep is theirs",
			spoil: func(root string) error {
				dir := filepath.Join(root, "home/alice/notes")
				if err := os.Mkdir(dir, 0o777); err != nil {
					return err
				}
				return os.Symlink("/etc", filepath.Join(dir, "link"))
			},
		},
		{
			name: "alike",
			spoil: func(root string) error {
				return os.Mkdir(filepath.Join(root, "home/Alice"), 0o700)
			},
			want: []string{"home/alice: alike"},
			left: []string{"home/alice: alike"},
		},
		{
			name: "unfinished",
			spoil: func(root string) error {
				return os.MkdirAll(filepath.Join(root, "var/install/stage/capsule"), 0o700)
			},
			want: []string{"var/install/stage: stage, mends"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := laidOut(t)
			if err := c.spoil(h.Root()); err != nil {
				t.Fatal(err)
			}
			got, faults := inspected(t, h)
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			for _, f := range faults {
				did, err := h.Mend(t.Context(), f)
				if f.Mends != (err == nil && did != "") {
					t.Errorf("%+v: %q, %v", f, did, err)
				}
				if again, err := h.Mend(t.Context(), f); f.Mends && f.Path != h.Root() && f.Flaw != home.FlawRemoving && (again != "" || err != nil) {
					t.Errorf("%+v again: %q, %v", f, again, err)
				}
			}
			left, _ := inspected(t, h)
			if diff := cmp.Diff(c.left, left); diff != "" {
				t.Errorf("after mending (-want +got):\n%s", diff)
			}
			secret := h.SecretFile(home.HostScope(), capsule(t, "greeter"), key(t, "api_key"))
			if data, err := secret.ReadPrivate(1000); err != nil || string(data) != "content of "+secret.Path() {
				t.Errorf("the secret is %q, %v", data, err)
			}
		})
	}
}

// A file that is there while it is written is none that somebody left.
func TestInspectWhileWriting(t *testing.T) {
	h := laidOut(t)
	dir := h.SecretDir(home.HostScope(), capsule(t, "greeter")).Path()
	temp := filepath.Join(dir, ".astrid-BUSY.tmp")
	if err := os.WriteFile(temp, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { os.Rename(temp, filepath.Join(dir, "token")) })
	if got, _ := inspected(t, h); got != nil {
		t.Errorf("found %q", got)
	}
}

// A lock that is held is reported, and so is a stage that somebody works in not.
func TestInspectLocks(t *testing.T) {
	h := laidOut(t)
	release, err := h.EnvDir(principal(t, "alice")).Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stage := h.NewStage()
	leave, err := stage.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, _ := inspected(t, h)
	want := []string{"home/alice/.config/env/.astrid.lock: lock", strings.TrimPrefix(stage.Path(), h.Root()+"/") + "/.astrid.lock: lock"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := leave(); err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if got, _ := inspected(t, h); !slices.Equal(got, []string{strings.TrimPrefix(stage.Path(), h.Root()+"/") + ": stage, mends"}) {
		t.Errorf("without locks: %q", got)
	}
}

// Nothing of somebody else's is changed, nor looked into. Only root can plant it.
func TestInspectForeign(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	h := laidOut(t)
	dir := filepath.Join(h.Root(), "secrets/alice")
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	got, faults := inspected(t, h)
	if !slices.Equal(got, []string{"secrets/alice: owner"}) {
		t.Fatalf("%q", got)
	}
	if did, err := h.Mend(t.Context(), faults[0]); did != "" || err == nil {
		t.Errorf("mended: %q, %v", did, err)
	}
	faults[0].Mends, faults[0].Flaw = true, home.FlawMode // a caller that insists
	if did, err := h.Mend(t.Context(), faults[0]); did != "" || err != nil {
		t.Errorf("mended: %q, %v", did, err)
	}
	if fi, err := os.Stat(dir); err != nil || fi.Mode().Perm() != 0o777 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
}

// What skip leaves out is what is safe to leave to somebody else.
func TestInspectSkips(t *testing.T) {
	h := laidOut(t)
	slot := h.SecretDir(home.PrincipalScope(principal(t, "alice")), capsule(t, "greeter"))
	if err := os.Chmod(filepath.Join(slot.Path(), "api_key"), 0o644); err != nil {
		t.Fatal(err)
	}
	found := func() int {
		faults, err := h.Inspect(t.Context(), func(d home.Dir) bool { return d == slot })
		if err != nil {
			t.Fatal(err)
		}
		return len(faults)
	}
	if n := found(); n != 0 {
		t.Errorf("%d faults in what is skipped", n)
	}
	if err := os.Chmod(slot.Path(), 0o770); err != nil {
		t.Fatal(err)
	}
	if n := found(); n != 2 {
		t.Errorf("%d faults where others may write", n)
	}
}

func TestInspectEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := laidOut(t).Inspect(ctx, nil); err == nil {
		t.Error("goes on after its context")
	}
	if got, _ := inspected(t, testHome(t)); got != nil {
		t.Errorf("without a tree: %q", got)
	}
}
