package cmd

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/store"
)

// secretFields are what is reported of a secret that is there.
func secretFields() []field[store.Entry] {
	return []field[store.Entry]{
		jsonField("capsule", func(r store.Entry) string { return r.Capsule.String() }),
		jsonField("key", func(r store.Entry) string { return r.Key.String() }),
		jsonField("scope", func(r store.Entry) string { return r.Scope.String() }),
		jsonField("principal", func(r store.Entry) *string { return principalOf(r.Scope) }),
		jsonField("size", func(r store.Entry) int64 { return r.Size }),
		jsonField("digest", digestOf),
		jsonField("modified", modified),
		jsonField("state", func(r store.Entry) string { return string(r.State) }),
	}
}

func modified(e store.Entry) string { return e.ModTime.UTC().Format(time.RFC3339) }

// secretGet is one execution of secret get.
type secretGet struct {
	*app
	cmd *cobra.Command
	out *reporter[store.Entry]

	scope    scopeFlag
	reveal   bool
	manifest string
}

func (a *app) secretGetCmd() *cobra.Command {
	s := &secretGet{app: a}
	c := &cobra.Command{
		Use:   "get <capsule> <key>",
		Short: "Show what is known of a secret, or its value",
		Long: `Show what is known of a secret in one scope: what 'astrid secret list' shows of it.

With --reveal its value is printed instead, and nothing else: byte for byte, without a newline at the end. On a terminal
control characters are shown escaped, and a newline follows.

EXIT STATUS
  0  shown
  2  usage; a name that breaks a rule
  4  no such secret, file or UUID
  5  another program has the lock
  6  refused: the secret, a directory, or the key of the digests, is not safe
  7  the secret, a manifest, or the key of the digests, is not valid`,
		Example: `  astrid secret get greeter api_key
  astrid secret get greeter api_key --scope host --json digest,modified
  astrid secret get greeter api_key --principal alice --reveal > api_key.txt`,
		Args:              keyArgs(secretGetUse),
		Annotations:       map[string]string{privateArgs: ""},
		ValidArgsFunction: a.completion(a.storedKeys, false),
	}
	s.cmd = c
	s.scope.add(c)
	c.Flags().BoolVar(&s.reveal, "reveal", false, "print the value")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c, secretFields()...)
	c.MarkFlagsMutuallyExclusive("reveal", "json")
	c.MarkFlagsMutuallyExclusive("reveal", "jq")
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1]) }
	return c
}

func (s *secretGet) run(ctx context.Context, capsule, keyName string) error {
	h, scope, err := s.scope.acting(s.app, s.cmd)
	if err != nil {
		return err
	}
	key, err := home.LookupKey(keyName)
	if err != nil {
		return err
	}
	secrets := store.New(h)
	if s.reveal {
		t, err := s.name(ctx, h, capsule, s.manifest)
		if err != nil {
			return err
		}
		return s.print(ctx, secrets, scope, t.id, key)
	}
	t, err := s.target(ctx, h, capsule, s.manifest)
	if err != nil {
		return err
	}
	scopes := []home.Scope{scope}
	if !scope.IsHost() {
		scopes = append(scopes, home.HostScope())
	} else if p, err := s.activePrincipal(s.cmd, h); err == nil {
		scopes = append(scopes, home.PrincipalScope(p)) // which may shadow it
	}
	entries, err := secrets.List(ctx, store.Filter{
		Scopes: scopes, Capsule: t.id, Digests: s.out.shows("digest"),
		Wanted: func(_ home.CapsuleID, key home.Key) bool { return t.reads(key) },
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(entries, func(e store.Entry) bool { return e.Scope == scope && e.Key == key })
	if i < 0 {
		return absent(ctx, secrets, scope, t.id, key)
	}
	return s.describe(entries[i])
}

// print writes the value. This is the one command that does.
func (s *secretGet) print(ctx context.Context, secrets *store.Store, scope home.Scope, id home.CapsuleID, key home.Key) error {
	secret, err := secrets.Get(ctx, scope, id, key)
	if errors.Is(err, fs.ErrNotExist) {
		return absent(ctx, secrets, scope, id, key)
	}
	if err != nil {
		return err
	}
	value := secret.Reveal()
	defer clear(value)
	if s.io.IsOutTTY() {
		value = []byte(inert.Text(string(value)) + "\n")
	}
	_, err = s.io.Out.Write(value)
	return err
}

func (s *secretGet) describe(e store.Entry) error {
	if s.out.wanted() {
		return s.out.one(s.cmd, e)
	}
	rows := [][]string{
		{"capsule", e.Capsule.String()},
		{"key", inert.Line(e.Key.String())},
		{"scope", e.Scope.String()},
		{"principal", principalName(e.Scope)},
		{"size", strconv.FormatInt(e.Size, 10)},
		{"digest", string(e.Digest)},
		{"modified", modified(e)},
		{"state", string(e.State)},
	}
	s.table([]string{"FIELD", "VALUE"}, rows)
	return nil
}
