package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/store"
)

// secretNeed is one secret that a capsule declares.
type secretNeed struct {
	target
	envRow
}

func (n secretNeed) missing() bool { return n.source() == config.Unset.String() }

// secretCheck is one execution of secret check.
type secretCheck struct {
	*app
	cmd *cobra.Command
	out *reporter[secretNeed]

	quiet    bool
	manifest string
}

func (a *app) secretCheckCmd() *cobra.Command {
	s := &secretCheck{app: a}
	c := &cobra.Command{
		Use:   "check [<capsule>]",
		Short: "Check that the secrets that capsules declare are there",
		Long: `Check that every secret that a capsule declares is there for the principal, and say where it comes from:
secret:principal, secret:host or unset. One that cannot be read has the source error. Without a capsule, all that are
installed are checked.

EXIT STATUS
  0  none is missing
  2  usage; a name that breaks a rule
  4  at least one is missing; the capsule is not known, no such file or UUID
  6  refused: a secret or a directory is not safe
  7  a secret or a manifest is not valid`,
		Example: `  astrid secret check || echo something is missing
  astrid secret check greeter --principal alice --quiet || astrid secret set greeter tls_key --principal alice`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	c.Flags().BoolVarP(&s.quiet, "quiet", "q", false, "print nothing of what is missing; the exit status tells")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("capsule", func(r secretNeed) string { return r.id.String() }),
		jsonField("key", func(r secretNeed) string { return r.Key }),
		jsonField("source", func(r secretNeed) string { return r.source() }),
		jsonField("request", func(r secretNeed) string { return r.Field.Request }),
	)
	c.MarkFlagsMutuallyExclusive("quiet", "json")
	c.MarkFlagsMutuallyExclusive("quiet", "jq")
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *secretCheck) run(ctx context.Context, args []string) error {
	h, p, err := s.acting(s.cmd)
	if err != nil {
		return err
	}
	targets, failures, err := s.oneOrAll(ctx, h, args, s.manifest)
	if err != nil {
		return err
	}
	secrets := store.New(h)
	var needs []secretNeed
	for _, t := range targets {
		found, err := config.New(t.manifest, t.id, secrets).For(p, nil).Secrets(ctx)
		if err != nil {
			return err
		}
		for _, e := range found {
			needs = append(needs, secretNeed{t, envRow{e}})
		}
	}
	return s.report(p, needs, failures)
}

// report prints the needs, and returns what is missing and what failed as errors.
func (s *secretCheck) report(p home.Principal, needs []secretNeed, failures []error) error {
	missing, example := 0, ""
	for _, n := range needs {
		switch {
		case n.source() == sourceError:
			failures = append(failures, n.Err)
		case n.missing():
			missing++
			if example == "" {
				example = s.again("secret set", n.target, n.Key)
			}
		}
	}
	var absence error
	if missing > 0 {
		is := "is"
		if missing > 1 {
			is = "are"
		}
		absence = &notFoundError{
			msg:  fmt.Sprintf("%s %s missing for principal %s", plural(missing, "secret"), is, p),
			hint: "use: " + example,
		}
	}
	if s.quiet {
		if len(failures) == 0 && absence != nil {
			return &silentError{absence}
		}
		return errors.Join(failures...)
	}
	if err := s.print(needs); err != nil {
		return err
	}
	return errors.Join(append(failures, absence)...)
}

func (s *secretCheck) print(needs []secretNeed) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, needs)
	}
	if len(needs) == 0 && s.io.IsOutTTY() {
		s.note("no secrets are declared")
		return nil
	}
	cells := make([][]string, len(needs))
	for i, n := range needs {
		cells[i] = []string{n.id.String(), inert.Line(n.Key), n.source()}
	}
	s.table([]string{"CAPSULE", "KEY", "SOURCE"}, cells)
	return nil
}
