package store

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"astrid/pkg/home"
)

// Store is the secrets of one home. It holds nothing open and caches nothing: each read sees the last write, of
// whichever process. It may be used by many goroutines and processes at once.
type Store struct{ home *home.Home }

// New returns the secrets of a home, which need not exist.
func New(h *home.Home) *Store { return &Store{h} }

// Get reads a secret from exactly that scope. An empty file is the empty secret and no error. The error is
// fs.ErrNotExist if there is none, and otherwise means that whatever is there must not be used: *home.UnsafeError,
// *home.TooLargeError, *InvalidError, or an I/O error. It creates nothing.
func (s *Store) Get(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key) (Secret, error) {
	if err := ctx.Err(); err != nil {
		return Secret{}, err
	}
	f := s.home.SecretFile(scope, capsule, key)
	data, err := f.ReadPrivate(MaxSecret)
	if err != nil {
		return Secret{}, err
	}
	secret, err := parse(data)
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		invalid.Path = f.Path()
	}
	return secret, err
}

// Set stores a secret in exactly that scope, atomically and durably; of concurrent sets one wins whole. The error
// is a *home.NameError for a key that may not be set, an *InvalidError for the empty secret, a *home.UnsafeError, or an
// I/O error; then the old value is untouched.
func (s *Store) Set(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key, value Secret) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := key.CheckSet(); err != nil {
		return err
	}
	if value.IsEmpty() {
		return &InvalidError{Reason: "must not be empty"}
	}
	return s.home.SecretFile(scope, capsule, key).Write(value.Reveal())
}

// Delete removes a secret from exactly that scope, durably. The error is fs.ErrNotExist if there is none. A link is
// removed itself, not followed.
func (s *Store) Delete(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.home.SecretFile(scope, capsule, key).Remove()
}

// State is what is known of a secret without reading it.
type State string

// The states of a secret. Only a usable one has a value.
const (
	StateUsable   State = "usable"
	StateEmpty    State = "empty"     // reads as unset; in a principal's scope it masks the host's
	StateUnsafe   State = "unsafe"    // refused: Err is a *home.UnsafeError
	StateTooLarge State = "too large" // refused: Err is a *home.TooLargeError
)

// Entry describes a secret, without its value.
type Entry struct {
	Scope   home.Scope
	Capsule home.CapsuleID
	Key     home.Key
	Size    int64     // in bytes, of whatever is there
	ModTime time.Time // when it was last set
	State   State
	Err     error // why it would be refused, or nil
}

// Stat describes a secret without reading it. The error is fs.ErrNotExist if there is none, or that of a directory
// above it.
func (s *Store) Stat(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	f := s.home.SecretFile(scope, capsule, key)
	fi, err := f.Stat()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Scope: scope, Capsule: capsule, Key: key, Size: fi.Size(), ModTime: fi.ModTime(), State: StateUsable}
	switch err := f.CheckPrivate(fi); {
	case err != nil:
		e.State, e.Err = StateUnsafe, err
	case fi.Size() > MaxSecret:
		e.State, e.Err = StateTooLarge, &home.TooLargeError{Path: f.Path(), Limit: MaxSecret, Size: fi.Size()}
	case fi.Size() == 0:
		e.State = StateEmpty
	}
	return e, nil
}

// Filter selects what List returns.
type Filter struct {
	Scopes  []home.Scope   // any of these; none means every scope
	Capsule home.CapsuleID // only this one; the zero value means every capsule
}

// List describes the secrets that a filter selects, whether their capsule is installed or not: scopes in the order
// of the filter, or else by the name of their directory, and within a scope by capsule and key. Names on disk that are
// no scope, capsule or key are no secrets. A directory that must not be used is a *home.UnsafeError and ends the
// listing.
func (s *Store) List(ctx context.Context, filter Filter) ([]Entry, error) {
	scopes := filter.Scopes
	if len(scopes) == 0 {
		var err error
		if scopes, err = s.home.Scopes(); err != nil {
			return nil, err
		}
	}
	var entries []Entry
	for _, scope := range scopes {
		capsules := []home.CapsuleID{filter.Capsule}
		if filter.Capsule.IsZero() {
			var err error
			if capsules, err = s.home.SecretCapsules(scope); err != nil {
				return nil, err
			}
		}
		for _, capsule := range capsules {
			found, err := s.list(ctx, scope, capsule)
			if err != nil {
				return nil, err
			}
			entries = append(entries, found...)
		}
	}
	return entries, nil
}

func (s *Store) list(ctx context.Context, scope home.Scope, capsule home.CapsuleID) ([]Entry, error) {
	keys, err := s.home.SecretKeys(scope, capsule)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, key := range keys {
		e, err := s.Stat(ctx, scope, capsule, key)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since it was listed
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
