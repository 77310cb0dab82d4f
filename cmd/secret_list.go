package cmd

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// secretList is one execution of secret list.
type secretList struct {
	*app
	cmd *cobra.Command
	out *reporter[store.Entry]

	all      bool
	manifest string
}

func (a *app) secretListCmd() *cobra.Command {
	s := &secretList{app: a}
	c := &cobra.Command{
		Use:   "list [<capsule>]",
		Short: "List secrets, never their values",
		Long: `List the secrets that the principal has and those of the host, of one capsule or of all.

The columns are capsule, key, scope, principal, size in bytes, digest, time of the last change, and state. Two secrets
have the same digest if they have the same value; it depends on a key of this home, which is made at first use, and
tells nothing else. The states are:
  secure     usable, and only you can read it
  weak       refused, because others can reach it: the mode, the owner or a link
  orphaned   the capsule is known and declares no such secret
  shadowed   the host's, while a principal that is listed has its own
  empty      reads as unset; the principal's hides the host's
  too large  refused: larger than a secret may be
  invalid    refused: not text, or not readable

EXIT STATUS
  0  listed, also when there is none
  2  usage; a name that breaks a rule
  4  no such file or UUID
  5  another program has the lock
  6  refused: a directory, or the key of the digests, is not safe
  7  a manifest, or the key of the digests, is not valid`,
		Example: `  astrid secret list
  astrid secret list greeter --principal alice
  astrid secret list --all --json capsule,key,principal,state`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	c.Flags().BoolVar(&s.all, "all", false, "list the secrets of every principal")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c, secretFields()...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *secretList) run(ctx context.Context, args []string) error {
	if err := checkManifestFlag(s.manifest, args); err != nil {
		return err
	}
	h, p, err := s.acting(s.cmd)
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
	filter.Wanted = func(id home.CapsuleID, key home.Key) bool {
		return known[id].reads(key)
	}
	filter.Digests = s.out.shows("digest")
	entries, err := store.New(h).List(ctx, filter)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, store.Entry.Compare)
	return s.print(entries)
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
		known[c.ID] = installed(c)
	}
	return nil
}

func (s *secretList) print(rows []store.Entry) error {
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
			r.Capsule.String(), inert.Line(r.Key.String()), r.Scope.String(), principalName(r.Scope),
			strconv.FormatInt(r.Size, 10), string(r.Digest), modified(r), string(r.State),
		}
	}
	s.table([]string{"CAPSULE", "KEY", "SCOPE", "PRINCIPAL", "SIZE", "DIGEST", "MODIFIED", "STATE"}, cells)
	return nil
}
