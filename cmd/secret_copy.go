package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/store"
)

// secretCopy is one execution of secret copy or secret move.
type secretCopy struct {
	*app
	cmd  *cobra.Command
	out  *reporter[secretCopied]
	move bool

	scope       scopeFlag
	toScope     string
	toPrincipal string
	all         bool
	replace     bool
	dryRun      bool
	manifest    string
}

// secretCopied is what they report of each secret.
type secretCopied struct {
	store.Transfer
	key    home.Key
	change store.Change
}

const secretCopyLong = ` secrets of a capsule from one scope to another. They come from the principal, or with --scope host from
what every principal on this host shares, and go to the principal of --to-principal, or with --to-scope host to every
principal.

Where there is another value already, nothing is done, unless with --replace. All secrets that are named are brought, or
none.
`

const secretCopyStatus = `
EXIT STATUS
  0  done, or with --dry-run it would be
  2  usage; a name that breaks a rule
  4  no such secret, file or UUID
  5  there is another value already; another program has the lock
  6  refused: a secret or a directory is not safe
  7  a secret or a manifest is not valid`

func (a *app) secretCopyCmd() *cobra.Command {
	s := &secretCopy{app: a}
	return s.command(&cobra.Command{
		Use:   "copy <capsule> [<key>...]",
		Short: "Copy secrets between scopes and principals",
		Long:  "Copy" + secretCopyLong + secretCopyStatus,
		Example: `  astrid secret copy greeter api_key --principal alice --to-principal bob
  astrid secret copy greeter --all --scope host --to-principal carol --dry-run`,
	})
}

func (a *app) secretMoveCmd() *cobra.Command {
	s := &secretCopy{app: a, move: true}
	return s.command(&cobra.Command{
		Use:   "move <capsule> [<key>...]",
		Short: "Move secrets between scopes and principals",
		Long: "Move" + secretCopyLong + `
Secrets are deleted where they were once they are stored where they go, so that at no instant they are nowhere.
` + secretCopyStatus,
		Example: `  astrid secret move greeter api_key --principal alice --to-principal bob
  astrid secret move greeter --all --to-scope host --replace`,
	})
}

func (s *secretCopy) command(c *cobra.Command) *cobra.Command {
	s.cmd = c
	c.Args = usageArgs(cobra.MinimumNArgs(1))
	c.Annotations = map[string]string{privateArgs: ""}
	c.ValidArgsFunction = s.completion(s.storedKeys, true)
	s.scope.add(c)
	f := c.Flags()
	f.StringVar(&s.toScope, "to-scope", "principal", "where to: `principal` (or agent), or host (or shared) for every principal")
	f.StringVar(&s.toPrincipal, "to-principal", "", "the `principal` they go to (default: the one they come from)")
	f.BoolVar(&s.all, "all", false, "all secrets that the capsule has there")
	f.BoolVar(&s.replace, "replace", false, "replace other values")
	f.BoolVar(&s.dryRun, "dry-run", false, "only say what would be done")
	addManifestFlag(c, &s.manifest)
	_ = c.RegisterFlagCompletionFunc("to-scope", cobra.FixedCompletions([]string{"principal", "host"}, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	_ = c.RegisterFlagCompletionFunc("to-principal", s.completePrincipals)                                                                  // the flag exists
	s.out = addJSON(s.app, c,
		jsonField("capsule", func(r secretCopied) string { return r.Capsule.String() }),
		jsonField("key", func(r secretCopied) string { return r.key.String() }),
		jsonField("from", func(r secretCopied) string { return r.From.String() }),
		jsonField("fromPrincipal", func(r secretCopied) *string { return principalOf(r.From) }),
		jsonField("to", func(r secretCopied) string { return r.To.String() }),
		jsonField("toPrincipal", func(r secretCopied) *string { return principalOf(r.To) }),
		jsonField("change", func(r secretCopied) string { return string(r.change) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1:]) }
	return c
}

func (s *secretCopy) run(ctx context.Context, capsule string, names []string) error {
	if s.all == (len(names) > 0) {
		return usagef("name the keys, or give --all")
	}
	h, err := s.openHome()
	if err != nil {
		return err
	}
	t := store.Transfer{}
	if t.From, t.To, err = s.scopes(h); err != nil {
		return err
	}
	for i, name := range names {
		key, err := home.LookupKey(name)
		if err == nil {
			err = key.CheckSet()
		}
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+2, err) // the capsule is the first
		}
		if !slices.Contains(t.Keys, key) {
			t.Keys = append(t.Keys, key)
		}
	}
	named, err := s.name(ctx, h, capsule, s.manifest)
	if err != nil {
		return err
	}
	t.Capsule = named.id
	if s.all {
		if t.Keys, err = h.SecretKeys(t.From, t.Capsule); err != nil {
			return err
		}
		if len(t.Keys) == 0 {
			return &notFoundError{msg: fmt.Sprintf("capsule %s has no secrets for %s", t.Capsule, describeScope(t.From))}
		}
	}
	if !s.replace {
		t.When = store.IfAbsentOrSame()
	}
	return s.transfer(ctx, store.New(h), named, t)
}

// scopes returns where the secrets come from and go to.
func (s *secretCopy) scopes(h *home.Home) (from, to home.Scope, err error) {
	if from, err = s.scope.resolve(s.app, s.cmd, h); err != nil {
		return from, to, err
	}
	p, err := s.activePrincipal(s.cmd, h)
	if err == nil && s.cmd.Flags().Changed("to-principal") {
		if shared, _ := home.ParseScope(s.toScope, p); shared == home.HostScope() {
			return from, to, usagef("--to-principal names one principal, and --to-scope %s is for every one", s.toScope)
		}
		if p, err = home.ParsePrincipal(s.toPrincipal); err != nil {
			err = fmt.Errorf("--to-principal: %w", err)
		}
	}
	if err != nil {
		return from, to, err
	}
	if to, err = home.ParseScope(s.toScope, p); err == nil && from == to {
		err = withHint(usagef("that is where they are: %s", describeScope(from)), "--to-principal or --to-scope says where to")
	}
	return from, to, err
}

func (s *secretCopy) transfer(ctx context.Context, secrets *store.Store, named target, t store.Transfer) error {
	do := secrets.Copy
	switch {
	case s.dryRun:
		do = secrets.PlanCopy
	case s.move:
		do = secrets.Move
	}
	changes, err := do(ctx, t)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(t.Keys) == 1:
		return absent(ctx, secrets, t.From, t.Capsule, t.Keys[0])
	case errors.Is(err, fs.ErrNotExist):
		return &notFoundError{
			msg:  fmt.Sprintf("capsule %s has not all of these secrets for %s; nothing was done", t.Capsule, describeScope(t.From)),
			hint: fmt.Sprintf("'%s' shows what it has", s.again("secret list", named)),
		}
	case as[*store.PreconditionError](err):
		return withHint(err, "--replace replaces other values where they go")
	case err != nil:
		return err
	}
	rows := make([]secretCopied, len(t.Keys))
	for i, key := range t.Keys {
		rows[i] = secretCopied{t, key, changes[key]}
	}
	return s.print(rows)
}

func (s *secretCopy) print(rows []secretCopied) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	verb := "copied"
	if s.move {
		verb = "moved"
	}
	if s.dryRun {
		verb = map[bool]string{false: "would copy", true: "would move"}[s.move]
	}
	for _, r := range rows {
		// The keys name files, so that showing them tells nothing that secret list would not.
		_, err := fmt.Fprintf(s.io.Out, "%s %s of capsule %s from %s to %s: %s\n",
			verb, inert.Line(r.key.String()), r.Capsule, describeScope(r.From), describeScope(r.To), r.change)
		if err != nil {
			return err
		}
	}
	return nil
}
