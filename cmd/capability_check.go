package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"astrid/pkg/manifest"
)

// capabilityCheck is one execution of capability check.
type capabilityCheck struct {
	*app
	cmd *cobra.Command
	out *reporter[capabilityRow]

	quiet    bool
	manifest string
}

func (a *app) capabilityCheckCmd() *cobra.Command {
	s := &capabilityCheck{app: a}
	c := &cobra.Command{
		Use:   "check <capsule|path|uuid> <name>...",
		Short: "Ask whether a capsule holds capabilities",
		Long: `Ask whether a capsule holds capabilities: all that are named. For each that it holds, the line of the manifest that
grants it is printed; for the others, stderr says which line would.

EXIT STATUS
  0  allowed: all are held
  2  usage; a name that is no capability
  3  denied: at least one is not held
  4  no such capsule, or nothing says what it may do
  6  refused: a file or directory is not safe
  7  the manifest is not valid`,
		Example: `  astrid capability check greeter net_connect
  astrid capability check ./greeter/Capsule.toml net_connect kv
  astrid capability check greeter host_process --quiet || echo denied`,
		Args:              usageArgs(cobra.MinimumNArgs(2)),
		ValidArgsFunction: a.completion(capabilityNames, true),
	}
	s.cmd = c
	c.Flags().BoolVarP(&s.quiet, "quiet", "q", false, "print no answer; the exit status tells")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c, append(capabilityFields(), jsonField("would", func(r capabilityRow) *string {
		if r.allowed {
			return nil
		}
		return new(manifest.ExampleGrant(r.name))
	}))...)
	c.MarkFlagsMutuallyExclusive("quiet", "json")
	c.MarkFlagsMutuallyExclusive("quiet", "jq")
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1:]) }
	return c
}

func (s *capabilityCheck) run(ctx context.Context, capsule string, names []string) error {
	for _, name := range names {
		if _, err := knownCapability(name); err != nil {
			return err
		}
	}
	h, err := s.openHome()
	if err != nil {
		return err
	}
	t, err := s.withManifest(ctx, h, capsule, s.manifest)
	if err != nil {
		return err
	}
	rows := make([]capabilityRow, len(names))
	var missing, examples []string
	for i, name := range names {
		rows[i] = capabilityOf(t, name)
		if !rows[i].allowed {
			missing = append(missing, name)
			examples = append(examples, manifest.ExampleGrant(name))
		}
	}
	var denied error
	if len(missing) > 0 {
		denied = &deniedError{
			msg:  fmt.Sprintf("capsule %s does not hold %s", t.id, strings.Join(missing, ", ")),
			hint: fmt.Sprintf("a line like this in [capabilities] of %s would grant it: %s", t.file, strings.Join(examples, "; ")),
		}
	}
	switch {
	case s.quiet && denied != nil:
		return &silentError{denied}
	case s.quiet:
		return nil
	}
	return errors.Join(s.print(rows), denied)
}

func (s *capabilityCheck) print(rows []capabilityRow) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	for _, r := range rows {
		if !r.allowed {
			continue
		}
		if _, err := fmt.Fprintln(s.io.Out, s.paintOut(goodStyle, r.where())); err != nil {
			return err
		}
	}
	return nil
}
