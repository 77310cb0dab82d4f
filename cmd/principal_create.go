package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/pkg/home"
)

// principalCreate is one execution of principal create.
type principalCreate struct {
	*app
	cmd *cobra.Command
	out *reporter[principalRow]
}

func (a *app) principalCreateCmd() *cobra.Command {
	s := &principalCreate{app: a}
	c := &cobra.Command{
		Use:   "create <name>",
		Short: "Create a principal",
		Long: `Make the home of a principal. Its name is 1 to 64 letters, digits, '_' and '-'. A name that differs from another one in
letter case only is refused, because file systems that ignore case would take the two for one.

EXIT STATUS
  0  created
  2  usage; a name that breaks a rule, exists, or is too much like another
  5  another program has the lock
  6  refused: a directory is not safe
  7  the tree has another layout`,
		Example:           `  astrid principal create carol`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	s.cmd = c
	s.out = addJSON(a, c, principalFields()...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func (s *principalCreate) run(ctx context.Context, name string) error {
	p, err := home.ParsePrincipal(name)
	if err != nil {
		return err
	}
	h, err := s.openHome()
	if err != nil {
		return err
	}
	if err := h.CreatePrincipal(ctx, p); err != nil {
		return err
	}
	if s.out.wanted() {
		row, err := s.describePrincipal(ctx, h, p)
		if err != nil {
			return err
		}
		active, err := s.activePrincipal(s.cmd, h)
		row.active = err == nil && p == active
		return s.out.one(s.cmd, row)
	}
	_, err = fmt.Fprintf(s.io.Out, "created principal %s\n", p)
	return err
}
