package overlay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/overlay"
)

func TestMain(m *testing.M) {
	if name := os.Getenv("ASTRID_TEST_WRITER"); name != "" {
		os.Exit(writeKeys(os.Getenv("ASTRID_TEST_ROOT"), name))
	}
	os.Exit(m.Run())
}

type fixture struct {
	home    *home.Home
	alice   home.Principal
	capsule home.CapsuleID
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	f, err := fixtureIn(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func fixtureIn(root string) (fixture, error) {
	h, err1 := home.At(root)
	p, err2 := home.ParsePrincipal("alice")
	c, err3 := home.ParseCapsuleID("openai")
	return fixture{h, p, c}, errors.Join(err1, err2, err3)
}

func (f fixture) file() home.File { return f.home.OverlayFile(f.alice, f.capsule) }

func (f fixture) load(t testing.TB) *overlay.Overlay {
	t.Helper()
	o, err := overlay.Load(t.Context(), f.home, f.alice, f.capsule)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (f fixture) update(t testing.TB, change func(*overlay.Overlay) error) error {
	return overlay.Update(t.Context(), f.home, f.alice, f.capsule, change)
}

func set(k, v string) func(*overlay.Overlay) error {
	return func(o *overlay.Overlay) error {
		key, err := home.ParseKey(k)
		if err != nil {
			return err
		}
		return o.Set(key, v)
	}
}

func (f fixture) wantNothing(t *testing.T) {
	t.Helper()
	if _, err := os.Lstat(f.home.Root()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the tree was created: %v", err)
	}
}

func TestLoadOfNothing(t *testing.T) {
	f := newFixture(t)
	if o := f.load(t); len(o.Keys()) != 0 {
		t.Errorf("keys %q", o.Keys())
	}
	f.wantNothing(t)
}

// Vector A14.
func TestVectorA14Size(t *testing.T) {
	f := newFixture(t)
	const frame = len(`{"k":""}`)
	data := []byte(`{"k":"` + strings.Repeat("x", overlay.MaxSize-frame) + `"}`)
	if len(data) != 1048576 {
		t.Fatalf("the vector has %d bytes", len(data))
	}
	if err := f.file().Write(data); err != nil {
		t.Fatal(err)
	}
	if text, ok := f.load(t).Lookup("k"); !ok || len(text) != overlay.MaxSize-frame {
		t.Errorf("at the limit: %d bytes, %v", len(text), ok)
	}
	if err := f.file().Write(append(data, '\n')); err != nil {
		t.Fatal(err)
	}
	_, err := overlay.Load(t.Context(), f.home, f.alice, f.capsule)
	if large, ok := errors.AsType[*home.TooLargeError](err); !ok || large.Size != 1048577 {
		t.Errorf("over the limit: %v, want a *home.TooLargeError", err)
	}
}

func TestLoadErrors(t *testing.T) {
	f := newFixture(t)
	if err := f.file().Write([]byte("{\n  \"k\": canary\n}")); err != nil {
		t.Fatal(err)
	}
	_, err := overlay.Load(t.Context(), f.home, f.alice, f.capsule)
	e, ok := errors.AsType[*overlay.SyntaxError](err)
	if !ok || e.File != f.file().Path() || e.Line != 2 || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v, want a *SyntaxError in line 2 of the file", err)
	}
	// A file that cannot be read is not overwritten.
	if err := f.update(t, set("a", "1")); err == nil {
		t.Error("Update of a malformed file worked")
	}
	if got, err := f.file().Read(100); err != nil || !bytes.Contains(got, []byte("canary")) {
		t.Errorf("the file is now %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := overlay.Load(ctx, f.home, f.alice, f.capsule); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestUpdateKeepsTheRest(t *testing.T) {
	f := newFixture(t)
	if err := f.file().Write([]byte(`{"n": 5.0, "s": "x", "a/b": "kept", "gone": null}`)); err != nil {
		t.Fatal(err)
	}
	if err := f.update(t, set("new", "v")); err != nil {
		t.Fatal(err)
	}
	const want = "{\n  \"a/b\": \"kept\",\n  \"n\": \"5.0\",\n  \"new\": \"v\",\n  \"s\": \"x\"\n}"
	if got, err := f.file().Read(1000); err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestUpdateWithoutChange(t *testing.T) {
	f := newFixture(t)
	k := key(t, "k")
	stop := errors.New("stop")
	for name, change := range map[string]func(*overlay.Overlay) error{
		"nothing": func(*overlay.Overlay) error { return nil },
		"unset":   func(o *overlay.Overlay) error { o.Unset(k); return nil },
		"refused": func(o *overlay.Overlay) error { return errors.Join(o.Set(k, "v"), stop) },
	} {
		if err := f.update(t, change); err != nil && !errors.Is(err, stop) {
			t.Errorf("%s: %v", name, err)
		}
		f.wantNothing(t)
	}

	const odd = `{ "k":"v" }`
	if err := f.file().Write([]byte(odd)); err != nil {
		t.Fatal(err)
	}
	if err := f.update(t, set("k", "v")); err != nil {
		t.Fatal(err)
	}
	if err := f.update(t, func(o *overlay.Overlay) error { return errors.Join(o.Set(k, "w"), stop) }); !errors.Is(err, stop) {
		t.Errorf("the error of the change: %v", err)
	}
	if got, err := f.file().Read(100); err != nil || string(got) != odd {
		t.Errorf("rewritten: %s, %v", got, err)
	}
}

func TestUpdateToNothingRemovesTheFile(t *testing.T) {
	f := newFixture(t)
	if err := f.update(t, set("k", "v")); err != nil {
		t.Fatal(err)
	}
	if err := f.update(t, func(o *overlay.Overlay) error { o.Unset(key(t, "k")); return nil }); err != nil {
		t.Fatal(err)
	}
	if there, err := f.file().Exists(); there || err != nil {
		t.Errorf("the file is there: %v, %v", there, err)
	}
	if l, err := f.home.Overlays(f.alice); err != nil || len(l) != 0 {
		t.Errorf("overlays %v, %v", l, err)
	}
}

func TestUpdateOverTheLimit(t *testing.T) {
	f := newFixture(t)
	if err := f.update(t, set("k", "v")); err != nil {
		t.Fatal(err)
	}
	err := f.update(t, set("k", strings.Repeat("x", overlay.MaxSize)))
	if _, ok := errors.AsType[*home.TooLargeError](err); !ok {
		t.Errorf("%v, want a *home.TooLargeError", err)
	}
	if text, _ := f.load(t).Lookup("k"); text != "v" {
		t.Errorf("the old value is %.20q", text)
	}
}

const (
	writers       = 16
	keysPerWriter = 8
)

// writeKeys sets the keys of one writer, one update each.
func writeKeys(root, name string) int {
	f, err := fixtureIn(root)
	for i := 0; i < keysPerWriter && err == nil; i++ {
		err = overlay.Update(context.Background(), f.home, f.alice, f.capsule, set(fmt.Sprintf("%s-%d", name, i), name))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestConcurrentProcessesLoseNothing(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	var running []*exec.Cmd
	for i := range writers {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), fmt.Sprintf("ASTRID_TEST_WRITER=w%d", i), "ASTRID_TEST_ROOT="+f.home.Root())
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if got := len(f.load(t).Keys()); got != writers*keysPerWriter {
		t.Errorf("%d keys, want %d", got, writers*keysPerWriter)
	}
}

// An overlay that somebody else changed meanwhile is not overwritten.
func TestUpdateFrom(t *testing.T) {
	f := newFixture(t)
	key, err := home.ParseKey("k")
	if err != nil {
		t.Fatal(err)
	}
	set := func(value string) func(*overlay.Overlay) error {
		return func(o *overlay.Overlay) error { return o.Set(key, value) }
	}
	from := func(before *overlay.Overlay, value string) error {
		return overlay.UpdateFrom(t.Context(), f.home, f.alice, f.capsule, before, set(value))
	}
	if err := from(f.load(t), "1"); err != nil {
		t.Errorf("from nothing: %v", err)
	}
	before := f.load(t)
	if err := f.update(t, set("2")); err != nil {
		t.Fatal(err)
	}
	if err := from(before, "3"); !errors.Is(err, overlay.ErrChanged) {
		t.Errorf("%v, want ErrChanged", err)
	}
	if got, _ := f.load(t).Lookup("k"); got != "2" {
		t.Errorf("k is %q", got)
	}
	if err := from(f.load(t), "3"); err != nil {
		t.Error(err)
	}
}
