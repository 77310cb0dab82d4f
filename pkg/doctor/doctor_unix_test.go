//go:build unix

package doctor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"astrid/pkg/doctor"
	"astrid/pkg/home"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// canary is in every file that the tests write. No finding may hold it.
const canary = "canary-5d1e"

const manifestText = `[package]
name = "greeter"
version = "1.0.0"
[env.api_key]
type = "secret"
[env.base_url]
type = "text"
`

// fixture is a tree that is as it should be.
type fixture struct {
	*testing.T
	home *home.Home
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{t, h}
	alice, err := home.ParsePrincipal("alice")
	f.must(err)
	f.must(h.Ensure())
	f.must(h.CreatePrincipal(t.Context(), alice))
	f.write("home/default/.local/capsules/greeter/Capsule.toml", manifestText)
	f.write("secrets/alice/greeter/api_key", canary)
	f.write("home/alice/.config/env/greeter.env.json", `{"base_url":"`+canary+`"}`)
	return f
}

func (f fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f fixture) path(name string) string { return filepath.Join(f.home.Root(), name) }

// write writes a file as the tree would have it.
func (f fixture) write(name, content string) {
	f.Helper()
	f.must(os.MkdirAll(filepath.Dir(f.path(name)), 0o700))
	f.must(os.WriteFile(f.path(name), []byte(content), 0o600))
}

func (f fixture) examine() []doctor.Finding {
	f.Helper()
	findings, err := doctor.Examine(f.Context(), f.home)
	f.must(err)
	return findings
}

func TestClean(t *testing.T) {
	f := newFixture(t)
	if found := f.examine(); found != nil {
		t.Errorf("found %+v", found)
	}
	if err := doctor.Judge(nil); err != nil {
		t.Error(err)
	}
	nowhere, err := home.At(filepath.Join(t.TempDir(), "nowhere"))
	f.must(err)
	if found, err := doctor.Examine(t.Context(), nowhere); err != nil || found != nil {
		t.Errorf("without a tree: %+v, %v", found, err)
	}
	if _, err := os.Stat(nowhere.Root()); !errors.Is(err, os.ErrNotExist) {
		t.Error("examining a tree made it")
	}
}

// TestChecks spoils one thing at a time and looks what is found, and what is left once that is mended.
func TestChecks(t *testing.T) {
	old := time.Now().Add(-time.Hour)
	for _, c := range []struct {
		check    doctor.Check
		severity doctor.Severity
		mends    bool
		path     string
		spoil    func(f fixture, path string)
	}{
		{doctor.CheckMode, doctor.Unsafe, true, "secrets/alice/greeter/api_key", func(f fixture, path string) { f.must(os.Chmod(path, 0o640)) }},
		{doctor.CheckMode, doctor.Unsafe, true, "secrets/alice", func(f fixture, path string) { f.must(os.Chmod(path, 0o711)) }},
		{doctor.CheckMode, doctor.Unsafe, true, "", func(f fixture, path string) { f.must(os.Chmod(path, 0o755)) }},
		{doctor.CheckLink, doctor.Unsafe, true, "secrets/alice/greeter/token", func(f fixture, path string) { f.must(os.Symlink("api_key", path)) }},
		{doctor.CheckLink, doctor.Unsafe, false, "home/bob", func(f fixture, path string) { f.must(os.Symlink("alice", path)) }},
		{doctor.CheckHardLink, doctor.Unsafe, true, "secrets/alice/greeter/api_key", func(f fixture, path string) {
			f.must(os.Link(path, filepath.Join(f.TempDir(), "copy")))
		}},
		{doctor.CheckKind, doctor.Unsafe, false, "secrets/alice/greeter/pipe", func(f fixture, path string) { f.must(syscall.Mkfifo(path, 0o600)) }},
		{doctor.CheckName, doctor.Notice, false, "secrets/alice/No Capsule", func(f fixture, path string) { f.must(os.Mkdir(path, 0o700)) }},
		{doctor.CheckName, doctor.Malformed, false, "home/alice", func(f fixture, _ string) { f.must(os.Mkdir(f.path("home/ALICE"), 0o700)) }},
		{doctor.CheckName, doctor.Notice, false, "home/alice/.config/env/notes.txt", func(f fixture, path string) { f.must(os.WriteFile(path, nil, 0o600)) }},
		{doctor.CheckTemp, doctor.Unsafe, true, "secrets/alice/greeter/.astrid-X.tmp", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(canary), 0o600))
			f.must(os.Chtimes(path, old, old))
		}},
		{doctor.CheckRemoval, doctor.Malformed, true, "home/.astrid-removing-bob", func(f fixture, path string) { f.must(os.Mkdir(path, 0o700)) }},
		{doctor.CheckRemoval, doctor.Malformed, true, "secrets/.astrid-removing-bob", func(f fixture, path string) { f.must(os.Mkdir(path, 0o700)) }},
		{doctor.CheckMode, doctor.Unsafe, true, "home/alice/.config/env/greeter.env.json", func(f fixture, path string) { f.must(os.Chmod(path, 0o664)) }},
		{doctor.CheckMode, doctor.Unsafe, true, "etc/layout-version", func(f fixture, path string) { f.must(os.Chmod(path, 0o664)) }},
		{doctor.CheckInstall, doctor.Malformed, true, "var/install/stage", func(f fixture, path string) { f.must(os.MkdirAll(path, 0o700)) }},
		{doctor.CheckOverlay, doctor.Malformed, false, "home/alice/.config/env/greeter.env.json", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(`{"a":"`+canary), 0o600))
		}},
		{doctor.CheckOverlay, doctor.Malformed, false, "home/alice/.config/env/greeter.env.json", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(strings.Repeat(canary, overlay.MaxSize)), 0o600))
		}},
		{doctor.CheckOverlay, doctor.Malformed, true, "home/alice/.config/env/greeter.env.json", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(`{"base_url":["`+canary+`"]}`), 0o600))
		}},
		{doctor.CheckOverlay, doctor.Notice, false, "home/alice/.config/env/greeter.env.json", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(`{"__x":"`+canary+`"}`), 0o600))
		}},
		{doctor.CheckPlaintext, doctor.Unsafe, false, "home/alice/.config/env/greeter.env.json", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(`{"api_key":"`+canary+`"}`), 0o600))
		}},
		{doctor.CheckPlaintext, doctor.Unsafe, false, "home/alice/.config/env/unknown.env.json", func(f fixture, path string) {
			f.write("secrets/__host__/unknown/token", canary)
			f.must(os.WriteFile(path, []byte(`{"token":"`+canary+`"}`), 0o600))
		}},
		{doctor.CheckSecret, doctor.Malformed, false, "secrets/alice/greeter/api_key", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(canary+"\xff"), 0o600))
		}},
		{doctor.CheckSecret, doctor.Malformed, false, "secrets/alice/greeter/api_key", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(strings.Repeat(canary, store.MaxSecret)), 0o600))
		}},
		{doctor.CheckSecret, doctor.Notice, false, "secrets/alice/greeter/api_key", func(f fixture, path string) { f.must(os.Truncate(path, 0)) }},
		{doctor.CheckOrphaned, doctor.Notice, false, "secrets/alice/greeter/token", func(f fixture, path string) { f.must(os.WriteFile(path, []byte(canary), 0o600)) }},
		{doctor.CheckShadowed, doctor.Notice, false, "secrets/__host__/greeter/api_key", func(f fixture, _ string) {
			f.write("secrets/__host__/greeter/api_key", canary)
		}},
		{doctor.CheckManifest, doctor.Malformed, false, "home/default/.local/capsules/broken", func(f fixture, path string) {
			f.write("home/default/.local/capsules/broken/Capsule.toml", "name = ")
		}},
		{doctor.CheckContext, doctor.Malformed, false, "run/cli-context.toml", func(f fixture, path string) {
			f.must(os.WriteFile(path, []byte(`active_agent = 1`), 0o600))
		}},
		{doctor.CheckLayout, doctor.Malformed, false, "etc/layout-version", func(f fixture, path string) { f.must(os.WriteFile(path, []byte("99"), 0o600)) }},
		{doctor.CheckLock, doctor.Notice, false, "keys/.astrid.lock", func(f fixture, _ string) {
			release, err := f.home.KeysDir().Lock(f.Context())
			f.must(err)
			f.Cleanup(func() { f.must(release()) })
		}},
	} {
		t.Run(string(c.check)+" "+c.path, func(t *testing.T) {
			f := newFixture(t)
			c.spoil(f, f.path(c.path))
			found := f.examine()
			if len(found) != 1 {
				t.Fatalf("%d findings: %+v", len(found), found)
			}
			got := found[0]
			if got.Check != c.check || got.Severity != c.severity || got.Path != f.path(c.path) || got.Mends() != c.mends {
				t.Errorf("found %+v", got)
			}
			if got.Problem == "" || got.Remedy == "" || strings.Contains(got.Problem+got.Remedy, canary) || strings.Contains(got.Problem, f.home.Root()) {
				t.Errorf("it says %q, and to do %q", got.Problem, got.Remedy)
			}
			if _, unhealthy := errors.AsType[*doctor.Error](doctor.Judge(found)); unhealthy != (c.severity > doctor.Notice) {
				t.Errorf("judged %v", doctor.Judge(found))
			}

			repairs, left, err := doctor.Mend(t.Context(), f.home)
			f.must(err)
			if want := len(found) - len(repairs); len(left) != want || c.mends != (len(repairs) == 1) {
				t.Errorf("repairs %+v, left %+v", repairs, left)
			}
			for _, r := range repairs {
				if r.Err != nil || r.Did == "" || strings.Contains(r.Did, canary) {
					t.Errorf("%q, %v", r.Did, r.Err)
				}
			}
		})
	}
}

// TestForeign checks that what belongs to others is reported and left alone, whatever else is wrong with it.
func TestForeign(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	f := newFixture(t)
	path := f.path("secrets/alice/greeter/api_key")
	f.must(os.Chown(path, 65534, 65534))
	f.must(os.Chmod(path, 0o666))
	repairs, left, err := doctor.Mend(t.Context(), f.home)
	f.must(err)
	if repairs != nil || len(left) != 1 || left[0].Check != doctor.CheckOwner || left[0].Severity != doctor.Unsafe {
		t.Errorf("repairs %+v, left %+v", repairs, left)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o666 {
		t.Errorf("%v, %v", fi, err)
	}
}

// TestEverythingAtOnce checks that one thing does not hide another, and that the worst comes first.
func TestEverythingAtOnce(t *testing.T) {
	f := newFixture(t)
	f.write("secrets/__host__/greeter/api_key", canary)
	f.must(os.Chmod(f.path("secrets/__host__/greeter/api_key"), 0o644))
	f.must(os.Chmod(f.path("secrets/__host__/greeter"), 0o777))
	f.must(os.Chmod(f.path("secrets"), 0o777))
	f.write("home/alice/.config/env/broken.env.json", canary)
	if found := f.examine(); found[0].Severity != doctor.Unsafe || found[len(found)-1].Severity != doctor.Malformed {
		t.Errorf("%+v", found)
	}
	repairs, left, err := doctor.Mend(t.Context(), f.home)
	f.must(err)
	if len(repairs) != 3 || len(left) != 2 || left[0].Check != doctor.CheckOverlay || left[1].Check != doctor.CheckShadowed {
		t.Errorf("repairs %+v, left %+v", repairs, left)
	}
}

func TestEnds(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := doctor.Examine(ctx, f.home); !errors.Is(err, context.Canceled) {
		t.Errorf("examining: %v", err)
	}
	if _, _, err := doctor.Mend(ctx, f.home); !errors.Is(err, context.Canceled) {
		t.Errorf("mending: %v", err)
	}
}
