package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"astrid/pkg/home"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// Outcome is what becomes of a secret in the clear.
type Outcome string

// The outcomes.
const (
	Moved   Outcome = "moved"   // into the store
	Dropped Outcome = "dropped" // the store has the same value already, or another one that is to be kept
)

// Secret is one secret that was found in the clear.
type Secret struct {
	Key     home.Key
	Outcome Outcome
}

// Migration is the settings of one capsule that one principal has.
type Migration struct {
	Principal home.Principal
	Capsule   home.CapsuleID
	Secret    func(key string) bool // which keys are secrets
	Discard   bool                  // drop values from which that of the store differs
}

// ConflictError reports secrets of which the store has another value, the one that the capsule reads. Which of the two
// is right is not for a program to decide.
type ConflictError struct {
	Path string
	Keys []home.Key
}

func (e *ConflictError) Error() string {
	names := make([]string, len(e.Keys))
	for i, k := range e.Keys {
		names[i] = k.String()
	}
	return fmt.Sprintf("%s: the store has other values for %s; nothing was moved", e.Path, strings.Join(names, ", "))
}

// Plan finds the secrets in the clear, sorted by key, and says what Run would do with them. The error is a *ConflictError,
// one of overlay.Load or store.Get, or an *InvalidError or *home.NameError about a key that no secret can have.
func Plan(ctx context.Context, h *home.Home, m Migration) ([]Secret, error) {
	found, _, err := plan(ctx, h, m)
	return found, err
}

// InvalidError reports a value that no secret can have. It never holds the value.
type InvalidError struct {
	Path string
	Key  home.Key
	Err  error
}

func (e *InvalidError) Error() string { return fmt.Sprintf("%s: %s: %v", e.Path, e.Key, e.Err) }

// Unwrap returns what is wrong with the value, a *store.InvalidError.
func (e *InvalidError) Unwrap() error { return e.Err }

// plan is Plan, with the values that were found.
func plan(ctx context.Context, h *home.Home, m Migration) ([]Secret, map[home.Key]store.Secret, error) {
	o, err := overlay.Load(ctx, h, m.Principal, m.Capsule)
	if err != nil {
		return nil, nil, err
	}
	secrets, path := store.New(h), h.OverlayFile(m.Principal, m.Capsule).Path()
	values := map[home.Key]store.Secret{}
	var found []Secret
	conflict := &ConflictError{Path: path}
	for _, name := range o.Keys() {
		text, _ := o.Lookup(name)
		if text == "" || !m.Secret(name) {
			continue
		}
		key, err := home.ParseKey(name)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %q: %w", path, name, err)
		}
		value, err := store.NewSecret([]byte(text))
		if err != nil {
			return nil, nil, &InvalidError{path, key, err}
		}
		outcome := Dropped
		have, err := secrets.Get(ctx, home.PrincipalScope(m.Principal), m.Capsule, key)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			outcome = Moved
		case err != nil:
			return nil, nil, err
		case !have.Equal(value) && !m.Discard:
			conflict.Keys = append(conflict.Keys, key)
		}
		values[key] = value
		found = append(found, Secret{key, outcome})
	}
	if len(conflict.Keys) > 0 {
		return nil, nil, conflict
	}
	return found, values, nil
}

// Run does what Plan says: first it stores, then it takes out of the settings what is stored, so that a kill loses nothing
// and Run can be run again. The errors are those of Plan, store.Apply and overlay.Update.
func Run(ctx context.Context, h *home.Home, m Migration) ([]Secret, error) {
	found, values, err := plan(ctx, h, m)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	move := store.Batch{
		Scope: home.PrincipalScope(m.Principal), Capsule: m.Capsule,
		Values: map[home.Key]store.Secret{}, When: store.IfAbsentOrSame(),
	}
	for _, s := range found {
		if s.Outcome == Moved {
			move.Values[s.Key] = values[s.Key]
		}
	}
	if _, err := store.New(h).Apply(ctx, move); err != nil {
		return nil, err
	}
	err = overlay.Update(ctx, h, m.Principal, m.Capsule, func(o *overlay.Overlay) error {
		for key, value := range values {
			// One that was changed since is another secret, and waits for the next run.
			if text, ok := o.Lookup(key.String()); ok && text == string(value.Reveal()) {
				if err := o.Set(key, ""); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return found, err
}
