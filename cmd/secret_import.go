package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/internal/envfile"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/store"
)

// secretImport is one execution of secret import.
type secretImport struct {
	*app
	cmd *cobra.Command
	out *reporter[secretImported]

	scope    scopeFlag
	absent   bool
	force    bool
	dryRun   bool
	manifest string
}

// secretImported is what secret import reports of each secret.
type secretImported struct {
	capsule  home.CapsuleID
	key      home.Key
	scope    home.Scope
	line     int
	size     int
	change   store.Change
	declared bool
}

func (a *app) secretImportCmd() *cobra.Command {
	s := &secretImport{app: a}
	c := &cobra.Command{
		Use:   "import <capsule> [<file>]",
		Short: "Store secrets from a .env file or a JSON object",
		Long: `Store secrets of a capsule from a .env file or a JSON object of strings, read from a file or from stdin: all of them or
none.

A .env file has lines KEY=value, KEY='value' or KEY="value", with or without export, and comments that begin with '#'.
A value with spaces, quotes, backslashes or '#' has to be quoted. Quoted values may go on over lines. Nothing is
expanded: $X stays $X. In double quotes \n, \r, \t, \\, \", \$ and \` + "` stand for what one expects." + `

Keys have to be declared by the manifest, and not be reserved, as for 'astrid secret set'. An error names the line,
and nothing of what is in it but a key. For a capsule that is not installed, and without --manifest, you are asked first on
a terminal.

EXIT STATUS
  0  stored, or with --dry-run they would be
  1  not confirmed
  2  usage; a name that breaks a rule
  4  no such file or UUID
  5  with --if-absent, there is one already; another program has the lock
  6  refused: a directory is not safe
  7  the file, a key or value in it, or a manifest is not valid`,
		Example: `  astrid secret import greeter secrets.env --principal alice
  vault kv get -format=json -field=data secret/greeter | astrid secret import greeter --scope host
  astrid secret import greeter secrets.env --dry-run`,
		Args:              usageArgs(cobra.RangeArgs(1, 2)),
		Annotations:       map[string]string{privateArgs: ""},
		ValidArgsFunction: a.fileCompletion(),
	}
	s.cmd = c
	s.scope.add(c)
	f := c.Flags()
	f.BoolVar(&s.absent, "if-absent", false, "store only if none of them is there")
	f.BoolVar(&s.force, "force", false, "store keys that the manifest does not declare as secrets, too")
	f.BoolVar(&s.dryRun, "dry-run", false, "only say what would be stored")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("capsule", func(r secretImported) string { return r.capsule.String() }),
		jsonField("key", func(r secretImported) string { return r.key.String() }),
		jsonField("scope", func(r secretImported) string { return r.scope.String() }),
		jsonField("principal", func(r secretImported) *string { return principalOf(r.scope) }),
		jsonField("line", func(r secretImported) int { return r.line }),
		jsonField("size", func(r secretImported) int { return r.size }),
		jsonField("change", func(r secretImported) string { return string(r.change) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *secretImport) run(ctx context.Context, args []string) error {
	h, scope, err := s.scope.acting(s.app, s.cmd)
	if err != nil {
		return err
	}
	t, err := s.target(ctx, h, args[0], s.manifest)
	if err != nil {
		return err
	}
	src := sourceArg(args)
	pairs, err := s.pairs(src)
	if err != nil {
		return err
	}
	secrets := store.New(h)
	batch := store.Batch{Scope: scope, Capsule: t.id, Values: map[home.Key]store.Secret{}}
	if s.absent {
		batch.When = store.IfAbsent()
	}
	rows := make([]secretImported, len(pairs))
	for i, p := range pairs {
		_, declared, _ := t.declares(p.Key)
		key, value, err := s.secret(t, p)
		if err != nil {
			return src.at(p, declared, err)
		}
		batch.Values[key] = value
		rows[i] = secretImported{t.id, key, scope, p.Line, value.Len(), "", declared}
	}
	write := secrets.Apply
	if s.dryRun {
		write = secrets.Plan
	} else if !s.force {
		if err := s.confirmUnknown(t, "secrets"); err != nil {
			return err
		}
	}
	changes, err := write(ctx, batch)
	if e, ok := errors.AsType[*store.PreconditionError](err); ok {
		for _, r := range rows {
			if r.key == e.Key {
				return fmt.Errorf("%s: line %d: %w", src, r.line, err)
			}
		}
	}
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].change = changes[rows[i].key]
	}
	return s.done(t, rows)
}

// secret checks one pair.
func (s *secretImport) secret(t target, p envfile.Pair) (key home.Key, value store.Secret, err error) {
	if key, err = home.ParseKey(p.Key); err != nil {
		return key, value, err
	}
	if err := key.CheckSet(); err != nil {
		return key, value, err
	}
	if !s.force {
		if err := s.keyHint(t, config.New(t.manifest, t.id, nil).CheckSecret(key)); err != nil {
			return key, value, err
		}
	}
	if p.JSON {
		return key, value, &store.InvalidError{Reason: "must be a JSON string"}
	}
	value, err = store.NewSecret([]byte(p.Value))
	return key, value, err
}

// done says what was stored, by keys only where the manifest declares them or a program asks: a line that was read as
// another than it was meant may have a value for a key.
func (s *secretImport) done(t target, rows []secretImported) error {
	if t.manifest == nil {
		s.note("nothing declares these keys yet: capsule %s is not installed and no manifest was given", t.id)
	}
	for _, r := range rows {
		s.noteShort(fmt.Sprintf("line %d: the value", r.line), r.size)
	}
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	verb := "stored"
	if s.dryRun {
		verb = "would store"
	}
	for _, r := range rows {
		what := fmt.Sprintf("the secret of line %d", r.line)
		if r.declared {
			what = r.key.String()
		}
		_, err := fmt.Fprintf(s.io.Out, "%s %s of capsule %s for %s: %s, %s\n",
			verb, what, r.capsule, describeScope(r.scope), plural(r.size, "byte"), r.change)
		if err != nil {
			return err
		}
	}
	return nil
}
