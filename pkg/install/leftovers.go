package install

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"

	"astrid/pkg/home"
)

// Leftover is what an installer that was killed, or a version that was replaced, left of a capsule in the tree.
type Leftover struct {
	Path    string
	Problem string // what it is, a clause: "it belongs to no installed capsule"
	// Restores tells that it may be the only copy of a capsule, so that Mend puts it back; otherwise nothing needs it.
	Restores bool

	home *home.Home
	mend func() error
}

// Mend takes the leftover away, or puts back what it is the only copy of, once nothing is being installed or removed.
// It is no error if it is gone, or in use, by then. The error is home.ErrBusy or that of the disk.
func (l Leftover) Mend(ctx context.Context) error {
	release, err := l.home.InstallDir().Lock(ctx)
	if err != nil {
		return err
	}
	err = l.mend()
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, release())
}

// Leftovers looks for what installations left: backups of capsules, and code and interfaces that nothing installed
// refers to. It changes nothing. Stages that nobody works in are found by home.Home.Inspect.
func Leftovers(ctx context.Context, h *home.Home) ([]Leftover, error) {
	var all []Leftover
	for _, find := range []func(*home.Home) ([]Leftover, error){backups, orphans} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		found, err := find(h)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func backups(h *home.Home) ([]Leftover, error) {
	found, err := h.CapsuleBackups()
	if err != nil {
		return nil, err
	}
	var all []Leftover
	for _, id := range found {
		all = append(all, Leftover{
			Path: h.CapsuleBackupDir(id).Path(), Problem: "an installer that was killed while it replaced the capsule left it", Restores: true,
			home: h, mend: func() error { return restore(h, id) },
		})
	}
	return all, nil
}

// orphans finds content that nothing refers to. While that cannot be told, nothing is an orphan: the registry reports
// what stands in the way.
func orphans(h *home.Home) ([]Leftover, error) {
	wasms, err := h.Wasms()
	if err != nil {
		return nil, err
	}
	wits, err := h.Wits()
	if err != nil {
		return nil, err
	}
	if len(wasms)+len(wits) == 0 {
		return nil, nil
	}
	used, err := references(h)
	if err != nil {
		return nil, nil
	}
	var all []Leftover
	add := func(f home.File, hash string) {
		if there, err := f.Exists(); err != nil || !there || used[hash] {
			return
		}
		all = append(all, Leftover{Path: f.Path(), Problem: "it belongs to no installed capsule", home: h, mend: func() error {
			used, err := references(h)
			if err != nil || used[hash] {
				return err
			}
			return f.Remove()
		}})
	}
	for _, sum := range wasms {
		add(h.WasmFile(sum), hex.EncodeToString(sum[:]))
	}
	seen := map[[32]byte]bool{}
	for _, sum := range wits {
		if !seen[sum] {
			seen[sum] = true
			add(h.WitFile(sum), hex.EncodeToString(sum[:]))
			add(h.WitStoreFile(sum), hex.EncodeToString(sum[:]))
		}
	}
	return all, nil
}
