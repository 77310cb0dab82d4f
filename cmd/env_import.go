package cmd

import (
	"context"

	"github.com/spf13/cobra"
)

// envImport is one execution of env import.
type envImport struct {
	envChanger

	force    bool
	manifest string
}

func (a *app) envImportCmd() *cobra.Command {
	s := &envImport{envChanger: envChanger{app: a}}
	c := &cobra.Command{
		Use:   "import <capsule> [<file>]",
		Short: "Set settings from a .env file or a JSON object",
		Long: `Set settings of a capsule in the principal's overlay from a .env file or a JSON object, read from a file or from stdin:
all of them or none. Settings that are not in the file stay.

The file is what 'astrid env export' writes, or one by the rules of 'astrid secret import'. Values are checked as 'astrid
env set' does; in a JSON object they may be of any type but null. Secrets are refused. An error names the line, and nothing of
what is in it but a key.

EXIT STATUS
  0  set, or with --dry-run they would be
  2  usage; a name that breaks a rule
  4  no such file or UUID
  5  another program has the lock
  6  refused: a file or directory is not safe
  7  the file, a key or value in it, a manifest or the overlay is not valid`,
		Example: `  astrid env import greeter settings.env --principal bob
  astrid env export greeter --principal alice | astrid env import greeter --principal bob`,
		Args:              usageArgs(cobra.RangeArgs(1, 2)),
		Annotations:       map[string]string{privateArgs: ""},
		ValidArgsFunction: a.fileCompletion(),
	}
	s.addFlags(c)
	c.Flags().BoolVar(&s.force, "force", false, "set keys that the manifest does not declare, too")
	addManifestFlag(c, &s.manifest)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *envImport) run(ctx context.Context, args []string) error {
	t, err := s.envTarget(s.cmd, args[0], s.manifest, s.target)
	if err != nil {
		return err
	}
	src := sourceArg(args)
	pairs, err := s.pairs(src)
	if err != nil {
		return err
	}
	settings, err := t.acceptAll(ctx, src, pairs, s.force)
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
