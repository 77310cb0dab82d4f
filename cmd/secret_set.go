package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/internal/iostreams"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/store"
)

// secretSet is one execution of secret set.
type secretSet struct {
	*app
	cmd *cobra.Command
	out *reporter[secretStored]

	scope    scopeFlag
	fromFile string
	fromEnv  string
	raw      bool
	force    bool
	dryRun   bool
	absent   bool
	digest   string
	manifest string
}

// secretStored is what secret set reports.
type secretStored struct {
	capsule  home.CapsuleID
	key      home.Key
	scope    home.Scope
	size     int
	stripped int
	change   store.Change
}

func (a *app) secretSetCmd() *cobra.Command {
	s := &secretSet{app: a}
	c := &cobra.Command{
		Use:   "set <capsule> <key>",
		Short: "Store a secret",
		Long: `Store a secret of a capsule.

The value is asked for without showing it. When stdin is not a terminal it is read from there; --from-file and
--from-env read it from a file or a variable. It is 1 byte to 64 KiB of UTF-8. A newline at the end is dropped if it
is the only one, and the result says so; --raw keeps it.

A key that the capsule's manifest does not declare as a secret is refused unless --force is given. For a capsule that
is not installed, and without --manifest, nothing declares the key yet: on a terminal you are asked first.

With --if-absent the secret is stored only where there is none, and with --if-digest only where the one that is there
has that digest, which 'astrid secret list' shows. Nobody else who uses astrid can change it in between.

EXIT STATUS
  0  stored, or with --dry-run it would be
  1  not confirmed
  2  usage; a name that breaks a rule; a key that the manifest does not declare as a secret
  4  no such file, variable or capsule
  5  the condition does not hold; another program has the lock
  6  refused: a file or directory is not safe
  7  the value or a manifest is not valid`,
		Example: `  astrid secret set greeter api_key
  pass show openai | astrid secret set --scope host openai api_key
  astrid secret set greeter tls_key --from-file key.pem --principal alice
  astrid secret set greeter api_key --from-env NEW_KEY --if-digest $(astrid secret get greeter api_key --jq .digest)`,
		Args:              secretSetArgs,
		Annotations:       map[string]string{privateArgs: ""},
		ValidArgsFunction: a.completion(a.declaredKeys(true, ""), false),
	}
	s.cmd = c
	s.scope.add(c)
	f := c.Flags()
	f.StringVar(&s.fromFile, "from-file", "", "read the value from this `file`, or - for stdin")
	f.StringVar(&s.fromEnv, "from-env", "", "read the value from this environment `variable`")
	f.BoolVar(&s.raw, "raw", false, "keep a newline at the end of the value")
	f.BoolVar(&s.force, "force", false, "store a key that the manifest does not declare as a secret; do not ask")
	f.BoolVar(&s.dryRun, "dry-run", false, "only say what would be stored")
	f.BoolVar(&s.absent, "if-absent", false, "store only where there is nothing")
	f.StringVar(&s.digest, "if-digest", "", "store only where the value has this `digest`")
	c.MarkFlagsMutuallyExclusive("if-absent", "if-digest")
	addManifestFlag(c, &s.manifest)
	_ = c.MarkFlagFilename("from-file") // the flag exists
	s.out = addJSON(a, c,
		jsonField("capsule", func(r secretStored) string { return r.capsule.String() }),
		jsonField("key", func(r secretStored) string { return r.key.String() }),
		jsonField("scope", func(r secretStored) string { return r.scope.String() }),
		jsonField("principal", func(r secretStored) *string { return principalOf(r.scope) }),
		jsonField("size", func(r secretStored) int { return r.size }),
		jsonField("stripped", func(r secretStored) int { return r.stripped }),
		jsonField("change", func(r secretStored) string { return string(r.change) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1]) }
	return c
}

// secretSetArgs refuses a value among the arguments. It repeats none of them: other programs of this kind take the
// value where the key belongs.
func secretSetArgs(_ *cobra.Command, args []string) error {
	switch {
	case len(args) > 2:
		return withHint(usagef("a secret's value is not taken from the command line, where every process can read it; change it if it was real"),
			"use: %s", secretSetUse)
	case len(args) < 2:
		return withHint(usagef("a capsule and a key are needed"), "use: %s", secretSetUse)
	}
	return nil
}

func (s *secretSet) run(ctx context.Context, capsule, keyName string) error {
	changed := s.cmd.Flags().Changed
	if changed("from-file") && changed("from-env") {
		return usagef("--from-file and --from-env do not go together")
	}
	when, err := s.condition()
	if err != nil {
		return err
	}
	h, scope, err := s.scope.acting(s.app, s.cmd)
	if err != nil {
		return err
	}
	key, err := home.ParseKey(keyName)
	if err != nil {
		return withHint(err, "use: %s", secretSetUse)
	}
	if err := key.CheckSet(); err != nil {
		return err
	}
	t, err := s.target(ctx, h, capsule, s.manifest)
	if err != nil {
		return unnamed(err, secretSetUse)
	}
	secrets := store.New(h)
	if err := s.checkDeclared(t, secrets, key); err != nil {
		return err
	}
	value, stripped, err := s.value(t, key)
	if err != nil {
		return promptError(err)
	}
	write := secrets.Apply
	if s.dryRun {
		write = secrets.Plan
	}
	changes, err := write(ctx, store.Batch{Scope: scope, Capsule: t.id, Values: map[home.Key]store.Secret{key: value}, When: when})
	if err != nil {
		return s.conditionHint(err, t)
	}
	return s.done(t, secretStored{t.id, key, scope, value.Len(), stripped, changes[key]})
}

func (s *secretSet) condition() (store.Condition, error) {
	switch {
	case s.absent:
		return store.IfAbsent(), nil
	case s.cmd.Flags().Changed("if-digest"):
		d, err := store.ParseDigest(s.digest)
		if err != nil {
			return store.Condition{}, withHint(&usageError{fmt.Errorf("--if-digest: %w", err)}, "'astrid secret list' shows it")
		}
		return store.IfDigest(d), nil
	}
	return store.Condition{}, nil
}

// conditionHint says where to see what is there now.
func (s *secretSet) conditionHint(err error, t target) error {
	if !as[*store.PreconditionError](err) {
		return err
	}
	return withHint(err, "'%s' shows what is there now", s.again("secret list", t))
}

// checkDeclared decides whether the key may be a secret of the capsule. It never repeats the key where nothing
// declares it.
func (s *secretSet) checkDeclared(t target, secrets *store.Store, key home.Key) error {
	switch {
	case s.force:
		return nil
	case t.manifest != nil:
		return s.keyHint(t, config.New(t.manifest, t.id, secrets).CheckSecret(key))
	case s.dryRun:
		return nil
	}
	return s.confirmUnknown(t, "a secret")
}

// confirmUnknown asks whoever is at the terminal before something is stored for a capsule that nothing is known of: its
// name may be a mistake.
func (a *app) confirmUnknown(t target, what string) error {
	if t.manifest != nil || !a.io.IsInTTY() {
		return nil
	}
	yes, err := a.io.Confirm(fmt.Sprintf("astrid: nothing is known of a capsule %s. Store %s for it?", t.id, what))
	if err != nil {
		return promptError(err)
	}
	if !yes {
		return errors.New("not confirmed: nothing was stored")
	}
	return nil
}

// value reads the secret from where the flags say, else from stdin, else from whoever is at the terminal.
func (s *secretSet) value(t target, key home.Key) (value store.Secret, stripped int, err error) {
	changed := s.cmd.Flags().Changed
	switch {
	case changed("from-env"):
		text, ok := s.lookup(s.fromEnv)
		if !ok {
			// Its name is not repeated: it is where a value might have been typed.
			return value, 0, &notFoundError{msg: "the variable that --from-env names is not set", hint: "export it, or pipe the value"}
		}
		return store.ReadSecret(strings.NewReader(text), s.raw)
	case changed("from-file") && s.fromFile != "-":
		f, err := os.Open(s.fromFile)
		if err != nil {
			return value, 0, err
		}
		defer f.Close()
		return store.ReadSecret(f, s.raw)
	case s.io.IsInTTY():
		line, err := s.io.ReadSecret(s.prompt(t, key))
		if err != nil {
			return value, 0, err
		}
		defer clear(line)
		return store.ReadSecret(bytes.NewReader(line), true)
	}
	value, stripped, err = store.ReadSecret(s.io.In, s.raw)
	return value, stripped, aboutStdin(err)
}

// aboutStdin names the stream in an error of reading it. An invalid value needs no such name.
func aboutStdin(err error) error {
	if err == nil || as[*store.InvalidError](err) {
		return err
	}
	return fmt.Errorf("read stdin: %w", err)
}

// prompt shows only a key that the manifest vouches for.
func (s *secretSet) prompt(t target, key home.Key) string {
	what := "secret"
	if field, declared, _ := t.declares(key.String()); declared {
		what = key.String()
		if field.Request != "" {
			what += " (" + shorten(inert.Line(field.Request), 60) + ")"
		}
	}
	return fmt.Sprintf("%s of %s, one line, not shown: ", what, t.id)
}

// promptError maps what ended a question.
func promptError(err error) error {
	if errors.Is(err, iostreams.ErrTooLong) || errors.Is(err, iostreams.ErrControl) || errors.Is(err, iostreams.ErrLines) {
		return withHint(fmt.Errorf("%w: nothing was stored", err), "pipe the value, or use --from-file")
	}
	return err
}

// done says what was stored, by which key only where the operator's manifest or a program asks.
func (s *secretSet) done(t target, r secretStored) error {
	field, declared, known := t.declares(r.key.String())
	switch {
	case !known:
		s.note("nothing declares this key yet: capsule %s is not installed and no manifest was given", t.id)
	case !declared || !field.IsSecret():
		s.note("capsule %s does not declare this key as a secret", t.id)
	}
	s.noteShort("the value", r.size)
	if s.out.wanted() {
		return s.out.one(s.cmd, r)
	}
	what := "a secret"
	if declared {
		what = r.key.String()
	}
	text := fmt.Sprintf("stored %s of capsule %s for %s: %s", what, t.id, describeScope(r.scope), plural(r.size, "byte"))
	if s.dryRun {
		text = fmt.Sprintf("would store %s of capsule %s for %s: %s, %s", what, t.id, describeScope(r.scope), plural(r.size, "byte"), r.change)
	}
	if r.stripped > 0 {
		text += ", stripped 1 trailing newline"
	}
	_, err := io.WriteString(s.io.Out, text+"\n")
	return err
}

// shorten bounds inert text for a prompt, which must fit on a line to be erased.
func shorten(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit]) + "…"
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
