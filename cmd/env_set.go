package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"astrid/pkg/config"
	"astrid/pkg/home"
)

// envSet is one execution of env set.
type envSet struct {
	envChanger

	force    bool
	manifest string
}

func (a *app) envSetCmd() *cobra.Command {
	s := &envSet{envChanger: envChanger{app: a}}
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
  0  set, or with --dry-run it would be
  2  usage; a name or value that breaks a rule; a secret; a key that the manifest does not declare
  4  no such file or UUID
  5  another program has the lock
  6  refused: a file or directory is not safe
  7  a manifest or the overlay is not valid`,
		Example: `  astrid env set greeter base_url=http://localhost:1234 --principal alice
  astrid env set greeter greeting=hey tags=red,green`,
		Args:              envSetArgs,
		Annotations:       map[string]string{privateArgs: "what begins with a hyphen goes behind --"},
		ValidArgsFunction: noSpace(a.completion(a.declaredKeys(false, "="), true)),
	}
	s.addFlags(c)
	c.Flags().BoolVar(&s.force, "force", false, "set keys that the manifest does not declare, too")
	addManifestFlag(c, &s.manifest)
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
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.target)
	if err != nil {
		return err
	}
	settings, err := s.settings(ctx, t, args)
	if err != nil {
		return err
	}
	changes, err := s.change(ctx, t, nil, settings, nil)
	if err != nil {
		return err
	}
	s.noteUnknown(t.target)
	return s.print(changes)
}

// settings checks the arguments after the capsule. Messages count them from 1 and do not repeat them: what was typed may be
// a secret.
func (s *envSet) settings(ctx context.Context, t envTarget, args []string) ([]setting, error) {
	settings := make([]setting, 0, len(args))
	places := map[string]int{}
	for i, arg := range args {
		place := i + 2 // the capsule is the first
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, withHint(usagef("argument %d is not KEY=VALUE", place), "use: %s", envSetUse)
		}
		set, err := t.accept(ctx, name, value, s.force)
		if err != nil {
			return nil, atArgument(place, err)
		}
		if first := places[name]; first != 0 {
			return nil, usagef("arguments %d and %d set the same key", first, place)
		}
		places[name] = place
		settings = append(settings, set)
	}
	return settings, nil
}

// atArgument adds to an error which argument it is about, if it does not name the key itself.
func atArgument(place int, err error) error {
	e, ok := errors.AsType[*config.KeyError](err)
	if !as[*home.NameError](err) && (!ok || !e.Undeclared()) {
		return err
	}
	return fmt.Errorf("argument %d: %w", place, err)
}
