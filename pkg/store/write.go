package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"astrid/pkg/home"
)

// Condition is what must hold of a secret for a write to replace it. The zero value always holds.
type Condition struct {
	kind   conditionKind
	digest Digest
}

type conditionKind int

const (
	always conditionKind = iota
	ifAbsent
	ifAbsentOrSame
	ifDigest
)

// IfAbsent holds where there is nothing at all.
func IfAbsent() Condition { return Condition{kind: ifAbsent} }

// IfAbsentOrSame holds where there is no value, which an empty secret has not, or the same one already.
func IfAbsentOrSame() Condition { return Condition{kind: ifAbsentOrSame} }

// IfDigest holds where the secret has that digest. The digest "" never holds: a list shows it for what has none, such as
// an entry that cannot be read, and of two of those nobody knows whether they are the same.
func IfDigest(d Digest) Condition { return Condition{ifDigest, d} }

// PreconditionError reports a secret that is not what a write was to replace.
type PreconditionError struct {
	Key    home.Key
	Reason string
}

// Error does not name the key: it may be a value that was typed in the wrong place.
func (e *PreconditionError) Error() string {
	return "the secret is not what was to be replaced: " + e.Reason
}

// Change is what a write does to a secret.
type Change string

// The changes. One that cannot be read is replaced.
const (
	Created   Change = "created"
	Replaced  Change = "replaced"
	Unchanged Change = "unchanged"
)

// Batch is secrets to store for one capsule in one scope.
type Batch struct {
	Scope   home.Scope
	Capsule home.CapsuleID
	Values  map[home.Key]Secret
	When    Condition // of each
}

// Set stores one secret in exactly that scope; it is Apply of a batch of one.
func (s *Store) Set(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key, value Secret) error {
	_, err := s.Apply(ctx, Batch{Scope: scope, Capsule: capsule, Values: map[home.Key]Secret{key: value}})
	return err
}

// Apply stores a batch, durably, and returns what became of each key. No other write of this package to these secrets
// comes in between, and readers see the old value or the new one. The error is a *home.NameError for a key that may not
// be set, an *InvalidError for the empty secret, a *PreconditionError, home.ErrBusy when the lock was not had in time, a
// *home.UnsafeError, or an I/O error; then every old value is untouched, except as home.Locked.Write says.
func (s *Store) Apply(ctx context.Context, b Batch) (map[home.Key]Change, error) {
	// Where nothing will be written, no directory is made for a lock.
	if _, err := s.Plan(ctx, b); err != nil || len(b.Values) == 0 {
		return nil, err
	}
	dir, err := s.home.SecretDir(b.Scope, b.Capsule).LockView(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := s.apply(ctx, dir, b)
	return changes, errors.Join(err, dir.Release())
}

// apply is Apply with the lock held.
func (s *Store) apply(ctx context.Context, dir *home.Locked, b Batch) (map[home.Key]Change, error) {
	changes, err := s.planFrom(ctx, readIn(dir), b)
	if err != nil {
		return nil, err
	}
	contents := make([]home.Content, 0, len(b.Values))
	for key, value := range b.Values {
		contents = append(contents, home.Content{File: s.home.SecretFile(b.Scope, b.Capsule, key), Data: value.Reveal()})
	}
	err = dir.Write(contents...)
	for _, c := range contents {
		clear(c.Data)
	}
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// Plan returns what Apply would do, or the error that it would end with as far as that is known before writing. It
// changes nothing.
func (s *Store) Plan(ctx context.Context, b Batch) (map[home.Key]Change, error) {
	return s.planFrom(ctx, home.File.ReadPrivate, b)
}

func (s *Store) planFrom(ctx context.Context, read reader, b Batch) (map[home.Key]Change, error) {
	changes := make(map[home.Key]Change, len(b.Values))
	keys := slices.SortedFunc(maps.Keys(b.Values), func(a, b home.Key) int { return cmp.Compare(a.String(), b.String()) })
	for _, key := range keys {
		if err := key.CheckSet(); err != nil {
			return nil, err
		}
		if b.Values[key].IsEmpty() {
			return nil, &InvalidError{Reason: "must not be empty"}
		}
		var err error
		if changes[key], err = s.plan(ctx, read, b, key); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

func (s *Store) plan(ctx context.Context, read reader, b Batch, key home.Key) (Change, error) {
	old, err := get(ctx, read, s.home.SecretFile(b.Scope, b.Capsule, key))
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	change := Replaced
	switch {
	case errors.Is(err, fs.ErrNotExist):
		change = Created
	case err == nil && old.Equal(b.Values[key]):
		change = Unchanged
	}
	switch b.When.kind {
	case ifAbsent:
		if change != Created {
			return "", &PreconditionError{key, "there is one already"}
		}
	case ifAbsentOrSame:
		if unset := err == nil && old.IsEmpty(); change == Replaced && !unset {
			return "", &PreconditionError{key, "there is another one already"}
		}
	case ifDigest:
		if change == Created {
			return "", &PreconditionError{key, "there is none, and so none with that digest"}
		}
		if err == nil {
			err = s.checkDigest(b.When.digest, key, old)
		}
		if err != nil {
			return "", err
		}
	}
	return change, nil
}

// checkDigest makes no key: a digest that somebody has seen comes from one that is there.
func (s *Store) checkDigest(want Digest, key home.Key, old Secret) error {
	d, err := s.readDigester()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &PreconditionError{key, "it has no such digest"}
	case err != nil:
		return err
	}
	if have := d.Digest(old); have != want {
		return &PreconditionError{key, fmt.Sprintf("its digest is %s now", have)}
	}
	return nil
}

// Delete removes a secret from exactly that scope, durably. The error is fs.ErrNotExist if there is none. A link is
// removed itself, not followed. What a write that was killed has left in the directory goes, too.
func (s *Store) Delete(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := s.home.SecretFile(scope, capsule, key)
	if there, err := f.Dir().Exists(); err != nil {
		return err
	} else if !there { // and is not made for a lock
		return &fs.PathError{Op: "remove", Path: f.Path(), Err: fs.ErrNotExist}
	}
	dir, err := f.Dir().LockView(ctx)
	if err != nil {
		return err
	}
	return errors.Join(dir.Remove(f), dir.Release())
}

// Sweep removes what writes that were killed have left beside the secrets of a capsule in one scope, as every write does.
func (s *Store) Sweep(ctx context.Context, scope home.Scope, capsule home.CapsuleID) error {
	dir := s.home.SecretDir(scope, capsule)
	if there, err := dir.Exists(); err != nil || !there {
		return err
	}
	release, err := dir.Lock(ctx)
	if err != nil {
		return err
	}
	return release()
}
