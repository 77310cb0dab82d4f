package cmd

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/registry"
)

// capsuleRow is one installed capsule, or what is installed instead of one.
type capsuleRow struct {
	registry.Capsule // without a Manifest if the state is StateInvalid
	registry.Content // of its code
	state            registry.State
	problem          error
}

func (r capsuleRow) version() string {
	if r.Manifest == nil {
		return ""
	}
	return r.Manifest.Package.Version
}

func (r capsuleRow) capabilities() []string {
	if r.Manifest == nil {
		return nil
	}
	return r.Manifest.Capabilities.HeldNames()
}

// rowOf looks at the code of a capsule.
func rowOf(ctx context.Context, h *home.Home, c registry.Capsule) (capsuleRow, error) {
	content, _, err := registry.CheckWasm(ctx, h, c)
	return capsuleRow{c, content, content.State(), content.Err}, err
}

// owner is whose the installed capsules are.
func owner() string { return home.DefaultPrincipal().String() }

// capsuleList is one execution of capsule list.
type capsuleList struct {
	*app
	cmd *cobra.Command
	out *reporter[capsuleRow]
}

func (a *app) capsuleListCmd() *cobra.Command {
	s := &capsuleList{app: a}
	c := &cobra.Command{
		Use:   "list",
		Short: "List the installed capsules",
		Long: `List the installed capsules: id, version, principal that owns it, size and BLAKE3 of its code, capabilities, and state.
The code is hashed for it. The states are

  ok                what was installed
  modified          the code is not what was installed, and does not run
  missing wasm      the code is gone, or nothing says which it is
  invalid manifest  nothing says what the capsule is; stderr says why
  unreadable        the code is there and cannot be read safely

EXIT STATUS
  0  listed, whatever their states are
  2  usage
  6  refused: a file or directory is not safe`,
		Example: `  astrid capsule list
  astrid capsule list --json name,version,state --jq '.[] | select(.state != "ok")'`,
		Args:              usageArgs(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	s.cmd = c
	s.out = addJSON(a, c,
		jsonField("name", func(r capsuleRow) string { return r.ID.String() }),
		jsonField("version", func(r capsuleRow) *string { return orNil(r.version()) }),
		jsonField("principal", func(capsuleRow) string { return owner() }),
		jsonField("size", func(r capsuleRow) int64 { return r.Size }),
		jsonField("wasm_hash", func(r capsuleRow) *string { return orNil(r.Hash) }),
		jsonField("uuid", func(r capsuleRow) *string { return uuidOrNil(r.UUID) }),
		jsonField("capabilities", func(r capsuleRow) []string { return r.capabilities() }),
		jsonField("state", func(r capsuleRow) string { return string(r.state) }),
		jsonField("problem", func(r capsuleRow) *string { return problemText(r.problem) }),
		jsonField("path", func(r capsuleRow) string { return r.Dir.Path() }),
	)
	c.RunE = func(c *cobra.Command, _ []string) error { return s.run(c.Context()) }
	return c
}

func problemText(err error) *string {
	if err == nil {
		return nil
	}
	return orNil(err.Error())
}

func (s *capsuleList) run(ctx context.Context) error {
	h, err := s.openHome()
	if err != nil {
		return err
	}
	rows, err := s.rows(ctx, h)
	if err != nil {
		return err
	}
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{
			r.ID.String(), r.version(), owner(), strconv.FormatInt(r.Size, 10), r.Hash,
			strings.Join(r.capabilities(), ","), string(r.state),
		}
	}
	s.table([]string{"CAPSULE", "VERSION", "PRINCIPAL", "SIZE", "BLAKE3", "CAPABILITIES", "STATE"}, cells)
	return nil
}

func (s *capsuleList) rows(ctx context.Context, h *home.Home) ([]capsuleRow, error) {
	r, err := registry.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	var rows []capsuleRow
	for _, c := range r.All() {
		row, err := rowOf(ctx, h, c)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	for _, p := range r.Problems() {
		s.note("%s", p.Error())
		id, err := home.ParseCapsuleID(p.Name)
		if _, listed := r.ByID(id); err != nil || listed {
			continue // no capsule, or one whose state says it
		}
		rows = append(rows, capsuleRow{
			Capsule: registry.Capsule{ID: id, Dir: h.CapsuleDir(id)}, state: registry.StateInvalid, problem: p.Err,
		})
	}
	slices.SortFunc(rows, func(a, b capsuleRow) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return rows, nil
}

// installedCapsule returns the installed capsule that an argument names, by its id or UUID.
func (a *app) installedCapsule(ctx context.Context, h *home.Home, arg string) (registry.Capsule, error) {
	if isPath(arg) {
		return registry.Capsule{}, usagef("an installed capsule is named by its id or UUID, not by the path %s", inert.Line(arg))
	}
	t, err := a.name(ctx, h, arg, "")
	if err != nil {
		return registry.Capsule{}, err
	}
	return find(ctx, h, t.id)
}

func (a *app) completeInstalled(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if h, err := a.openHome(); err == nil {
		ids, _ := h.Capsules()
		for _, id := range ids {
			names = append(names, id.String())
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// firstInstalled is completeInstalled for a verb that takes one capsule.
func (a *app) firstInstalled(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeInstalled(c, args, toComplete)
}
