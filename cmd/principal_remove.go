package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/pkg/home"
)

// principalRemove is one execution of principal remove.
type principalRemove struct {
	*app
	cmd *cobra.Command
	out *reporter[principalRow]

	yes bool
}

func (a *app) principalRemoveCmd() *cobra.Command {
	s := &principalRemove{app: a}
	c := &cobra.Command{
		Use:   "remove <name>",
		Short: "Remove a principal with all that it has",
		Long: `Remove a principal with its home, its secrets, its settings and its profile. If it is the active one, the default one is
active afterwards. The default principal cannot be removed: capsules are installed in its home.

On a terminal you are asked first and told what would go; elsewhere --yes is needed. A removal that is interrupted is
finished by the next command that creates or removes a principal, or by 'astrid doctor --fix'; what is stored for a
principal of that name in the meantime stays.

EXIT STATUS
  0  removed
  1  not confirmed
  2  usage; --yes is missing; a name that breaks a rule; the default principal
  4  no such principal
  5  another program has the lock
  6  refused: a directory is not safe
  7  the tree has another layout`,
		Example:           `  astrid principal remove alice --yes`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completePrincipal,
	}
	s.cmd = c
	c.Flags().BoolVar(&s.yes, "yes", false, "do not ask")
	s.out = addJSON(a, c, principalFields()...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func (s *principalRemove) run(ctx context.Context, name string) error {
	p, err := home.ParsePrincipal(name)
	if err != nil {
		return err
	}
	if err := home.CheckRemovable(p); err != nil {
		return err
	}
	h, err := s.openHome()
	if err != nil {
		return err
	}
	row, err := s.describePrincipal(ctx, h, p)
	if err != nil {
		return err
	}
	active, err := s.activePrincipal(s.cmd, h)
	row.active = err == nil && p == active
	what := fmt.Sprintf("principal %s with %s", p, row.has())
	if err := s.confirm(s.yes, "remove", "removed", what); err != nil {
		return err
	}
	if err := h.RemovePrincipal(ctx, p); err != nil {
		return err
	}
	if s.out.wanted() {
		return s.out.one(s.cmd, row)
	}
	_, err = fmt.Fprintf(s.io.Out, "removed %s\n", what)
	return err
}
