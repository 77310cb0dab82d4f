package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

func (a *app) capabilityCmd() *cobra.Command {
	return noun("capability", "Ask what capsules may do", `Ask what capsules may do. A capability is held where the capsule's manifest grants it: the flag is true, or the list
has an entry.`,
		a.capabilityCheckCmd(), a.capabilityListCmd())
}

// capabilityRow is what is known of one capability of one capsule.
type capabilityRow struct {
	target
	name    string
	allowed bool
	grant   manifest.Grant // zero unless allowed
}

func capabilityOf(t target, name string) capabilityRow {
	grant, held := t.manifest.Capabilities.Grant(name)
	return capabilityRow{t, name, held, grant}
}

// where is the line of the manifest that grants it, as editors and grep write it.
func (r capabilityRow) where() string {
	return inert.Line(fmt.Sprintf("%s:%d: %s", r.file, r.grant.Line, r.grant.Text))
}

// The fields that both verbs report.
func capabilityFields() []field[capabilityRow] {
	return []field[capabilityRow]{
		jsonField("capsule", func(r capabilityRow) string { return r.id.String() }),
		jsonField("capability", func(r capabilityRow) string { return r.name }),
		jsonField("allowed", func(r capabilityRow) bool { return r.allowed }),
		jsonField("arguments", func(r capabilityRow) []string { return r.manifest.Capabilities.Arguments(r.name) }),
		ifHeld("file", func(r capabilityRow) string { return r.file }),
		ifHeld("line", func(r capabilityRow) int { return r.grant.Line }),
		ifHeld("text", func(r capabilityRow) string { return r.grant.Text }),
	}
}

// ifHeld makes a field that is null for a capability that is not held.
func ifHeld[V any](name string, get func(capabilityRow) V) field[capabilityRow] {
	return jsonField(name, func(r capabilityRow) *V {
		if !r.allowed {
			return nil
		}
		return new(get(r))
	})
}

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
grants it is printed.

EXIT STATUS
  0  allowed: all are held
  2  usage; a name that is no capability
  3  denied: at least one is not held
  4  no such capsule, or nothing says what it may do
  7  the manifest is not valid`,
		Example: `  astrid capability check greeter net_connect
  astrid capability check ./greeter/Capsule.toml net_connect kv
  astrid capability check greeter host_process --quiet || echo denied`,
		Args: usageArgs(cobra.MinimumNArgs(2)),
		ValidArgsFunction: a.completion(func(*cobra.Command, *home.Home, string) []string {
			return manifest.CapabilityNames()
		}, true),
	}
	s.cmd = c
	c.Flags().BoolVarP(&s.quiet, "quiet", "q", false, "print no answer; the exit status tells")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c, capabilityFields()...)
	c.MarkFlagsMutuallyExclusive("quiet", "json")
	c.MarkFlagsMutuallyExclusive("quiet", "jq")
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1:]) }
	return c
}

func (s *capabilityCheck) run(ctx context.Context, capsule string, names []string) error {
	for _, name := range names {
		if !manifest.KnownCapability(name) {
			return withHint(usagef("there is no capability %q", name), "capabilities: %s", strings.Join(manifest.CapabilityNames(), ", "))
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

// withManifest is target for a verb that has nothing to say of a capsule without a manifest.
func (a *app) withManifest(ctx context.Context, h *home.Home, arg, manifestFlag string) (target, error) {
	t, err := a.target(ctx, h, arg, manifestFlag)
	switch {
	case err != nil:
		return target{}, err
	case t.manifest == nil && isPath(arg):
		return target{}, &notFoundError{
			msg:  fmt.Sprintf("%s has no %s beside it that names it", arg, manifestName),
			hint: "pass --manifest",
		}
	case t.manifest == nil:
		return target{}, &notFoundError{
			msg:  fmt.Sprintf("capsule %s is not installed", t.id),
			hint: "name it by the path to its manifest, or pass --manifest",
		}
	}
	return t, nil
}

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
		Long: `List the capabilities that a capsule holds, or those of every installed capsule, each with the line of the manifest
that grants it.

EXIT STATUS
  0  listed, also when there is none
  1  the installed capsules cannot be listed
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
	var targets []target
	var problems []error
	if len(args) == 1 {
		t, err := s.withManifest(ctx, h, args[0], s.manifest)
		if err != nil {
			return err
		}
		targets = append(targets, t)
	} else {
		if s.manifest != "" {
			return usagef("--manifest goes with a capsule")
		}
		r, err := registry.Open(ctx, h)
		if err != nil {
			return err
		}
		for _, c := range r.All() {
			targets = append(targets, installed(h, c))
		}
		for _, p := range r.Problems() {
			problems = append(problems, p)
		}
	}
	var rows []capabilityRow
	for _, t := range targets {
		for _, name := range t.manifest.Capabilities.HeldNames() {
			rows = append(rows, capabilityOf(t, name))
		}
	}
	return errors.Join(append([]error{s.print(rows)}, problems...)...)
}

func (s *capabilityList) print(rows []capabilityRow) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{r.id.String(), r.name, r.where()}
	}
	s.table([]string{"CAPSULE", "CAPABILITY", "GRANTED BY"}, cells)
	return nil
}
