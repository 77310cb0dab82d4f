package cmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"astrid/pkg/home"
)

// envUnset is one execution of env unset.
type envUnset struct {
	envChanger

	manifest string
}

func (a *app) envUnsetCmd() *cobra.Command {
	s := &envUnset{envChanger: envChanger{app: a}}
	c := &cobra.Command{
		Use:   "unset <capsule> KEY...",
		Short: "Unset settings",
		Long: `Take settings of a capsule out of the principal's overlay, so that the manifest's defaults apply again. Keys that
were not set are named and left.

EXIT STATUS
  0  at least one key was set, and none of them is any more, or with --dry-run none would be
  2  usage; a name that breaks a rule
  4  none of the keys was set; no such file or UUID
  5  another program has the lock
  6  refused: a file or directory is not safe
  7  a manifest or the overlay is not valid`,
		Example:           `  astrid env unset greeter base_url --principal alice`,
		Args:              usageArgs(cobra.MinimumNArgs(2)),
		ValidArgsFunction: a.completion(a.overlaidKeys, true),
	}
	s.addFlags(c)
	addManifestFlag(c, &s.manifest)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1:]) }
	return c
}

func (s *envUnset) run(ctx context.Context, capsule string, args []string) error {
	keys := make([]home.Key, len(args))
	for i, arg := range args {
		var err error
		if keys[i], err = home.LookupKey(arg); err != nil {
			return fmt.Errorf("argument %d: %w", i+2, err) // the capsule is the first
		}
	}
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.name)
	if err != nil {
		return err
	}
	removed, err := s.change(ctx, t, nil, nil, keys)
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		return &notFoundError{
			msg:  fmt.Sprintf("none of these keys is set for capsule %s by principal %s", t.id, t.principal),
			hint: fmt.Sprintf("'%s' shows what is set", s.again("env list", t.target)),
		}
	}
	for i, key := range keys {
		if !slices.ContainsFunc(removed, func(r envChange) bool { return r.key == key }) {
			s.note("argument %d: this key was not set", i+2)
		}
	}
	return s.print(removed)
}
