package config

import (
	"context"
	"errors"
	"io/fs"

	"astrid/pkg/home"
)

// Setting turns what an operator typed for a setting into the text that the overlay of a principal stores of it, or
// says why that may not be set: a *KeyError for a secret, and for a key that the manifest does not declare; a
// *manifest.ValueError for a value that the declaration rules out. Without a manifest, every key passes that is not
// stored as a secret. Other errors are about a secret of that key, which could not be read.
func (r *Resolver) Setting(ctx context.Context, p home.Principal, key home.Key, typed string) (text string, err error) {
	field, declared := r.field(key.String())
	secret := field.IsSecret()
	if !secret {
		if secret, err = r.stored(ctx, p, key); err != nil {
			return "", err
		}
	}
	switch {
	case secret:
		return "", &KeyError{r.capsule, key, IsSecret}
	case declared:
		return field.ParseValue(typed)
	case r.manifest != nil:
		return "", &KeyError{r.capsule, key, NoSetting}
	}
	return typed, nil
}

// stored reports whether the principal or the host has anything where a secret of that key would be.
func (r *Resolver) stored(ctx context.Context, p home.Principal, key home.Key) (bool, error) {
	if r.secrets == nil {
		return false, nil
	}
	for _, scope := range []home.Scope{home.PrincipalScope(p), home.HostScope()} {
		if scope.IsZero() {
			continue // nobody's
		}
		_, err := r.secrets.Get(ctx, scope, r.capsule, key)
		switch {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return false, nil
}

// CheckSecret says why a key may not be stored as a secret, as a *KeyError. Without a manifest every key may.
func (r *Resolver) CheckSecret(key home.Key) error {
	field, declared := r.field(key.String())
	switch {
	case field.IsSecret() || r.manifest == nil:
		return nil
	case declared:
		return &KeyError{r.capsule, key, NotSecret}
	}
	return &KeyError{r.capsule, key, NoSecret}
}

// Mismatch says how a key does not fit to what a manifest declares.
type Mismatch uint8

// The mismatches.
const (
	IsSecret  Mismatch = iota // a secret, which was to be a setting
	NotSecret                 // declared as a setting, and was to be a secret
	NoSetting                 // not declared, and was to be a setting
	NoSecret                  // not declared, and was to be a secret
)

// KeyError reports a key that does not fit to what a manifest declares. Its text does not repeat a key that nothing
// declares: it may be a value that was typed in the wrong place.
type KeyError struct {
	Capsule  home.CapsuleID
	Key      home.Key
	Mismatch Mismatch
}

func (e *KeyError) Error() string {
	switch e.Mismatch {
	case IsSecret:
		return e.Key.String() + " is a secret of capsule " + e.Capsule.String() +
			", and settings are not kept as secrets are; change the value if it was real"
	case NotSecret:
		return "capsule " + e.Capsule.String() + " declares " + e.Key.String() + ", but not as a secret, and will not read it as one"
	case NoSetting:
		return "capsule " + e.Capsule.String() + " declares no setting of that name"
	default:
		return "capsule " + e.Capsule.String() + " declares no secret of that name"
	}
}

// Undeclared reports whether nothing declares the key.
func (e *KeyError) Undeclared() bool { return e.Mismatch == NoSetting || e.Mismatch == NoSecret }
