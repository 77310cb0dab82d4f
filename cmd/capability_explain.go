package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"astrid/pkg/manifest"
)

// capabilityExplain is one execution of capability explain.
type capabilityExplain struct {
	*app
	cmd *cobra.Command
	out *reporter[manifest.Explanation]
}

func (a *app) capabilityExplainCmd() *cobra.Command {
	s := &capabilityExplain{app: a}
	c := &cobra.Command{
		Use:   "explain [<name>]",
		Short: "Say what a capability gates and how its arguments match",
		Long: `Say what a capability gates, how the entries of its list are compared with what a capsule asks for, and whether
anything checks it or it is declarative only. Without a name, all of them are listed.

'astrid capability test' applies these rules to an argument.

EXIT STATUS
  0  explained
  2  usage; a name that is no capability`,
		Example: `  astrid capability explain
  astrid capability explain net_connect
  astrid capability explain --json capability,enforced`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: cobra.FixedCompletions(manifest.CapabilityNames(), cobra.ShellCompDirectiveNoFileComp),
	}
	s.cmd = c
	s.out = addJSON(a, c,
		jsonField("capability", func(e manifest.Explanation) string { return e.Name }),
		jsonField("type", capabilityType),
		jsonField("gates", func(e manifest.Explanation) string { return e.Gates }),
		jsonField("matching", func(e manifest.Explanation) string { return e.Matching }),
		jsonField("enforced", func(e manifest.Explanation) bool { return e.Enforced }),
		jsonField("example", func(e manifest.Explanation) string { return e.Example }),
	)
	c.RunE = func(_ *cobra.Command, args []string) error { return s.run(args) }
	return c
}

func capabilityType(e manifest.Explanation) string {
	if e.Flag {
		return "flag"
	}
	return "list"
}

func (s *capabilityExplain) run(args []string) error {
	if len(args) == 0 {
		return s.all()
	}
	e, err := knownCapability(args[0])
	if err != nil {
		return err
	}
	if s.out.wanted() {
		return s.out.one(s.cmd, e)
	}
	checked := "yes"
	if !e.Enforced {
		checked = "no: declarative only"
	}
	width := min(s.io.Width(), 100)
	for _, part := range [][2]string{
		{"name", e.Name}, {"type", capabilityType(e)}, {"gates", e.Gates}, {"matching", e.Matching}, {"checked", checked}, {"example", e.Example},
	} {
		label := fmt.Sprintf("%-10s", part[0])
		for _, line := range wrap(part[1], width-len(label)) {
			if _, err := fmt.Fprintf(s.io.Out, "%s%s\n", s.paintOut(headStyle, label), line); err != nil {
				return err
			}
			label = fmt.Sprintf("%*s", len(label), "")
		}
	}
	return nil
}

func (s *capabilityExplain) all() error {
	var all []manifest.Explanation
	var cells [][]string
	for _, name := range manifest.CapabilityNames() {
		e, _ := manifest.Explain(name) // every name is explained
		all = append(all, e)
		cells = append(cells, []string{name, capabilityType(e), e.Gates})
	}
	if s.out.wanted() {
		return s.out.many(s.cmd, all)
	}
	s.table([]string{"CAPABILITY", "TYPE", "GATES"}, cells)
	return nil
}
