package install

import (
	"context"
	"fmt"
	"strings"

	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// VariablePrefix begins the environment variables that may hold the value of a declared key: after it comes the key, in
// upper case, with '_' for whatever is no letter and no digit.
const VariablePrefix = "ASTRID_VAR_"

// Values are the settings and secrets that an installation sets for a principal, over what he has.
type Values struct {
	principal home.Principal
	fields    []field // of the keys that an operator may set, sorted
	settings  map[home.Key]string
	secrets   map[home.Key]store.Secret
}

type field struct {
	manifest.EnvField
	key    home.Key
	source config.Source // where its value comes from now
	failed bool          // there is something, and it cannot be read: an operator has to see to that, not an installer
}

// Values returns what the package's manifest declares and the principal has of it. Nothing is set yet. The error is that
// of his overlay.
func (p *Package) Values(ctx context.Context, principal home.Principal) (*Values, error) {
	o, err := overlay.Load(ctx, p.home, principal, p.ID())
	if err != nil {
		return nil, err
	}
	entries, err := config.New(p.Manifest, p.ID(), store.New(p.home)).For(principal, o).All(ctx)
	if err != nil {
		return nil, err
	}
	v := &Values{principal: principal, settings: map[home.Key]string{}, secrets: map[home.Key]store.Secret{}}
	for _, e := range entries {
		key, err := home.ParseKey(e.Key)
		if err != nil || key.CheckSet() != nil || !e.Declared {
			continue
		}
		v.fields = append(v.fields, field{e.Field, key, e.Value.Source, e.Err != nil})
	}
	return v, nil
}

func (v *Values) field(key home.Key) (field, bool) {
	for _, f := range v.fields {
		if f.key == key {
			return f, true
		}
	}
	return field{}, false
}

// UndeclaredError says that the manifest declares no key of that name, which is not repeated: it may be anything.
type UndeclaredError struct{ Capsule home.CapsuleID }

func (e *UndeclaredError) Error() string {
	return fmt.Sprintf("capsule %s declares no setting of that name", e.Capsule)
}

// SecretError says that a value for a secret came from where values of secrets must not come from.
type SecretError struct{ Key home.Key }

func (e *SecretError) Error() string {
	return fmt.Sprintf("%s is a secret, and a secret's value is not taken from the command line, where every process can read it; change it if it was real", e.Key)
}

// Set gives a setting a value, as an operator typed it. The error is an *UndeclaredError, a *SecretError, or a
// *manifest.ValueError.
func (v *Values) Set(capsule home.CapsuleID, key home.Key, typed string) error {
	f, ok := v.field(key)
	switch {
	case !ok:
		return &UndeclaredError{capsule}
	case f.IsSecret():
		return &SecretError{key}
	}
	value, err := f.ParseValue(typed)
	if err == nil {
		v.settings[key] = value
	}
	return err
}

// SetSecret gives a declared secret a value.
func (v *Values) SetSecret(key home.Key, value store.Secret) { v.secrets[key] = value }

// Secrets returns the secrets that were given a value, sorted by key, and how long these are, in bytes.
func (v *Values) Secrets() (keys []home.Key, sizes []int) {
	for _, f := range v.fields {
		if secret, ok := v.secrets[f.key]; ok {
			keys, sizes = append(keys, f.key), append(sizes, secret.Len())
		}
	}
	return keys, sizes
}

// AmbiguousError says that a variable of the environment stands for several keys.
type AmbiguousError struct {
	Variable string
	Keys     [2]home.Key
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("the variable %s stands for %s and for %s", e.Variable, e.Keys[0], e.Keys[1])
}

// Environ takes values of settings and secrets from variables, for keys that the principal has set nothing for and that
// have no value yet. One that is set and empty is no secret. Lookup is [os.LookupEnv] or stands in for it. The error is
// an *AmbiguousError, a *manifest.ValueError or a *store.InvalidError.
func (v *Values) Environ(lookup func(string) (string, bool)) error {
	taken := map[string]home.Key{}
	for _, f := range v.fields {
		name := Variable(f.key)
		text, ok := lookup(name)
		if !ok {
			continue
		}
		if other, twice := taken[name]; twice {
			return &AmbiguousError{name, [2]home.Key{other, f.key}}
		}
		taken[name] = f.key
		if v.isSet(f) || f.failed || f.source != config.Unset && f.source != config.Default {
			continue
		}
		if f.IsSecret() {
			if text == "" {
				continue
			}
			secret, _, err := store.ReadSecret(strings.NewReader(text), false)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			v.secrets[f.key] = secret
			continue
		}
		value, err := f.ParseValue(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		v.settings[f.key] = value
	}
	return nil
}

// Variable returns the variable of the environment that stands for a key.
func Variable(key home.Key) string { return VariablePrefix + strings.Map(variable, key.String()) }

func variable(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return r
	}
	return '_'
}

func (v *Values) isSet(f field) bool {
	_, setting := v.settings[f.key]
	_, secret := v.secrets[f.key]
	return setting || secret
}

// Missing returns the declared keys that have no value, no default, and are not set, sorted.
func (v *Values) Missing() []Missing {
	var missing []Missing
	for _, f := range v.fields {
		if f.source == config.Unset && !f.failed && !v.isSet(f) {
			missing = append(missing, Missing{f.key, f.EnvField})
		}
	}
	return missing
}

// Missing is a declared key without a value.
type Missing struct {
	Key   home.Key
	Field manifest.EnvField
}

// store writes the values: secrets first, which are the ones that may be refused.
func (v *Values) store(ctx context.Context, h *home.Home, id home.CapsuleID) error {
	batch := store.Batch{Scope: home.PrincipalScope(v.principal), Capsule: id, Values: v.secrets}
	if _, err := store.New(h).Apply(ctx, batch); err != nil {
		return err
	}
	if len(v.settings) == 0 {
		return nil
	}
	return overlay.Update(ctx, h, v.principal, id, func(o *overlay.Overlay) error {
		for key, value := range v.settings {
			if err := o.Set(key, value); err != nil {
				return err
			}
		}
		return nil
	})
}
