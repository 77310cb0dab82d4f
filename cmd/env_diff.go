package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/overlay"
)

// envDiff is one execution of env diff.
type envDiff struct {
	*app
	cmd *cobra.Command
	out *reporter[config.Difference]

	manifest string
}

func (a *app) envDiffCmd() *cobra.Command {
	s := &envDiff{app: a}
	c := &cobra.Command{
		Use:   "diff <capsule> <principal> <principal>",
		Short: "Compare what a capsule sees for two principals",
		Long: `Compare the effective settings and secrets of a capsule as it sees them for two principals. Each key that differs is
shown with both values and where they come from; of secrets that differ the values are not shown. A setting that
equals the default is no difference, nor are two secrets with the same value.

EXIT STATUS
  0  compared, whether anything differs or not
  2  usage; a name that breaks a rule
  4  no such file or UUID
  6  refused: a file or directory is not safe, a secret's included
  7  a manifest, an overlay or a secret is not valid`,
		Example: `  astrid env diff greeter alice bob
  astrid env diff greeter alice bob --json key,left,right`,
		Args: usageArgs(cobra.ExactArgs(3)),
		ValidArgsFunction: func(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			switch len(args) {
			case 0:
				return a.completion(nil, false)(c, args, toComplete)
			case 1, 2:
				return a.completePrincipals(c, args, toComplete)
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
	s.cmd = c
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("key", func(d config.Difference) string { return d.Key }),
		jsonField("left", func(d config.Difference) *string { return shownValue(d.Left) }),
		jsonField("leftSource", func(d config.Difference) string { return envRow{d.Left}.source() }),
		jsonField("right", func(d config.Difference) *string { return shownValue(d.Right) }),
		jsonField("rightSource", func(d config.Difference) string { return envRow{d.Right}.source() }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1:]) }
	return c
}

// shownValue is the value of an entry for a report, nil for one that there is not or that must not be shown.
func shownValue(e config.Entry) *string {
	if text, ok := (envRow{e}).value(); ok {
		return &text
	}
	return nil
}

func (s *envDiff) run(ctx context.Context, capsule string, names []string) error {
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.target)
	if err != nil {
		return err
	}
	views := make([]*config.View, len(names))
	for i, name := range names {
		p, err := home.ParsePrincipal(name)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+2, err) // the capsule is the first
		}
		o, err := overlay.Load(ctx, t.home, p, t.id)
		if err != nil {
			return err
		}
		views[i] = t.resolver().For(p, o)
	}
	found, err := config.Diff(ctx, views[0], views[1])
	if err != nil {
		return err
	}
	if err := s.print(found, names); err != nil {
		return err
	}
	var failures []error
	for _, d := range found {
		for _, e := range []config.Entry{d.Left, d.Right} {
			if (envRow{e}).source() == sourceError {
				failures = append(failures, e.Err)
			}
		}
	}
	return errors.Join(failures...)
}

func (s *envDiff) print(found []config.Difference, names []string) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, found)
	}
	if len(found) == 0 && s.io.IsOutTTY() {
		s.note("nothing differs")
		return nil
	}
	cells := make([][]string, len(found))
	for i, d := range found {
		left, right := envRow{d.Left}, envRow{d.Right}
		cells[i] = []string{inert.Line(d.Key), left.cell(), left.source(), right.cell(), right.source()}
	}
	s.table([]string{"KEY", names[0], "SOURCE", names[1], "SOURCE"}, cells)
	return nil
}
