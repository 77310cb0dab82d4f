package config

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// SecretReader reads one secret of one scope. Only an error that is fs.ErrNotExist means that there is none;
// a secret of no length says that the slot exists and is empty. *store.Store is one.
type SecretReader interface {
	Get(context.Context, home.Scope, home.CapsuleID, home.Key) (store.Secret, error)
}

// Source says where a value comes from.
type Source uint8

// The sources. Unset is that of no value.
const (
	Unset Source = iota
	Overlay
	Default
	SecretPrincipal
	SecretHost
)

// String returns the source as a command prints it.
func (s Source) String() string {
	switch s {
	case Overlay:
		return "overlay"
	case Default:
		return "default"
	case SecretPrincipal:
		return "secret:principal"
	case SecretHost:
		return "secret:host"
	default:
		return "unset"
	}
}

// IsSecret reports whether a value of that source is in Value.Secret.
func (s Source) IsSecret() bool { return s == SecretPrincipal || s == SecretHost }

// Value is the answer to a lookup. A secret is in Secret and Text is empty; any other value is in Text, which
// may be empty without being unset.
type Value struct {
	Text   string
	Secret store.Secret
	Source Source
}

// Resolver resolves the settings of one capsule. It is immutable and may be shared.
type Resolver struct {
	manifest *manifest.Manifest
	capsule  home.CapsuleID
	secrets  SecretReader
}

// New returns the resolver of a capsule. Without a manifest nothing is declared, so only overlays have values;
// without a SecretReader every secret is unset.
func New(m *manifest.Manifest, capsule home.CapsuleID, secrets SecretReader) *Resolver {
	return &Resolver{manifest: m, capsule: capsule, secrets: secrets}
}

// For returns the settings as a principal sees them. o is that principal's overlay, nil for none; it must not
// change while the view is used. Without a principal only secrets of the host are read.
func (r *Resolver) For(principal home.Principal, o *overlay.Overlay) *View {
	return &View{resolver: r, principal: principal, overlay: o}
}

// View is the settings of one capsule as one principal sees them. It is safe for concurrent use.
type View struct {
	resolver  *Resolver
	principal home.Principal
	overlay   *overlay.Overlay
}

// Lookup returns the value of a key, of source Unset if there is none. The error is ErrReserved, a
// *SecretError, or that of a context that has ended.
//
// A declared secret never comes from the overlay or from the manifest's default, and nothing but "not found"
// makes the lookup go on from the principal's slot to the host's. An empty file in the principal's slot hides
// the host's and reads as unset.
func (v *View) Lookup(ctx context.Context, key string) (Value, error) {
	switch {
	case key == home.SocketPathKey:
		return Value{}, nil
	case home.ReservedKey(key):
		return Value{}, ErrReserved
	}
	field, _ := v.resolver.field(key)
	if field.IsSecret() {
		return v.secret(ctx, key)
	}
	if text, ok := v.overlay.Lookup(key); ok {
		return Value{Text: text, Source: Overlay}, nil
	}
	if !field.Default.IsZero() {
		return Value{Text: field.Default.Text(), Source: Default}, nil
	}
	return Value{}, nil
}

// field returns what the manifest declares for a key.
func (r *Resolver) field(key string) (manifest.EnvField, bool) {
	if r.manifest == nil {
		return manifest.EnvField{}, false
	}
	return r.manifest.Env(key)
}

// secret reads the first slot that exists.
func (v *View) secret(ctx context.Context, key string) (Value, error) {
	if v.resolver.secrets == nil {
		return Value{}, nil
	}
	name, err := home.LookupKey(key)
	if err != nil {
		return Value{}, nil // no file can have such a name, so there is no secret
	}
	slots := []struct {
		scope  home.Scope
		source Source
	}{
		{home.PrincipalScope(v.principal), SecretPrincipal},
		{home.HostScope(), SecretHost},
	}
	if v.principal.IsZero() {
		slots = slots[1:]
	}
	for _, slot := range slots {
		secret, err := v.resolver.secrets.Get(ctx, slot.scope, v.resolver.capsule, name)
		switch {
		case err == nil && secret.Len() == 0:
			return Value{}, nil
		case err == nil:
			return Value{Secret: secret, Source: slot.source}, nil
		case errors.Is(err, fs.ErrNotExist):
			continue
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return Value{}, ctx.Err()
		default:
			return Value{}, &SecretError{v.principal, v.resolver.capsule, key, slot.scope, err}
		}
	}
	return Value{}, nil
}

// Entry is one key of All. Value.Secret is always empty: an entry says where a secret is, not what it is.
type Entry struct {
	Key      string
	Declared bool
	Field    manifest.EnvField // zero unless Declared
	Value    Value
	Hidden   bool  // Value must not be shown: it is a secret, or what an undeclared key has under which one is stored
	Err      error // as of Lookup
}

// All returns every key that the manifest declares or the overlay has, sorted, each with the outcome of its
// lookup. The error is that of a context that has ended.
func (v *View) All(ctx context.Context) ([]Entry, error) {
	keys := v.keys()
	entries := make([]Entry, 0, len(keys))
	for _, key := range keys {
		e, _, err := v.entry(ctx, key)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Secrets returns the secrets that the manifest declares, as All does.
func (v *View) Secrets(ctx context.Context) ([]Entry, error) {
	entries, err := v.All(ctx)
	return slices.DeleteFunc(entries, func(e Entry) bool { return !e.Field.IsSecret() }), err
}

// keys returns what the manifest declares or the overlay has, sorted.
func (v *View) keys() []string {
	var keys []string
	if v.resolver.manifest != nil {
		keys = v.resolver.manifest.EnvKeys()
	}
	keys = append(keys, v.overlay.Keys()...)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Entry returns one key, as All does.
func (v *View) Entry(ctx context.Context, key string) (Entry, error) {
	e, _, err := v.entry(ctx, key)
	return e, err
}

// entry is Entry, with the secret.
func (v *View) entry(ctx context.Context, key string) (Entry, store.Secret, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, store.Secret{}, err
	}
	field, declared := v.resolver.field(key)
	value, err := v.Lookup(ctx, key)
	secret := value.Secret
	value.Secret = store.Secret{}
	hidden := value.Source.IsSecret() || !declared && value.Source != Unset && v.namesSecret(ctx, key)
	return Entry{key, declared, field, value, hidden, err}, secret, ctx.Err()
}

// namesSecret reports whether a secret is stored under a key, or may be. What the overlay has under it is likely one that
// an older program left there in the clear.
func (v *View) namesSecret(ctx context.Context, key string) bool {
	name, err := home.LookupKey(key)
	if err != nil {
		return false // no secret can have such a name
	}
	stored, err := v.resolver.stored(ctx, v.principal, name)
	return stored || err != nil
}

// failed reports whether there may be a value that could not be read.
func failed(e Entry) bool { return e.Err != nil && !errors.Is(e.Err, ErrReserved) }
