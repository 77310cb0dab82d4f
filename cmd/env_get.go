package cmd

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/overlay"
)

// envGet is one execution of env get.
type envGet struct {
	*app
	cmd *cobra.Command
	out *reporter[envRow]

	manifest string
}

const envGetUse = "astrid env get <capsule> <key>"

func (a *app) envGetCmd() *cobra.Command {
	s := &envGet{app: a}
	c := &cobra.Command{
		Use:   "get <capsule> <key>",
		Short: "Print a setting as a capsule sees it",
		Long: `Print the effective value of one setting, as a capsule sees it when it runs for the principal: from the overlay, else
the manifest's default. A newline follows it; on a terminal control characters are shown escaped.

Secrets are no settings and are not printed.

EXIT STATUS
  0  printed
  2  usage; a name that breaks a rule; a secret
  4  the setting has no value; no such file or UUID
  6  refused: a file or directory is not safe
  7  a manifest or the overlay is not valid`,
		Example: `  astrid env get greeter base_url --principal alice
  astrid env get greeter base_url --json value,source`,
		Args:              keyArgs(envGetUse),
		ValidArgsFunction: a.completion(a.declaredKeys(false, ""), false),
	}
	s.cmd = c
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c, envFields()...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1]) }
	return c
}

func (s *envGet) run(ctx context.Context, capsule, name string) error {
	key, err := home.LookupKey(name)
	if err != nil {
		return err
	}
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.target)
	if err != nil {
		return err
	}
	if t.declaresSecret(name) {
		return s.secret(t, key)
	}
	o, err := overlay.Load(ctx, t.home, t.principal, t.id)
	if err != nil {
		return err
	}
	entry, err := t.resolver().For(t.principal, o).Entry(ctx, name)
	if err != nil {
		return err
	}
	r := envRow{entry}
	if r.Hidden {
		return s.secret(t, key)
	}
	text, ok := r.value()
	if !ok {
		return &notFoundError{
			msg:  fmt.Sprintf("capsule %s has no value for this setting for principal %s", t.id, t.principal),
			hint: fmt.Sprintf("'%s' shows what there is", s.again("env list", t.target)),
		}
	}
	if s.out.wanted() {
		return s.out.one(s.cmd, r)
	}
	if s.io.IsOutTTY() {
		text = inert.Text(text)
	}
	_, err = io.WriteString(s.io.Out, text+"\n")
	return err
}

// secret refuses a key that the manifest declares as a secret, or that one is stored under.
func (s *envGet) secret(t envTarget, key home.Key) error {
	return withHint(usagef("%s is a secret of capsule %s, not a setting", inert.Line(key.String()), t.id),
		"use: %s", s.again("secret get", t.target, key.String()))
}
