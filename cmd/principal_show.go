package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
)

// principalDetails is what principal show reports.
type principalDetails struct {
	principalRow
	capsules []string // with secrets or settings of the principal
}

// principalShow is one execution of principal show.
type principalShow struct {
	*app
	cmd *cobra.Command
	out *reporter[principalDetails]
}

func (a *app) principalShowCmd() *cobra.Command {
	s := &principalShow{app: a}
	c := &cobra.Command{
		Use:   "show [<name>]",
		Short: "Show what a principal has",
		Long: `Show what a principal has in the tree: of the active one, unless another is named.

EXIT STATUS
  0  shown
  2  usage; a name that breaks a rule
  4  no such principal
  6  refused: a file or directory is not safe
  7  run/cli-context.toml is not valid`,
		Example: `  astrid principal show
  astrid principal show alice --json home,secrets,capsules`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completePrincipal,
	}
	s.cmd = c
	fields := []field[principalDetails]{
		jsonField("capsules", func(r principalDetails) []string { return r.capsules }),
	}
	for _, f := range principalFields() {
		fields = append(fields, field[principalDetails]{f.name, f.typ, func(r principalDetails) any { return f.get(r.principalRow) }})
	}
	s.out = addJSON(a, c, fields...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *principalShow) run(ctx context.Context, args []string) error {
	h, active, err := s.acting(s.cmd)
	if err != nil {
		return err
	}
	p := active
	if len(args) == 1 {
		if p, err = home.ParsePrincipal(args[0]); err != nil {
			return err
		}
	}
	row, err := s.describePrincipal(ctx, h, p)
	if err != nil {
		return err
	}
	row.active = p == active
	capsules, err := h.SecretCapsules(home.PrincipalScope(p))
	if err != nil {
		return err
	}
	overlays, err := h.Overlays(p)
	if err != nil {
		return err
	}
	names := []string{}
	for _, id := range append(capsules, overlays...) {
		names = append(names, id.String())
	}
	slices.Sort(names)
	return s.print(principalDetails{row, slices.Compact(names)})
}

func (s *principalShow) print(r principalDetails) error {
	if s.out.wanted() {
		return s.out.one(s.cmd, r)
	}
	place, capsules := "none", "none"
	if r.Home {
		place = fmt.Sprintf("%s (%s, %s)", r.place.PrincipalDir(r.Principal).Path(), plural(r.Files, "file"), plural(int(r.Bytes), "byte"))
	}
	if len(r.capsules) > 0 {
		capsules = strings.Join(r.capsules, ", ")
	}
	profile := "none"
	if r.Profile {
		profile = r.place.ProfileFile(r.Principal).Path()
	}
	for _, line := range [][2]string{
		{"principal", r.Principal.String()},
		{"active", yesOrDash(r.active)},
		{"home", place},
		{"profile", profile},
		{"secrets", fmt.Sprint(r.Secrets)},
		{"settings", plural(r.Overlays, "file")},
		{"capsules", capsules},
	} {
		if _, err := fmt.Fprintf(s.io.Out, "%s%s\n", s.paintOut(headStyle, fmt.Sprintf("%-11s", line[0])), inert.Line(line[1])); err != nil {
			return err
		}
	}
	if r.Removing {
		s.note("the removal of principal %s was not finished: 'astrid doctor --fix' finishes it", r.Principal)
	}
	return nil
}
