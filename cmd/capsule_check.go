package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/lint"
)

// capsuleCheck is one execution of capsule check.
type capsuleCheck struct {
	*app
	cmd *cobra.Command
	out *reporter[lint.Finding]
}

func (a *app) capsuleCheckCmd() *cobra.Command {
	s := &capsuleCheck{app: a}
	c := &cobra.Command{
		Use:   "check [<dir|Capsule.toml>]",
		Short: "Examine the sources of a capsule",
		Long: `Examine a capsule's directory before it is packed or installed: its Capsule.toml, and the wasm that it names. The
directory is the current one if none is given. Nothing runs, and nothing outside of the directory is read.

An error is what keeps the capsule from being installed, from running, or from what it needs; a warning is what has no
effect, or not the one that was meant. Each finding is a line with its place in the manifest, and the rule:

  manifest     the document breaks a rule of Capsule.toml: types, versions, names, topics
  unknown-key  nothing reads a key; the nearest that is read is named
  no-effect    a declaration does nothing
  package      the package is not described
  env          a setting without description, with an unknown type, or with a default that it cannot have
  topic        a key of publish or subscribe that is too long or matches nothing
  file         a file that is named is not there
  code         the wasm is not valid, or lacks what the manifest needs
  imports      the wasm imports what is not provided
  capability   what 'astrid capability audit' finds missing or unused

EXIT STATUS
  0  no errors, whatever warnings there are
  2  usage
  4  there is no such directory, or no manifest in it
  7  errors`,
		Example: `  astrid capsule check ./greeter
  astrid capsule check ./greeter/Capsule.toml --json severity,line,message
  (cd greeter && astrid capsule check)`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	s.cmd = c
	s.out = addJSON(a, c,
		jsonField("severity", func(f lint.Finding) string { return f.Severity.String() }),
		jsonField("rule", func(f lint.Finding) string { return string(f.Rule) }),
		jsonField("file", func(f lint.Finding) string { return f.File }),
		jsonFieldIf("line", hasLine, func(f lint.Finding) int { return f.Line }),
		jsonFieldIf("column", hasLine, func(f lint.Finding) int { return f.Column }),
		jsonField("message", func(f lint.Finding) string { return f.Message }),
		jsonField("nearest", func(f lint.Finding) *string {
			if f.Nearest == "" {
				return nil
			}
			return &f.Nearest
		}),
	)
	c.RunE = func(_ *cobra.Command, args []string) error {
		path := "."
		if len(args) > 0 {
			path = args[0]
		}
		return s.run(path)
	}
	return c
}

// hasLine reports whether a finding is about a line, and not about a file as a whole.
func hasLine(r lint.Finding) bool { return r.Line > 0 }

func (s *capsuleCheck) run(path string) error {
	findings, err := lint.Path(path)
	if err != nil {
		return err
	}
	if err := s.print(findings); err != nil {
		return err
	}
	if err := lint.Judge(findings); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (s *capsuleCheck) print(findings []lint.Finding) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, findings)
	}
	if len(findings) == 0 && s.io.IsOutTTY() {
		s.note("there is nothing to say against it")
	}
	for _, f := range findings {
		text, word := inert.Line(f.String()), f.Severity.String()
		look := dimStyle
		if f.Severity == lint.Wrong {
			look = badStyle
		}
		before, after, _ := strings.Cut(text, ": "+word+": ")
		if _, err := fmt.Fprintf(s.io.Out, "%s: %s: %s\n", before, s.paintOut(look, word), after); err != nil {
			return err
		}
	}
	return nil
}
