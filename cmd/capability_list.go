package cmd

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"astrid/pkg/manifest"
)

// capabilityList is one execution of capability list.
type capabilityList struct {
	*app
	cmd *cobra.Command
	out *reporter[capabilityRow]

	manifest string
}

func (a *app) capabilityListCmd() *cobra.Command {
	s := &capabilityList{app: a}
	c := &cobra.Command{
		Use:   "list [<capsule|path|uuid>]",
		Short: "List the capabilities that capsules hold",
		Long: `List the capabilities that a capsule holds, each with its arguments as the line of the manifest that grants it.

Without a capsule, a matrix shows every installed one: yes for a flag that is held, the number of entries for a list, -
for what is not held. Piped, it has a column for the capsule and one for each of the eleven capabilities, in the order
of their names: ` + strings.Join(manifest.CapabilityNames(), ", ") + `. On a terminal the columns that nobody holds are left out.

EXIT STATUS
  0  listed, also when there is none
  2  usage; a name that breaks a rule
  4  no such capsule, or nothing says what it may do
  6  refused: a file or directory is not safe
  7  a manifest is not valid; the rest is listed`,
		Example: `  astrid capability list
  astrid capability list greeter --json capability,arguments`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c, capabilityFields()...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *capabilityList) run(ctx context.Context, args []string) error {
	h, err := s.openHome()
	if err != nil {
		return err
	}
	targets, problems, err := s.oneOrAll(ctx, h, args, s.manifest)
	if err != nil {
		return err
	}
	return errors.Join(append([]error{s.print(targets, len(args) == 0)}, problems...)...)
}

func (s *capabilityList) print(targets []target, all bool) error {
	var rows []capabilityRow
	for _, t := range targets {
		for _, name := range t.manifest.Capabilities.HeldNames() {
			rows = append(rows, capabilityOf(t, name))
		}
	}
	switch {
	case s.out.wanted():
		return s.out.many(s.cmd, rows)
	case all:
		s.matrix(targets, rows)
		return nil
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{r.id.String(), r.name, r.where()}
	}
	s.table([]string{"CAPSULE", "CAPABILITY", "GRANTED BY"}, cells)
	return nil
}

// matrix shows capsules against capabilities.
func (s *capabilityList) matrix(targets []target, held []capabilityRow) {
	names := manifest.CapabilityNames()
	if s.io.IsOutTTY() {
		if len(targets) == 0 {
			s.note("no capsule is installed")
			return
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			return !slices.ContainsFunc(held, func(r capabilityRow) bool { return r.name == name })
		})
	}
	header := []string{"CAPSULE"}
	for _, name := range names {
		header = append(header, strings.ToUpper(name))
	}
	cells := make([][]string, len(targets))
	for i, t := range targets {
		cells[i] = []string{t.id.String()}
		for _, name := range names {
			cell := "-"
			if n := len(t.manifest.Capabilities.Arguments(name)); n > 0 {
				cell = strconv.Itoa(n)
			} else if t.manifest.Capabilities.Has(name) {
				cell = "yes"
			}
			cells[i] = append(cells[i], cell)
		}
	}
	s.table(header, cells)
}
