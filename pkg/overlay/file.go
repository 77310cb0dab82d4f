package overlay

import (
	"context"
	"errors"
	"io/fs"
	"maps"

	"astrid/pkg/home"
)

// MaxSize is the largest file that is read or written, in bytes.
const MaxSize = 1 << 20

// Load reads the overlay of a principal for a capsule. Without a file it is empty; Load creates none. The error is a
// *SyntaxError, *home.TooLargeError, *home.UnsafeError, or an I/O error.
func Load(ctx context.Context, h *home.Home, p home.Principal, c home.CapsuleID) (*Overlay, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return load(home.File.Read, h.OverlayFile(p, c))
}

func load(read func(home.File, int64) ([]byte, error), f home.File) (*Overlay, error) {
	data, err := read(f, MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return new(Overlay), nil
	}
	if err != nil {
		return nil, err
	}
	return Parse(f.Path(), data)
}

// Update loads an overlay, lets change alter it, and writes it back if it did, while no other Update of this
// principal's overlays runs. An overlay that becomes empty loses its file. The error is that of change, of Load,
// home.ErrBusy when the lock was not had in time, a *home.TooLargeError for a result over [MaxSize], or an I/O
// error; then the file is as it was.
//
// Change may be called twice, each time with a fresh overlay: where there is no directory yet, it is asked first
// whether there will be anything to write into one.
func Update(ctx context.Context, h *home.Home, p home.Principal, c home.CapsuleID, change func(*Overlay) error) error {
	there, err := h.EnvDir(p).Exists()
	if err != nil {
		return err
	}
	if !there {
		var trial Overlay
		if err := change(&trial); err != nil || !trial.changed {
			return err
		}
	}
	dir, err := h.EnvDir(p).LockView(ctx)
	if err != nil {
		return err
	}
	return errors.Join(update(dir, h.OverlayFile(p, c), change), dir.Release())
}

// ErrChanged means that an overlay is not what it was when somebody began to work on it.
var ErrChanged = errors.New("the settings were changed in the meantime")

// UpdateFrom is Update of an overlay that is still as before, which an earlier Load returned. If not, the error is
// ErrChanged.
func UpdateFrom(ctx context.Context, h *home.Home, p home.Principal, c home.CapsuleID, before *Overlay, change func(*Overlay) error) error {
	return Update(ctx, h, p, c, func(o *Overlay) error {
		if !maps.Equal(o.values, before.values) {
			return ErrChanged
		}
		return change(o)
	})
}

// update is Update with the lock held.
func update(dir *home.Locked, f home.File, change func(*Overlay) error) error {
	o, err := load(dir.Read, f)
	if err != nil {
		return err
	}
	if err := change(o); err != nil || !o.changed {
		return err
	}
	if len(o.values) == 0 {
		if err := dir.Remove(f); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	data := o.Encode()
	if len(data) > MaxSize {
		return &home.TooLargeError{Path: f.Path(), Limit: MaxSize, Size: int64(len(data))}
	}
	return dir.Write(home.Content{File: f, Data: data})
}
