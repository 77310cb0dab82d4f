package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/pkg/home"
)

// principalUse is one execution of principal use.
type principalUse struct {
	*app
	cmd *cobra.Command
	out *reporter[principalRow]
}

func (a *app) principalUseCmd() *cobra.Command {
	s := &principalUse{app: a}
	c := &cobra.Command{
		Use:   "use <name>",
		Short: "Make a principal the active one",
		Long: `Make a principal the active one: whom every command of this program and of the Rust runtime acts for that is not told
otherwise. It is written to run/cli-context.toml, whatever that held before. --principal and ASTRID_PRINCIPAL come
before it.

EXIT STATUS
  0  written
  2  usage; a name that breaks a rule
  4  no such principal
  6  refused: a file or directory is not safe
  7  the tree has another layout`,
		Example: `  astrid principal use alice
  astrid principal use default`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completePrincipal,
	}
	s.cmd = c
	s.out = addJSON(a, c, principalFields()...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func (s *principalUse) run(ctx context.Context, name string) error {
	p, err := home.ParsePrincipal(name)
	if err != nil {
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
	if err := h.SetActivePrincipal(ctx, p); err != nil {
		return err
	}
	row.active = true
	if other, ok := s.lookup("ASTRID_PRINCIPAL"); ok && other != p.String() {
		s.note("ASTRID_PRINCIPAL is set, and comes first in this environment")
		row.active = false
	}
	if s.out.wanted() {
		return s.out.one(s.cmd, row)
	}
	_, err = fmt.Fprintf(s.io.Out, "principal %s is the active one\n", p)
	return err
}
