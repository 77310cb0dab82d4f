package cmd

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"astrid/internal/envfile"
	"astrid/internal/inert"
	"astrid/pkg/config"
	"astrid/pkg/overlay"
)

// envExport is one execution of env export.
type envExport struct {
	*app
	cmd *cobra.Command

	format   string
	defaults bool
	prefix   string
	manifest string
}

func (a *app) envExportCmd() *cobra.Command {
	s := &envExport{app: a}
	c := &cobra.Command{
		Use:   "export <capsule>",
		Short: "Write settings as .env, for a shell, or as JSON",
		Long: `Write the settings of a capsule that the principal's overlay holds, as a .env file, as what a shell can source, or as a
JSON object of strings. With --defaults those of the manifest are written, too, where the overlay has none. With --prefix
each name begins with it. For a shell, --defaults goes with --prefix only: the author of the manifest chose those names and
values, and PATH may be among them.

Secrets are no settings and are left out, as is what belongs to the host.

EXIT STATUS
  0  written
  1  a setting cannot be expressed in that format
  2  usage; a name that breaks a rule
  4  no such file or UUID
  6  refused: a file or directory is not safe
  7  a manifest or the overlay is not valid`,
		Example: `  astrid env export greeter --principal alice > settings.env
  eval "$(astrid env export greeter --format shell --defaults --prefix GREETER_)"`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	formats := []string{string(envfile.Env), string(envfile.Shell), string(envfile.JSON)}
	c.Flags().StringVar(&s.format, "format", string(envfile.Env), "`env`, shell or json")
	c.Flags().BoolVar(&s.defaults, "defaults", false, "the manifest's defaults, too")
	c.Flags().StringVar(&s.prefix, "prefix", "", "`text` that each name is to begin with: letters, digits and '_'")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	addManifestFlag(c, &s.manifest)
	c.RunE = func(c *cobra.Command, args []string) error {
		switch prefixed := c.Flags().Changed("prefix"); {
		case !slices.Contains(formats, s.format):
			return usagef("--format takes env, shell or json")
		case prefixed && !envfile.IsVariable(s.prefix):
			return usagef("--prefix takes letters, digits and '_', and does not begin with a digit")
		case !prefixed && s.defaults && s.format == string(envfile.Shell):
			return withHint(usagef("--defaults with --format shell lets the manifest choose which variables are set, such as PATH"),
				"--prefix puts a text before each name")
		}
		return s.run(c.Context(), args[0])
	}
	return c
}

func (s *envExport) run(ctx context.Context, capsule string) error {
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.target)
	if err != nil {
		return err
	}
	pairs, err := s.settings(ctx, t)
	if err != nil {
		return err
	}
	text, err := envfile.Format(envfile.Notation(s.format), pairs)
	if err != nil {
		return withHint(err, "--format json can express it")
	}
	if s.io.IsOutTTY() {
		text = []byte(inert.Text(string(text)))
	}
	_, err = s.io.Out.Write(text)
	return err
}

// settings returns what is written.
func (s *envExport) settings(ctx context.Context, t envTarget) ([]envfile.Pair, error) {
	o, err := overlay.Load(ctx, t.home, t.principal, t.id)
	if err != nil {
		return nil, err
	}
	entries, err := t.resolver().For(t.principal, o).All(ctx)
	if err != nil {
		return nil, err
	}
	var pairs []envfile.Pair
	for _, e := range entries {
		switch {
		case e.Value.Source == config.Overlay && e.Hidden:
			s.note("%s is left out: a secret is stored under that key", e.Key)
		case e.Value.Source == config.Overlay, e.Value.Source == config.Default && s.defaults:
			pairs = append(pairs, envfile.Pair{Key: s.prefix + e.Key, Value: e.Value.Text})
		case e.Err != nil && !errors.Is(e.Err, config.ErrReserved) && !e.Field.IsSecret():
			return nil, e.Err
		}
	}
	return pairs, nil
}
