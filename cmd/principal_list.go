package cmd

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"astrid/pkg/home"
)

// principalList is one execution of principal list.
type principalList struct {
	*app
	cmd *cobra.Command
	out *reporter[principalRow]
}

func (a *app) principalListCmd() *cobra.Command {
	s := &principalList{app: a}
	c := &cobra.Command{
		Use:   "list",
		Short: "List principals",
		Long: `List the principals that have a home, secrets or a profile, and the default one.

The columns are principal, whether it is active, whether it has a home, and the numbers of its own secrets and of its
settings files.

EXIT STATUS
  0  listed
  2  usage; the active principal is named wrongly
  6  refused: a file or directory is not safe
  7  run/cli-context.toml is not valid`,
		Example: `  astrid principal list
  astrid principal list --json principal,active,secrets`,
		Args:              usageArgs(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	s.cmd = c
	s.out = addJSON(a, c, principalFields()...)
	c.RunE = func(c *cobra.Command, _ []string) error { return s.run(c.Context()) }
	return c
}

func (s *principalList) run(ctx context.Context) error {
	h, active, err := s.acting(s.cmd)
	if err != nil {
		return err
	}
	known, err := h.KnownPrincipals()
	if err != nil {
		return err
	}
	look := h.Belongings
	if s.out.wanted() && (s.out.shows("files") || s.out.shows("bytes")) {
		look = func(p home.Principal) (home.Belongings, error) { return h.Measure(ctx, p) }
	}
	rows := make([]principalRow, len(known))
	for i, p := range known {
		b, err := look(p)
		if err != nil {
			return err
		}
		rows[i] = principalRow{p, b, h, p == active}
	}
	return s.print(rows)
}

func (s *principalList) print(rows []principalRow) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{
			r.Principal.String(), yesOrDash(r.active), yesOrDash(r.Home), strconv.Itoa(r.Secrets), strconv.Itoa(r.Overlays),
		}
	}
	s.table([]string{"PRINCIPAL", "ACTIVE", "HOME", "SECRETS", "SETTINGS"}, cells)
	return nil
}

// yesOrDash is a flag in a table.
func yesOrDash(b bool) string {
	if b {
		return "yes"
	}
	return "-"
}
