package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"astrid/pkg/home"
)

// Transfer is secrets of one capsule to bring from one scope to another.
type Transfer struct {
	From, To home.Scope
	Capsule  home.CapsuleID
	Keys     []home.Key
	When     Condition // of what is in To
}

// ErrSameScope is returned for a transfer to where the secrets are: a move would delete the only copy.
var ErrSameScope = errors.New("the secrets are in that scope already")

// KeyError reports a secret that another program stored, and that can be brought nowhere: under its key none is stored here.
type KeyError struct {
	Path   string
	Reason string
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("%s: it cannot be stored anywhere else, because of its key: %s", e.Path, e.Reason)
}

// Copy stores the secrets of a transfer in its other scope as well: all or none, as Apply does and with its errors. A
// secret that is not there is fs.ErrNotExist, one that must not be used the error of Get, one that is empty an
// *InvalidError, one under a key that may not be set a *KeyError, and one scope for both ErrSameScope.
func (s *Store) Copy(ctx context.Context, t Transfer) (map[home.Key]Change, error) {
	b, err := s.batch(ctx, t)
	if err != nil {
		return nil, err
	}
	return s.Apply(ctx, b)
}

// PlanCopy is Plan for Copy and Move.
func (s *Store) PlanCopy(ctx context.Context, t Transfer) (map[home.Key]Change, error) {
	b, err := s.batch(ctx, t)
	if err != nil {
		return nil, err
	}
	return s.Plan(ctx, b)
}

// Move is Copy that then deletes the secrets from where they were. A kill leaves them in both places rather than in none,
// and so does a *PreconditionError for one that was set anew in between. One that somebody deleted in between is moved.
func (s *Store) Move(ctx context.Context, t Transfer) (map[home.Key]Change, error) {
	b, err := s.batch(ctx, t)
	if err != nil {
		return nil, err
	}
	changes, err := s.Apply(ctx, b)
	if err != nil || len(b.Values) == 0 {
		return nil, err
	}
	from, err := s.home.SecretDir(t.From, t.Capsule).LockView(ctx)
	if err != nil {
		return nil, err
	}
	for key, value := range b.Values {
		if err = s.deleteSame(ctx, from, t, key, value); err != nil {
			break
		}
	}
	return changes, errors.Join(err, from.Release())
}

// deleteSame deletes a secret that still has the value that was moved, if it is still there.
func (s *Store) deleteSame(ctx context.Context, from *home.Locked, t Transfer, key home.Key, moved Secret) error {
	f := s.home.SecretFile(t.From, t.Capsule, key)
	now, err := get(ctx, readIn(from), f)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !now.Equal(moved):
		return &PreconditionError{key, "it was set anew while it was moved; the old value is where it was to go"}
	}
	if err := from.Remove(f); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// batch reads what a transfer brings.
func (s *Store) batch(ctx context.Context, t Transfer) (Batch, error) {
	if t.From == t.To {
		return Batch{}, ErrSameScope
	}
	b := Batch{Scope: t.To, Capsule: t.Capsule, Values: make(map[home.Key]Secret, len(t.Keys)), When: t.When}
	for _, key := range t.Keys {
		value, err := s.Get(ctx, t.From, t.Capsule, key)
		if err != nil {
			return Batch{}, err
		}
		path := s.home.SecretFile(t.From, t.Capsule, key).Path()
		if value.IsEmpty() {
			return Batch{}, &InvalidError{Path: path, Reason: "must not be empty"}
		}
		if wrong, ok := errors.AsType[*home.NameError](key.CheckSet()); ok {
			return Batch{}, &KeyError{Path: path, Reason: wrong.Reason}
		}
		b.Values[key] = value
	}
	return b, nil
}
