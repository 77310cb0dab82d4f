package install

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"

	"astrid/pkg/home"
)

// Leftover is what an installer that was killed, or a version that was replaced, left in the tree. Nothing needs it.
type Leftover struct {
	Path    string
	Problem string // what it is, a clause: "left by an installation that did not finish"

	home *home.Home
	mend func(context.Context) error
}

// Mend takes the leftover away, or puts back what it is the only copy of, once nothing is being installed or removed.
// It is no error if it is gone, or in use, by then. The error is home.ErrBusy or that of the disk.
func (l Leftover) Mend(ctx context.Context) error {
	release, err := l.home.InstallDir().Lock(ctx)
	if err != nil {
		return err
	}
	err = l.mend(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, release())
}

// Leftovers looks for what installations left: stages that nobody works in, backups of capsules, and code and interfaces
// that nothing installed refers to. It changes nothing. What is being installed at the moment is no leftover.
func Leftovers(ctx context.Context, h *home.Home) ([]Leftover, error) {
	var all []Leftover
	for _, find := range []func(*home.Home) ([]Leftover, error){stages, backups, orphans} {
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

func stages(h *home.Home) ([]Leftover, error) {
	found, err := h.Stages()
	if err != nil {
		return nil, err
	}
	var all []Leftover
	for _, s := range found {
		release, err := s.TryLock()
		switch {
		case err != nil:
			return nil, err
		case release == nil:
			continue // somebody works in it
		}
		if err := release(); err != nil {
			return nil, err
		}
		all = append(all, Leftover{s.Path(), "left by an installation or removal that did not finish", h, func(context.Context) error {
			release, err := s.TryLock()
			if err != nil || release == nil {
				return err
			}
			return errors.Join(s.RemoveAll(), release())
		}})
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
		all = append(all, Leftover{h.CapsuleBackupDir(id).Path(), "left by an installer that was killed while it replaced the capsule", h, func(context.Context) error {
			return restore(h, id)
		}})
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
		return nil, nil //nolint:nilerr // see above
	}
	var all []Leftover
	add := func(f home.File, hash string) {
		if there, err := f.Exists(); err != nil || !there || used[hash] {
			return
		}
		all = append(all, Leftover{f.Path(), "belongs to no installed capsule", h, func(context.Context) error {
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
