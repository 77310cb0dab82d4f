package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// envSet is one execution of env set.
type envSet struct {
	*app
	cmd *cobra.Command
	out *reporter[envChange]

	force    bool
	manifest string
}

// setting is one KEY=VALUE. place counts the arguments from 1, for messages: what was typed may be a secret and is
// not repeated.
type setting struct {
	place int
	key   home.Key
	value string
}

func (a *app) envSetCmd() *cobra.Command {
	s := &envSet{app: a}
	c := &cobra.Command{
		Use:   "set <capsule> KEY=VALUE...",
		Short: "Set settings",
		Long: `Set settings of a capsule in the principal's overlay, all of them or none.

A value is taken as it is, and may be empty. Where the manifest declares the key a select, the value must be one of
its choices; where it is an array, items are separated by commas, or given as a JSON array of strings.

A key that is a secret is refused: use 'astrid secret set'. A key that the capsule's manifest does not declare is
refused unless --force is given. For a capsule that is not installed, and without --manifest, nothing declares the
keys yet.

EXIT STATUS
  0  set
  1  could not be written
  2  usage; a name or value that breaks a rule; a secret; a key that the manifest does not declare
  4  no such file or UUID
  5  another program has the lock
  6  refused: a file or directory is not safe
  7  a manifest or the overlay is not valid`,
		Example: `  astrid env set greeter base_url=http://localhost:1234 --principal alice
  astrid env set greeter greeting=hey tags=red,green`,
		Args:              envSetArgs,
		ValidArgsFunction: noSpace(a.completion(a.declaredKeys(false, "="), true)),
	}
	s.cmd = c
	c.Flags().BoolVar(&s.force, "force", false, "set keys that the manifest does not declare, too")
	addManifestFlag(c, &s.manifest)
	s.out = addEnvJSON(a, c)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1:]) }
	return c
}

// noSpace makes a completion of KEY= leave the cursor where the value begins.
func noSpace(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		names, directive := complete(c, args, toComplete)
		if len(args) > 0 {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		return names, directive
	}
}

const envSetUse = "astrid env set <capsule> KEY=VALUE..."

func envSetArgs(_ *cobra.Command, args []string) error {
	if len(args) < 2 {
		return withHint(usagef("a capsule and at least one KEY=VALUE are needed"), "use: %s", envSetUse)
	}
	return nil
}

func (s *envSet) run(ctx context.Context, capsule string, args []string) error {
	settings, err := parseSettings(args)
	if err != nil {
		return err
	}
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.target)
	if err != nil {
		return err
	}
	secrets := store.New(t.home)
	for i := range settings {
		if err := s.check(ctx, t, secrets, &settings[i]); err != nil {
			return err
		}
	}
	err = overlay.Update(ctx, t.home, t.principal, t.id, func(o *overlay.Overlay) error {
		for _, set := range settings {
			if err := o.Set(set.key, set.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.done(t, settings)
}

func parseSettings(args []string) ([]setting, error) {
	settings := make([]setting, 0, len(args))
	places := map[home.Key]int{}
	for i, arg := range args {
		place := i + 2 // the capsule is the first
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, withHint(usagef("argument %d is not KEY=VALUE", place), "use: %s", envSetUse)
		}
		key, err := home.ParseKey(name)
		if err == nil {
			err = key.CheckSet()
		}
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", place, err)
		}
		if first := places[key]; first != 0 {
			return nil, usagef("arguments %d and %d set the same key", first, place)
		}
		places[key] = place
		settings = append(settings, setting{place, key, value})
	}
	return settings, nil
}

// check decides whether a setting may be made, and replaces its value by what the overlay stores of it.
func (s *envSet) check(ctx context.Context, t envTarget, secrets *store.Store, set *setting) error {
	field, declared, known := t.declares(set.key.String())
	secret := field.IsSecret()
	if !secret {
		var err error
		if secret, err = stored(ctx, secrets, t, set.key); err != nil {
			return err
		}
	}
	switch {
	case secret:
		return withHint(usagef("%s is a secret of capsule %s, and settings are not kept as secrets are; change the value if it was real", set.key, t.id),
			"use: astrid secret set %s %s", t.id, set.key)
	case declared:
		var err error
		set.value, err = field.ParseValue(set.value)
		return err
	case known && !s.force:
		return withHint(usagef("argument %d: capsule %s declares no setting of that name", set.place, t.id),
			"it declares: %s; --force sets it all the same", inert.Line(t.declared(false)))
	}
	return nil
}

// stored reports whether the principal or the host has a secret of that key.
func stored(ctx context.Context, secrets *store.Store, t envTarget, key home.Key) (bool, error) {
	for _, scope := range []home.Scope{home.PrincipalScope(t.principal), home.HostScope()} {
		_, err := secrets.Stat(ctx, scope, t.id, key)
		if !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

func (s *envSet) done(t envTarget, settings []setting) error {
	if t.manifest == nil {
		s.note("nothing declares these keys yet: capsule %s is not installed and no manifest was given", t.id)
	}
	changes := make([]envChange, len(settings))
	for i, set := range settings {
		changes[i] = envChange{t, set.key}
	}
	return s.printChanges(s.cmd, s.out, "set", changes)
}

// printChanges reports what env set and env unset did.
func (a *app) printChanges(c *cobra.Command, out *reporter[envChange], done string, changes []envChange) error {
	if out.wanted() {
		return out.many(c, changes)
	}
	for _, r := range changes {
		if _, err := fmt.Fprintf(a.io.Out, "%s %s of capsule %s for principal %s\n", done, inert.Line(r.key.String()), r.id, r.principal); err != nil {
			return err
		}
	}
	return nil
}
