package cmd

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// The states of a secret that a list shows, beside those of the store for one that is empty or too large.
const (
	stateSecure   = "secure"
	stateWeak     = "weak"     // refused for who can reach it
	stateOrphaned = "orphaned" // the capsule is known and declares no such secret
	stateShadowed = "shadowed" // the host's, where the principal has its own
)

// secretRow is one secret as a list shows it.
type secretRow struct {
	store.Entry
	state string
}

func (r secretRow) principal() string {
	p, _ := r.Scope.Principal()
	return p.String()
}

// secretList is one execution of secret list.
type secretList struct {
	*app
	cmd *cobra.Command
	out *reporter[secretRow]

	all      bool
	manifest string
}

func (a *app) secretListCmd() *cobra.Command {
	s := &secretList{app: a}
	c := &cobra.Command{
		Use:   "list [<capsule>]",
		Short: "List secrets, never their values",
		Long: `List the secrets that the principal has and those of the host, of one capsule or of all.

The columns are capsule, key, scope, principal, size in bytes, time of the last change, and state:
  secure    usable, and only you can read it
  weak      refused, because others can reach it: the mode, the owner or a link
  orphaned  the capsule is known and declares no such secret
  shadowed  the host's, while the principal has its own
  empty     reads as unset; the principal's hides the host's
  too large refused

EXIT STATUS
  0  listed, also when there is none
  2  usage; a name that breaks a rule
  4  no such file or UUID
  6  refused: a directory is not safe
  7  a manifest is not valid`,
		Example: `  astrid secret list
  astrid secret list greeter --principal alice
  astrid secret list --all --json capsule,key,principal,state`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	c.Flags().BoolVar(&s.all, "all", false, "list the secrets of every principal")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("capsule", func(r secretRow) string { return r.Capsule.String() }),
		jsonField("key", func(r secretRow) string { return r.Key.String() }),
		jsonField("scope", func(r secretRow) string { return r.Scope.String() }),
		jsonField("principal", func(r secretRow) *string { return principalOf(r.Scope) }),
		jsonField("size", func(r secretRow) int64 { return r.Size }),
		jsonField("modified", func(r secretRow) string { return r.ModTime.UTC().Format(time.RFC3339) }),
		jsonField("state", func(r secretRow) string { return r.state }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *secretList) run(ctx context.Context, args []string) error {
	if s.manifest != "" && len(args) == 0 {
		return usagef("--manifest goes with a capsule")
	}
	h, err := s.openHome()
	if err != nil {
		return err
	}
	p, err := s.activePrincipal(s.cmd, h)
	if err != nil {
		return err
	}
	filter := store.Filter{Scopes: []home.Scope{home.PrincipalScope(p), home.HostScope()}}
	if s.all {
		filter.Scopes = nil
	}
	known := map[home.CapsuleID]target{}
	if len(args) == 1 {
		t, err := s.target(ctx, h, args[0], s.manifest)
		if err != nil {
			return err
		}
		filter.Capsule = t.id
		known[t.id] = t
	} else if err := s.installed(ctx, h, known); err != nil {
		return err
	}
	entries, err := store.New(h).List(ctx, filter)
	if err != nil {
		return err
	}
	return s.print(judge(entries, p, known))
}

// installed adds the installed capsules to known. A list is right without them, so what cannot be read is only a
// gap in what is known.
func (s *secretList) installed(ctx context.Context, h *home.Home, known map[home.CapsuleID]target) error {
	r, err := registry.Open(ctx, h)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.note("%v; orphaned secrets are not told apart", err)
		return nil
	}
	for _, c := range r.All() {
		known[c.ID] = installed(h, c)
	}
	return nil
}

// judge gives each secret its state as principal p sees it, and sorts them by capsule, key and principal, the host's
// last.
func judge(entries []store.Entry, p home.Principal, known map[home.CapsuleID]target) []secretRow {
	type slot struct {
		capsule home.CapsuleID
		key     home.Key
	}
	own := map[slot]bool{}
	for _, e := range entries {
		if e.Scope == home.PrincipalScope(p) {
			own[slot{e.Capsule, e.Key}] = true
		}
	}
	rows := make([]secretRow, len(entries))
	for i, e := range entries {
		field, _, declares := known[e.Capsule].declares(e.Key.String())
		state := stateSecure
		switch {
		case e.State == store.StateUnsafe:
			state = stateWeak
		case e.State != store.StateUsable:
			state = string(e.State)
		case declares && !field.IsSecret():
			state = stateOrphaned
		case e.Scope.IsHost() && own[slot{e.Capsule, e.Key}]:
			state = stateShadowed
		}
		rows[i] = secretRow{e, state}
	}
	slices.SortStableFunc(rows, func(a, b secretRow) int {
		return cmp.Or(
			cmp.Compare(a.Capsule.String(), b.Capsule.String()),
			cmp.Compare(a.Key.String(), b.Key.String()),
			cmp.Compare(b.Scope.String(), a.Scope.String()), // principal before host
			cmp.Compare(a.principal(), b.principal()),
		)
	})
	return rows
}

func (s *secretList) print(rows []secretRow) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	if len(rows) == 0 && s.io.IsOutTTY() {
		s.note("there are no secrets")
		return nil
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{
			r.Capsule.String(), inert.Line(r.Key.String()), r.Scope.String(), r.principal(),
			strconv.FormatInt(r.Size, 10), r.ModTime.UTC().Format(time.RFC3339), r.state,
		}
	}
	s.table([]string{"CAPSULE", "KEY", "SCOPE", "PRINCIPAL", "SIZE", "MODIFIED", "STATE"}, cells)
	return nil
}
