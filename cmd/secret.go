package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"astrid/internal/redact"
	"astrid/pkg/home"
	"astrid/pkg/store"
)

func (a *app) secretCmd() *cobra.Command {
	c := noun("secret", "Keep the secrets of capsules", `Keep the secrets of capsules, one file each, that only you can read.

A secret is kept for one principal, which is the default, or for every principal on this host (--scope host). A
principal's own comes before the host's. A capsule reads a secret when it asks for it, so a change is seen at once.

Values are never taken from the command line, where every process could read them, and printed only by
'astrid secret get --reveal'.`,
		a.secretSetCmd(), a.secretGetCmd(), a.secretListCmd(), a.secretCheckCmd(), a.secretDeleteCmd(),
		a.secretCopyCmd(), a.secretMoveCmd(), a.secretImportCmd(), a.secretMigrateCmd())
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return withHint(usagef("'astrid secret' takes one of its verbs"), "use: %s", secretSetUse)
	}
	return c
}

// What to type, for messages that must not repeat what was typed.
const (
	secretGetUse    = "astrid secret get <capsule> <key>"
	secretDeleteUse = "astrid secret delete <capsule> <key>"
	secretSetUse    = "astrid secret set <capsule> <key>   (the value is asked for, or comes from stdin, --from-file or --from-env)"
)

// privateArgs marks a command to whose arguments somebody may have added a secret: messages must not repeat any.
// Its value says what to do about an argument that is taken for a flag, if that is not what secrets need.
const privateArgs = "astrid/private-args"

// privateFlagError is the error for a flag that such a command does not have: it may be a value that begins with a
// hyphen, as a key in PEM does.
func privateFlagError(c *cobra.Command, err error) error {
	use := movedFlag(err)
	if use == "" {
		use = c.Annotations[privateArgs]
	}
	if use == "" {
		use = fmt.Sprintf("values are not taken from the command line; '%s --help' lists the flags", c.CommandPath())
	}
	return withHint(usagef("%s: an argument that begins with '-' is no flag of it, or its value is not valid", c.CommandPath()), "%s", use)
}

// scopeFlag is the flag --scope and what it means together with the active principal.
type scopeFlag struct{ word string }

func (f *scopeFlag) add(c *cobra.Command) {
	c.Flags().StringVar(&f.word, "scope", "principal", "for whom: `principal` (or agent), or host (or shared) for every principal")
	_ = c.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions([]string{"principal", "host"}, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
}

// acting returns the tree that a command acts on, and the scope that it acts in.
func (f *scopeFlag) acting(a *app, c *cobra.Command) (*home.Home, home.Scope, error) {
	h, err := a.openHome()
	if err != nil {
		return nil, home.Scope{}, err
	}
	scope, err := f.resolve(a, c, h)
	return h, scope, err
}

// resolve returns the scope. The principal is checked even where the scope is the host's: __host__ as a
// principal is a mistake, not another word for it.
func (f *scopeFlag) resolve(a *app, c *cobra.Command, h *home.Home) (home.Scope, error) {
	p, err := a.activePrincipal(c, h)
	if err != nil {
		return home.Scope{}, err
	}
	return home.ParseScope(f.word, p)
}

// describeScope says for whom a scope is.
func describeScope(s home.Scope) string {
	if p, ok := s.Principal(); ok {
		return fmt.Sprintf("principal %s", p)
	}
	return "every principal on this host"
}

// principalOf returns the name of a scope's principal for a report, nil for the host's.
func principalOf(s home.Scope) *string {
	if p, ok := s.Principal(); ok {
		return new(p.String())
	}
	return nil
}

// principalName is principalOf for a column.
func principalName(s home.Scope) string {
	p, _ := s.Principal()
	return p.String()
}

// digestOf returns the digest of a secret for a report, nil where there is none.
func digestOf(e store.Entry) *string {
	if e.Digest == "" {
		return nil
	}
	return new(string(e.Digest))
}

// absent is the error for a secret that is not there. It says where else there is one, and does not repeat the key.
func absent(ctx context.Context, secrets *store.Store, scope home.Scope, id home.CapsuleID, key home.Key) error {
	err := &notFoundError{msg: fmt.Sprintf("capsule %s has no such secret for %s", id, describeScope(scope))}
	if !scope.IsHost() {
		if _, serr := secrets.Stat(ctx, home.HostScope(), id, key); serr == nil {
			err.hint = "there is one for every principal on this host: --scope host"
		}
	}
	return err
}

// noteShort tells of a secret that is stored, and that redaction will not find. what names it without its value.
func (a *app) noteShort(what string, size int) {
	if size < redact.MinLen {
		a.note("%s is shorter than %d bytes: too short to be found and redacted in what the capsule prints", what, redact.MinLen)
	}
}
