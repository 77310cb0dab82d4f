package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"astrid/pkg/home"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// RemoveOptions says how a capsule is removed.
type RemoveOptions struct {
	Force bool // also one that others need
	Purge bool // with what Data lists
}

// Removed says what was removed.
type Removed struct {
	ID    home.CapsuleID
	Paths []string // in the order in which they were removed
}

// Remove takes a capsule out of the tree, and its code and interfaces out of the content store if nothing else refers to
// them. It is gone in one step. The error is fs.ErrNotExist if it is not installed,
// a *DependentsError, home.ErrBusy, or that of the disk; what was removed by then is returned beside it.
func Remove(ctx context.Context, h *home.Home, id home.CapsuleID, o RemoveOptions) (Removed, error) {
	removed := Removed{ID: id}
	there, err := h.CapsuleDir(id).Exists()
	if err != nil {
		return removed, err
	}
	backup, err := h.CapsuleBackupDir(id).Exists()
	if err != nil {
		return removed, err
	}
	if !there && !backup {
		return removed, &fs.PathError{Op: "remove", Path: h.CapsuleDir(id).Path(), Err: fs.ErrNotExist}
	}
	if !o.Force {
		if err := checkDependents(ctx, h, id); err != nil {
			return removed, err
		}
	}
	release, err := h.InstallDir().Lock(ctx)
	if err != nil {
		return removed, err
	}
	err = removed.remove(ctx, h, o)
	return removed, errors.Join(err, release())
}

func (r *Removed) remove(ctx context.Context, h *home.Home, o RemoveOptions) error {
	// What cannot be read refers to nothing that could be removed with it; Leftovers finds it.
	meta, _ := registry.ReadMeta(h.MetaFile(r.ID))
	if meta.WasmHash == "" {
		meta, _ = registry.ReadMeta(h.CapsuleBackupDir(r.ID).MetaFile())
	}
	for _, dir := range []home.Dir{h.CapsuleDir(r.ID), h.CapsuleBackupDir(r.ID)} {
		if err := r.takeOut(ctx, h, dir); err != nil {
			return err
		}
	}
	// Now that the capsule is gone nobody can ask for the rest again: each part goes as far as it can.
	err := r.content(h, meta)
	if o.Purge {
		err = errors.Join(err, r.purge(ctx, h))
	}
	return err
}

// content removes the code and the interfaces that nothing else refers to.
func (r *Removed) content(h *home.Home, meta registry.Meta) error {
	used, err := references(h)
	if err != nil {
		return err
	}
	var content []home.File
	if meta.WasmHash != "" && !used[meta.WasmHash] {
		content = append(content, h.WasmFile(registry.Sum(meta.WasmHash)))
	}
	for _, hash := range meta.WitFiles {
		if !used[hash] {
			content = append(content, h.WitFile(registry.Sum(hash)), h.WitStoreFile(registry.Sum(hash)))
		}
	}
	for _, f := range content {
		if err := r.file(f); err != nil {
			return err
		}
	}
	return nil
}

// purge removes what DataOf lists, and what killed writes have left of secrets.
func (r *Removed) purge(ctx context.Context, h *home.Home) error {
	data, err := DataOf(h, r.ID)
	errs := []error{err}
	for _, d := range data {
		errs = append(errs, r.data(ctx, h, d))
	}
	scopes, err := h.Scopes()
	errs = append(errs, err)
	for _, s := range scopes {
		errs = append(errs, h.SecretDir(s, r.ID).RemoveEmpty(ctx))
	}
	return errors.Join(errs...)
}

// takeOut removes an installed directory: first out of sight, in one step, and then from the disk.
func (r *Removed) takeOut(ctx context.Context, h *home.Home, dir home.Dir) error {
	stage := h.NewStage()
	release, err := stage.Lock(ctx)
	if err != nil {
		return err
	}
	err = dir.Move(stage.Capsule())
	if err == nil {
		r.Paths = append(r.Paths, dir.Path())
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	// Some file systems keep a directory while a file in it is open.
	return errors.Join(err, release(), stage.RemoveAll())
}

func (r *Removed) file(f home.File) error { return r.note(f.Path(), f.Remove()) }

// note notes what was removed, if it was there.
func (r *Removed) note(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		r.Paths = append(r.Paths, path)
	}
	return err
}

// references returns the hashes that anything installed for anybody refers to. What cannot be read might refer to
// anything, and is an error: then nothing is known to be free.
func references(h *home.Home) (map[string]bool, error) {
	files, err := h.MetaFiles()
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, f := range files {
		meta, err := registry.ReadMeta(f)
		if err != nil {
			return nil, fmt.Errorf("cannot tell which code is in use: %w", err)
		}
		used[meta.WasmHash] = true
		for _, hash := range meta.WitFiles {
			used[hash] = true
		}
	}
	return used, nil
}

// checkDependents returns a *DependentsError if another capsule cannot do without what only this one exports.
func checkDependents(ctx context.Context, h *home.Home, id home.CapsuleID) error {
	r, err := registry.Open(ctx, h)
	if err != nil {
		return err
	}
	leaving, ok := r.ByID(id)
	if !ok {
		return nil // a manifest that cannot be read exports nothing that anybody could find
	}
	var staying []registry.Capsule
	for _, c := range r.All() {
		if c.ID != id {
			staying = append(staying, c)
		}
	}
	var dependents []string
	for _, c := range staying {
		for _, want := range c.Manifest.Imports {
			offers := func(c registry.Capsule) bool { return slices.ContainsFunc(c.Manifest.Exports, want.AcceptedBy()) }
			if !want.Optional && offers(leaving) && !slices.ContainsFunc(staying, offers) {
				dependents = append(dependents, fmt.Sprintf("%s imports %s:%s", c.ID, want.Namespace, want.Interface))
			}
		}
	}
	if len(dependents) > 0 {
		return &DependentsError{id, dependents}
	}
	return nil
}

// Data is what principals keep for a capsule, or it for them, beside its installation.
type Data struct {
	Kind      string         // "overlay", "secret" or "logs"
	Principal home.Principal // zero for a secret of the host
	Scope     home.Scope     // of a secret
	Key       home.Key       // of a secret
	Days      int            // how many days logs are of
	Capsule   home.CapsuleID
}

// String says what it is, and whose.
func (d Data) String() string {
	whose := "every principal on this host"
	if !d.Principal.IsZero() {
		whose = "principal " + d.Principal.String()
	}
	switch d.Kind {
	case "secret":
		return fmt.Sprintf("secret %s of %s", d.Key, whose)
	case "logs":
		if d.Days == 1 {
			return fmt.Sprintf("logs of %s, of 1 day", whose)
		}
		return fmt.Sprintf("logs of %s, of %d days", whose, d.Days)
	}
	return "settings of " + whose
}

// DataOf lists what there is of a capsule in the tree beside its installation, installed or not.
func DataOf(h *home.Home, id home.CapsuleID) ([]Data, error) {
	var all []Data
	principals, err := h.Principals()
	if err != nil {
		return nil, err
	}
	for _, p := range principals {
		if there, err := h.OverlayFile(p, id).Exists(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		} else if there {
			all = append(all, Data{Kind: "overlay", Principal: p, Capsule: id})
		}
	}
	scopes, err := h.Scopes()
	if err != nil {
		return nil, err
	}
	for _, s := range scopes {
		keys, err := h.SecretKeys(s, id)
		if err != nil {
			return nil, err
		}
		p, _ := s.Principal()
		for _, key := range keys {
			all = append(all, Data{Kind: "secret", Principal: p, Scope: s, Key: key, Capsule: id})
		}
	}
	for _, p := range principals {
		var days []time.Time
		if days, err = h.Logs(p, id); err != nil {
			return nil, err
		}
		if there, err := h.LogDir(p, id).Exists(); err != nil {
			return nil, err
		} else if there {
			all = append(all, Data{Kind: "logs", Principal: p, Days: len(days), Capsule: id})
		}
	}
	return all, nil
}

func (r *Removed) data(ctx context.Context, h *home.Home, d Data) error {
	switch d.Kind {
	case "overlay":
		f := h.OverlayFile(d.Principal, d.Capsule)
		dir, err := f.Dir().LockView(ctx)
		if err != nil {
			return err
		}
		return r.note(f.Path(), errors.Join(dir.Remove(f), dir.Release()))
	case "secret":
		f := h.SecretFile(d.Scope, d.Capsule, d.Key)
		return r.note(f.Path(), store.New(h).Delete(ctx, d.Scope, d.Capsule, d.Key))
	}
	dir := h.LogDir(d.Principal, d.Capsule)
	return r.note(dir.Path(), dir.RemoveAll())
}
