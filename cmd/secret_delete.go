package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/store"
)

// secretDelete is one execution of secret delete.
type secretDelete struct {
	*app
	cmd *cobra.Command
	out *reporter[store.Entry]

	scope    scopeFlag
	yes      bool
	manifest string
}

func (a *app) secretDeleteCmd() *cobra.Command {
	s := &secretDelete{app: a}
	c := &cobra.Command{
		Use:   "delete <capsule> <key>",
		Short: "Delete a secret",
		Long: `Delete a secret of a capsule from one scope, and from no other: the principal's, or with --scope host the one
that every principal on this host shares.

On a terminal you are asked first; elsewhere --yes is needed.

EXIT STATUS
  0  deleted
  1  not confirmed
  2  usage; --yes is missing; a name that breaks a rule
  4  no such secret, file or UUID
  5  another program has the lock
  6  refused: a directory is not safe
  7  a manifest is not valid`,
		Example: `  astrid secret delete greeter api_key
  astrid secret delete greeter api_key --scope host --yes`,
		Args:              keyArgs(secretDeleteUse),
		Annotations:       map[string]string{privateArgs: ""},
		ValidArgsFunction: a.completion(a.storedKeys, false),
	}
	s.cmd = c
	s.scope.add(c)
	c.Flags().BoolVar(&s.yes, "yes", false, "do not ask")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("capsule", func(e store.Entry) string { return e.Capsule.String() }),
		jsonField("key", func(e store.Entry) string { return e.Key.String() }),
		jsonField("scope", func(e store.Entry) string { return e.Scope.String() }),
		jsonField("principal", func(e store.Entry) *string { return principalOf(e.Scope) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1]) }
	return c
}

func (s *secretDelete) run(ctx context.Context, capsule, keyName string) error {
	h, scope, err := s.scope.acting(s.app, s.cmd)
	if err != nil {
		return err
	}
	key, err := home.LookupKey(keyName)
	if err != nil {
		return err
	}
	t, err := s.name(ctx, h, capsule, s.manifest)
	if err != nil {
		return err
	}
	secrets := store.New(h)
	entry, err := secrets.Stat(ctx, scope, t.id, key)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.Join(absent(ctx, secrets, scope, t.id, key), secrets.Sweep(ctx, scope, t.id))
	}
	if err != nil {
		return err
	}
	// From here on the key names a file, so showing it tells nothing that secret list would not.
	what := fmt.Sprintf("%s of capsule %s for %s", inert.Line(key.String()), t.id, describeScope(scope))
	if err := s.confirm(s.yes, "delete", "deleted", what); err != nil {
		return err
	}
	if err := secrets.Delete(ctx, scope, t.id, key); err != nil {
		return err
	}
	if s.out.wanted() {
		return s.out.one(s.cmd, entry)
	}
	_, err = io.WriteString(s.io.Out, "deleted "+what+"\n")
	return err
}
