package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/migrate"
)

// secretMigrate is one execution of secret migrate.
type secretMigrate struct {
	*app
	cmd *cobra.Command
	out *reporter[secretMigrated]

	all      bool
	discard  bool
	dryRun   bool
	manifest string
}

// secretMigrated is what secret migrate reports of each secret.
type secretMigrated struct {
	migrate.Secret
	capsule   home.CapsuleID
	principal home.Principal
}

func (a *app) secretMigrateCmd() *cobra.Command {
	s := &secretMigrate{app: a}
	c := &cobra.Command{
		Use:   "migrate [<capsule> [<key>...]]",
		Short: "Move secrets that lie in settings into the store",
		Long: `Move secrets that an older runtime left in the principal's settings, in the clear and without effect, into the store,
where the capsule reads them. They become the principal's. In the settings an empty value stays, by which the Rust
runtime knows that the secret is kept elsewhere.

Without a capsule, the settings for every installed capsule are looked through. Which keys are secrets is what the
manifest declares; for a capsule that is not known, name them.

Where the store has another value already, nothing of that capsule is moved: the store's is what the capsule reads.
With --discard it stays, and the one in the settings is dropped.

EXIT STATUS
  0  moved, or with --dry-run they would be; there was none
  2  usage; a name that breaks a rule; a key that the manifest does not declare as a secret
  4  the capsule is not known, no such file or UUID
  5  the store has another value; another program has the lock
  6  refused: a secret or a directory is not safe
  7  a settings file, a key or value in it, or a manifest is not valid`,
		Example: `  astrid secret migrate --dry-run
  astrid secret migrate greeter --principal alice
  astrid secret migrate --all --json capsule,key,principal,outcome`,
		Annotations:       map[string]string{privateArgs: ""},
		ValidArgsFunction: a.completion(a.overlaidKeys, true),
	}
	s.cmd = c
	f := c.Flags()
	f.BoolVar(&s.all, "all", false, "the settings of every principal")
	f.BoolVar(&s.discard, "discard", false, "drop values where the store has another one")
	f.BoolVar(&s.dryRun, "dry-run", false, "only say what would be moved")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("capsule", func(r secretMigrated) string { return r.capsule.String() }),
		jsonField("key", func(r secretMigrated) string { return r.Key.String() }),
		jsonField("principal", func(r secretMigrated) string { return r.principal.String() }),
		jsonField("outcome", func(r secretMigrated) string { return string(r.Outcome) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *secretMigrate) run(ctx context.Context, args []string) error {
	if err := checkManifestFlag(s.manifest, args); err != nil {
		return err
	}
	h, err := s.openHome()
	if err != nil {
		return err
	}
	principals, err := s.principals(h)
	if err != nil {
		return err
	}
	look := func(p home.Principal) ([]migrate.Migration, error) { return s.installed(ctx, h, p) }
	if len(args) > 0 {
		secret, id, err := s.named(ctx, h, args)
		if err != nil {
			return err
		}
		look = func(p home.Principal) ([]migrate.Migration, error) {
			return []migrate.Migration{{Principal: p, Capsule: id, Secret: secret, Discard: s.discard}}, nil
		}
	}
	// What cannot be migrated stops nothing else, and does not keep what was from being reported.
	var rows []secretMigrated
	var failures []error
	for _, p := range principals {
		migrations, err := look(p)
		failures = append(failures, err)
		for _, m := range migrations {
			found, err := s.migrate(ctx, h, m)
			failures = append(failures, err)
			rows = append(rows, found...)
		}
	}
	if err := s.print(rows); err != nil {
		return err
	}
	return errors.Join(failures...)
}

func (s *secretMigrate) principals(h *home.Home) ([]home.Principal, error) {
	if s.all {
		return h.Principals()
	}
	p, err := s.activePrincipal(s.cmd, h)
	return []home.Principal{p}, err
}

// installed returns what to look through for a principal: the settings for every installed capsule. What is known of some
// is returned beside the error of others.
func (s *secretMigrate) installed(ctx context.Context, h *home.Home, p home.Principal) ([]migrate.Migration, error) {
	capsules, err := h.Overlays(p)
	if err != nil {
		return nil, err
	}
	var out []migrate.Migration
	var failures []error
	for _, id := range capsules {
		t, err := s.target(ctx, h, id.String(), "")
		switch {
		case err != nil:
			failures = append(failures, err)
		case t.manifest == nil:
			s.note("capsule %s is not installed: which of the settings that principal %s has for it are secrets is not known", id, p)
		default:
			out = append(out, migrate.Migration{Principal: p, Capsule: id, Secret: t.declaresSecret, Discard: s.discard})
		}
	}
	return out, errors.Join(failures...)
}

func (s *secretMigrate) migrate(ctx context.Context, h *home.Home, m migrate.Migration) ([]secretMigrated, error) {
	do := migrate.Run
	if s.dryRun {
		do = migrate.Plan
	}
	found, err := do(ctx, h, m)
	if as[*migrate.ConflictError](err) {
		err = withHint(err, "--discard drops those in the settings; 'astrid secret get' shows what is stored")
	}
	rows := make([]secretMigrated, len(found))
	for i, f := range found {
		rows[i] = secretMigrated{f, m.Capsule, m.Principal}
	}
	return rows, err
}

// named returns which keys of the named capsule are secrets: those that are named, or that the manifest declares.
func (s *secretMigrate) named(ctx context.Context, h *home.Home, args []string) (func(string) bool, home.CapsuleID, error) {
	if len(args) == 1 {
		t, err := s.withManifest(ctx, h, args[0], s.manifest)
		return t.declaresSecret, t.id, err
	}
	t, err := s.target(ctx, h, args[0], s.manifest)
	if err != nil {
		return nil, t.id, err
	}
	keys := map[string]bool{}
	for i, arg := range args[1:] {
		key, err := home.ParseKey(arg)
		if err == nil && !t.reads(key) {
			err = withHint(usagef("capsule %s declares no secret of that name", t.id), "it declares: %s", inert.Line(t.declared(true)))
		}
		if err != nil {
			return nil, t.id, fmt.Errorf("argument %d: %w", i+2, err) // the capsule is the first
		}
		keys[key.String()] = true
	}
	return func(key string) bool { return keys[key] }, t.id, nil
}

func (s *secretMigrate) print(rows []secretMigrated) error {
	if len(rows) > 0 && !s.dryRun {
		s.note("these values lay in the clear: change them if somebody else may have read them")
	}
	for _, r := range rows {
		if r.Outcome == migrate.Moved {
			s.noteShort("the value of "+r.Key.String(), r.Size)
		}
	}
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	if len(rows) == 0 && s.io.IsOutTTY() {
		s.note("no secrets lie in the settings")
	}
	prefix := ""
	if s.dryRun {
		prefix = "would be "
	}
	for _, r := range rows {
		_, err := fmt.Fprintf(s.io.Out, "%s%s: %s of capsule %s for principal %s\n", prefix, r.Outcome, r.Key, r.capsule, r.principal)
		if err != nil {
			return err
		}
	}
	return nil
}
