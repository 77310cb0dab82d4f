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
	Size    int // in bytes
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
// one of overlay.Load or store.Get, or an *InvalidError for each that the store cannot have; these stop no others, which
// are returned beside it. An empty secret in the store is none: it reads as unset.
func Plan(ctx context.Context, h *home.Home, m Migration) ([]Secret, error) {
	found, _, err := plan(ctx, h, m)
	return found, err
}

// InvalidError reports a secret that stays in the settings, because the store cannot have it. It never holds the value.
type InvalidError struct {
	Path   string
	Key    string // which may be what is wrong
	Reason string
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s: %q cannot be stored as a secret: %s", e.Path, e.Key, e.Reason)
}

// plan is Plan, with the values that were found.
func plan(ctx context.Context, h *home.Home, m Migration) ([]Secret, map[home.Key]store.Secret, error) {
	o, err := overlay.Load(ctx, h, m.Principal, m.Capsule)
	if err != nil {
		return nil, nil, err
	}
	secrets, path := store.New(h), h.OverlayFile(m.Principal, m.Capsule).Path()
	values := map[home.Key]store.Secret{}
	var found []Secret
	var invalid []error
	conflict := &ConflictError{Path: path}
	for _, name := range o.Keys() {
		text, _ := o.Lookup(name)
		if text == "" || !m.Secret(name) {
			continue
		}
		key, value, reason := parse(name, text)
		if reason != "" {
			invalid = append(invalid, &InvalidError{path, name, reason})
			continue
		}
		outcome := Dropped
		have, err := secrets.Get(ctx, home.PrincipalScope(m.Principal), m.Capsule, key)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && have.IsEmpty():
			outcome = Moved
		case err != nil:
			return nil, nil, err
		case !have.Equal(value) && !m.Discard:
			conflict.Keys = append(conflict.Keys, key)
		}
		values[key] = value
		found = append(found, Secret{key, outcome, value.Len()})
	}
	if len(conflict.Keys) > 0 {
		return nil, nil, errors.Join(append(invalid, conflict)...)
	}
	return found, values, errors.Join(invalid...)
}

// parse returns a secret, or why there can be none of that name and value.
func parse(name, text string) (key home.Key, value store.Secret, reason string) {
	key, err := home.ParseKey(name)
	if err == nil {
		err = key.Reserved()
	}
	if err == nil {
		value, err = store.NewSecret([]byte(text))
	}
	if wrong, ok := errors.AsType[*home.NameError](err); ok {
		return key, value, "its key: " + wrong.Reason
	}
	if wrong, ok := errors.AsType[*store.InvalidError](err); ok {
		return key, value, wrong.Reason
	}
	return key, value, ""
}

// Run does what Plan says: first it stores, then it takes out of the settings what is stored, so that a kill loses nothing
// and Run can be run again. The errors are those of Plan, store.Apply and overlay.Update.
func Run(ctx context.Context, h *home.Home, m Migration) ([]Secret, error) {
	found, values, invalid := plan(ctx, h, m)
	if len(found) == 0 {
		return nil, invalid
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
		return nil, errors.Join(invalid, err)
	}
	err := overlay.Update(ctx, h, m.Principal, m.Capsule, func(o *overlay.Overlay) error {
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
	return found, errors.Join(invalid, err)
}
