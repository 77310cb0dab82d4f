//go:build unix

package home

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"astrid/internal/atomicfile"
)

// A lock that was waited for while its directory was moved or removed is not the lock of what has the name by now.
func TestLockIsTakenAnew(t *testing.T) {
	for name, takeAway := range map[string]func(h *Home, d Dir) error{
		"moved":     func(_ *Home, d Dir) error { return os.Rename(d.Path(), d.Path()+"-aside") },
		"removed":   func(_ *Home, d Dir) error { return d.RemoveAll() },
		"with all":  func(h *Home, _ Dir) error { return h.RemovePrincipal(t.Context(), Principal{"alice"}) },
		"lock only": func(_ *Home, d Dir) error { return d.file(lockName).Remove() },
		"not":       func(*Home, Dir) error { return nil },
	} {
		h := treeOf(t, "alice")
		d := h.EnvDir(Principal{"alice"})
		asked := 0
		dir, f, err := d.lock(func(f *os.File) (bool, error) {
			asked++
			if asked == 1 {
				if err := takeAway(h, d); err != nil {
					return false, err
				}
			}
			return atomicfile.TryLock(f)
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		dir.Close()
		if again, err := d.TryLock(); again != nil || err != nil {
			t.Errorf("%s: somebody else has the lock as well, %v", name, err)
		}
		if want := map[bool]int{false: 2, true: 1}[name == "not"]; asked != want {
			t.Errorf("%s: it was taken %d times, want %d", name, asked, want)
		}
		f.Close()
	}
}

// Who holds the lock of a directory that is moved away writes there, and not to the next one of its name, whose lock is
// free.
func TestLockedStays(t *testing.T) {
	h := treeOf(t, "alice")
	f := h.OverlayFile(Principal{"alice"}, CapsuleID{"greeter"})
	aside := f.dir.Path() + "-aside"
	first, err := f.dir.LockView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Release()
	if err := os.Rename(f.dir.Path(), aside); err != nil {
		t.Fatal(err)
	}
	second, err := f.dir.LockView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Release()
	if data, err := first.Read(f, 100); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := second.Read(f, 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the new directory: %v", err)
	}
	if err := errors.Join(second.Write(Content{f, []byte("second")}), first.Write(Content{f, []byte("first")})); err != nil {
		t.Fatal(err)
	}
	if data, err := f.Read(100); err != nil || string(data) != "second" {
		t.Errorf("%q, %v", data, err)
	}
	if err := errors.Join(first.Remove(f), os.RemoveAll(aside)); err != nil {
		t.Fatal(err)
	}
	if err := first.Write(Content{f, []byte("first")}); !errors.Is(err, ErrBusy) {
		t.Errorf("into a directory that is gone: %v", err)
	}
	if data, err := f.Read(100); err != nil || string(data) != "second" {
		t.Errorf("in the end %q, %v", data, err)
	}
}

func TestRemoveEmpty(t *testing.T) {
	h := treeOf(t, "alice")
	scope := PrincipalScope(Principal{"alice"})
	full, d := h.SecretDir(scope, CapsuleID{"greeter"}), h.SecretDir(scope, CapsuleID{"other"})
	if err := full.RemoveEmpty(t.Context()); err != nil {
		t.Error(err)
	}
	if there, err := full.file("api_key").Exists(); !there || err != nil {
		t.Errorf("one with a secret: %v, %v", there, err)
	}
	if err := errors.Join(d.make(), os.WriteFile(d.file(".astrid-LEFT.tmp").Path(), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is not there
		if err := d.RemoveEmpty(t.Context()); err != nil {
			t.Error(err)
		}
		if there, err := d.taken(); there || err != nil {
			t.Errorf("an empty one: %v, %v", there, err)
		}
	}
	// Who waits for the lock gets that of the next directory.
	if err := d.make(); err != nil {
		t.Fatal(err)
	}
	first := true
	dir, f, err := d.lock(func(f *os.File) (bool, error) {
		if first {
			first = false
			if err := d.RemoveEmpty(t.Context()); err != nil {
				return false, err
			}
		}
		return atomicfile.TryLock(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	defer f.Close()
	if locked, err := d.isLockedBy(f); !locked || err != nil {
		t.Errorf("locked: %v, %v", locked, err)
	}
}
