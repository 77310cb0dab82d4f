package home

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func swapHome(t *testing.T) (*Home, Dir, Dir) {
	t.Helper()
	h, err := At(filepath.Join(t.TempDir(), "astrid"))
	if err != nil {
		t.Fatal(err)
	}
	return h, h.CapsuleDir(CapsuleID{"greeter"}), h.NewStage().Capsule()
}

func fill(t *testing.T, d Dir, content string) {
	t.Helper()
	if err := d.file("content").Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
}

// holds checks that a directory holds content and nothing else, or does not exist if that is empty.
func holds(t *testing.T, d Dir, content string) {
	t.Helper()
	got, err := d.file("content").Read(100)
	if content == "" {
		if there, err := d.Exists(); there || err != nil {
			t.Errorf("%s is there: %q, %v", d.Path(), got, err)
		}
		return
	}
	if err != nil || string(got) != content {
		t.Errorf("%s holds %q, %v; want %q", d.Path(), got, err, content)
	}
}

func TestSwap(t *testing.T) {
	_, capsule, staged := swapHome(t)
	fill(t, staged, "first")
	for _, step := range []struct{ now, then string }{{"first", ""}, {"second", "first"}, {"third", "second"}} {
		if step.then != "" {
			fill(t, staged, step.now)
		}
		if err := capsule.Swap(staged); err != nil {
			t.Fatal(err)
		}
		holds(t, capsule, step.now)
		holds(t, staged, step.then)
	}
}

// Where names cannot be exchanged in one step, the result is the same, and a failure on the way puts things back.
func TestSwapInSteps(t *testing.T) {
	h, capsule, staged := swapHome(t)
	fill(t, capsule, "old")
	if err := capsule.swapInSteps(staged); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with nothing: %v", err)
	}
	holds(t, capsule, "old")
	fill(t, staged, "new")
	if err := capsule.swapInSteps(staged); err != nil {
		t.Fatal(err)
	}
	holds(t, capsule, "new")
	holds(t, staged, "old")
	holds(t, h.CapsuleBackupDir(CapsuleID{"greeter"}), "")
}

func TestMoveAndRemoveAll(t *testing.T) {
	h, capsule, staged := swapHome(t)
	if err := capsule.Move(staged); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("move of nothing: %v", err)
	}
	fill(t, capsule, "content")
	if err := capsule.Move(staged); err != nil {
		t.Fatal(err)
	}
	holds(t, capsule, "")
	holds(t, staged, "content")
	fill(t, capsule, "another")
	if err := capsule.Move(staged); !errors.Is(err, fs.ErrExist) {
		t.Errorf("move to what is there: %v", err)
	}
	if err := staged.RemoveAll(); err != nil {
		t.Fatal(err)
	}
	holds(t, staged, "")
	if err := staged.RemoveAll(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("again: %v", err)
	}
	if err := h.PrincipalsDir().RemoveAll(); err != nil {
		t.Errorf("a directory of the root: %v", err)
	}
	holds(t, capsule, "")
}

// What a link leads to is neither removed nor moved over.
func TestReplaceFollowsNoLink(t *testing.T) {
	h, capsule, staged := swapHome(t)
	fill(t, staged, "staged")
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "content"), []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir, err := h.CapsulesDir().Ensure()
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := os.Symlink(outside, capsule.Path()); err != nil {
		t.Skip(err)
	}
	if _, ok := errors.AsType[*UnsafeError](capsule.Swap(staged)); !ok {
		t.Error("swapped with a link")
	}
	if err := capsule.RemoveAll(); err != nil {
		t.Errorf("remove the link: %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(outside, "content")); err != nil || string(got) != "outside" {
		t.Errorf("what the link led to holds %q, %v", got, err)
	}
	holds(t, staged, "staged")
}

func TestStages(t *testing.T) {
	h, _, _ := swapHome(t)
	if stages, err := h.Stages(); err != nil || len(stages) != 0 {
		t.Errorf("none: %v, %v", stages, err)
	}
	stage := h.NewStage()
	release, err := stage.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stages, err := h.Stages(); err != nil || len(stages) != 1 || stages[0] != stage {
		t.Errorf("one: %v, %v", stages, err)
	}
	if again, err := stage.TryLock(); again != nil || err != nil {
		t.Errorf("locked twice: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := stage.TryLock()
	if again == nil || err != nil {
		t.Fatalf("not locked after the release: %v", err)
	}
	if err := again(); err != nil {
		t.Fatal(err)
	}
}

func TestContentLists(t *testing.T) {
	h, _, _ := swapHome(t)
	sum := [32]byte{1, 2, 0xff}
	for _, f := range []File{
		h.WasmFile(sum), h.WitFile(sum), h.WitStoreFile(sum), h.BinDir().file("else.wasm"),
		h.BinDir().file("FF00.wasm"), h.WitDir().file("x"),
	} {
		if err := f.Write(nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := h.Wasms(); err != nil || len(got) != 1 || got[0] != sum {
		t.Errorf("wasms: %x, %v", got, err)
	}
	if got, err := h.Wits(); err != nil || len(got) != 2 || got[0] != sum || got[1] != sum {
		t.Errorf("wits: %x, %v", got, err)
	}
	alice := Dir{h, "home/alice/.local/capsules/greeter"}
	for _, f := range []File{h.MetaFile(CapsuleID{"greeter"}), h.CapsuleBackupDir(CapsuleID{"x"}).MetaFile(), alice.MetaFile()} {
		if err := f.Write(nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := h.MetaFiles(); err != nil || len(got) != 3 || got[0] != alice.MetaFile() {
		t.Errorf("meta files: %v, %v", got, err)
	}
}
