package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/audit"
	"astrid/pkg/component/core"
	"astrid/pkg/component/inspect"
	"astrid/pkg/manifest"
)

// audited is one declaration of a capsule that was audited.
type audited struct {
	target
	audit.Finding
}

// capabilityAudit is one execution of capability audit.
type capabilityAudit struct {
	*app
	cmd *cobra.Command
	out *reporter[audited]

	manifest string
}

func (a *app) capabilityAuditCmd() *cobra.Command {
	s := &capabilityAudit{app: a}
	c := &cobra.Command{
		Use:   "audit <capsule|path|uuid>",
		Short: "Compare what a capsule's code imports with what its manifest declares",
		Long: `Compare what a capsule's wasm imports with what its manifest declares: the capabilities, and the topics of [publish]
and [subscribe], without which the runtime refuses some of its host functions. Each declaration has a state:

  used       declared, and something that is imported needs it
  missing    not declared, and something that is imported is refused without it
  unused     declared, and nothing that is imported has a use for it
  unchecked  declared, and imports cannot tell: other capsules ask for it

The capsule is an installed one, a wasm file with its manifest, a .capsule archive, or a manifest or directory with the
wasm that it names.
Nothing runs. What is imported may never be called, so that more may be missing than is needed; for which hosts, paths
or commands it would be called, imports do not tell: see 'astrid capability test'.

EXIT STATUS
  0  everything that is needed is declared, whatever else is
  2  usage
  3  something is needed and not declared
  4  no such capsule or file, or nothing says what it may do
  6  refused: a file or directory is not safe
  7  the wasm or the manifest is not valid, or the wasm is not what was installed`,
		Example: `  astrid capability audit greeter
  astrid capability audit greeter.wasm --manifest ./greeter/Capsule.toml
  astrid capability audit ./greeter --json name,state,reason`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("capsule", func(r audited) string { return r.id.String() }),
		jsonField("name", func(r audited) string { return r.Name }),
		jsonField("state", func(r audited) string { return string(r.State) }),
		jsonField("uses", func(r audited) []string { return r.Uses }),
		jsonField("reason", func(r audited) string { return r.Reason }),
		jsonField("file", func(r audited) string { return r.file }),
		jsonFieldIf("line", audited.granted, func(r audited) int { return r.Grant.Line }),
		jsonFieldIf("text", audited.granted, func(r audited) string { return r.Grant.Text }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

// granted reports whether a line of the manifest declares a capability.
func (r audited) granted() bool { return r.Grant != (manifest.Grant{}) }

func (s *capabilityAudit) run(ctx context.Context, arg string) error {
	h, err := s.openHome()
	if err != nil {
		return err
	}
	c, err := s.code(ctx, h, arg, s.manifest)
	switch {
	case err != nil:
		return err
	case c.problem != nil:
		return c.problem
	case c.manifest == nil:
		return noManifest(arg)
	}
	report, err := inspect.File(c.wasm, core.Limits{})
	if err != nil {
		return aboutFile(c.name, err)
	}
	findings := audit.Compare(c.manifest, report.Imports)
	rows := make([]audited, len(findings))
	for i, f := range findings {
		rows[i] = audited{c.target, f}
	}
	if err := s.print(rows); err != nil {
		return err
	}
	return missing(rows)
}

func (s *capabilityAudit) print(rows []audited) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	if len(rows) == 0 {
		s.note("nothing is declared, and nothing that is imported needs to be")
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{r.Name, s.paintState(r.State), inert.Line(r.why())}
	}
	s.table([]string{"NAME", "STATE", "WHY"}, cells)
	return nil
}

// why is what a line says of a declaration: the imports that use it, or why there is more to say.
func (r audited) why() string {
	why := r.Reason
	if r.State == audit.Used {
		why = strings.Join(r.Uses, ", ")
	}
	if r.Grant != (manifest.Grant{}) {
		return fmt.Sprintf("%s:%d: %s (%s)", r.file, r.Grant.Line, r.Grant.Text, why)
	}
	return why
}

func (a *app) paintState(s audit.State) string {
	switch s {
	case audit.Used:
		return a.paintOut(goodStyle, string(s))
	case audit.Missing:
		return a.paintOut(badStyle, string(s))
	}
	return a.paintOut(dimStyle, string(s))
}

// missing is the error for what is needed and not declared, nil for none.
func missing(rows []audited) error {
	var names, examples []string
	var of target
	for _, r := range rows {
		if r.State != audit.Missing {
			continue
		}
		of = r.target
		names = append(names, r.Name)
		if example := manifest.ExampleGrant(r.Name); example != "" {
			examples = append(examples, "[capabilities] "+example)
		} else {
			examples = append(examples, "["+r.Name+`] "some.topic" = "opaque"`)
		}
	}
	if names == nil {
		return nil
	}
	return &deniedError{
		msg:  fmt.Sprintf("capsule %s imports what is refused without %s", of.id, strings.Join(names, ", ")),
		hint: fmt.Sprintf("declare in %s what it shall have, such as %s", of.file, strings.Join(examples, "; ")),
	}
}
