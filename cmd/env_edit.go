package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"astrid/internal/envfile"
	"astrid/internal/inert"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/overlay"
)

// envEdit is one execution of env edit.
type envEdit struct {
	envChanger

	force    bool
	manifest string
}

func (a *app) envEditCmd() *cobra.Command {
	s := &envEdit{envChanger: envChanger{app: a}}
	c := &cobra.Command{
		Use:   "edit <capsule>",
		Short: "Edit settings in an editor",
		Long: `Edit the settings of a capsule that the principal's overlay holds, as a .env file, in the program that VISUAL or EDITOR
names, else in vi. Settings that the manifest declares and the overlay does not hold are there as comments.

When the editor ends, the file is checked as 'astrid env set' checks settings, and only then do they change, all of them or
none. What is taken out is unset, but a file with nothing in it is refused: 'astrid env unset' unsets, and so does one in
which a comment is left. On a terminal you may edit again what is not valid; elsewhere the file is kept, and the message
says where. Secrets are no settings and are not in the file; one that mentions the key of a secret is not kept.

EXIT STATUS
  0  changed, or nothing was to change, or with --dry-run it would be
  1  the editor failed; there is no place for the file
  2  usage; a name that breaks a rule
  4  no such file or UUID
  5  the settings were changed in the meantime; another program has the lock
  6  refused: a file or directory is not safe
  7  what was edited, a manifest or the overlay is not valid`,
		Example: `  astrid env edit greeter
  EDITOR="code --wait" astrid env edit greeter --principal alice --dry-run`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.addFlags(c)
	c.Flags().BoolVar(&s.force, "force", false, "set keys that the manifest does not declare, too")
	addManifestFlag(c, &s.manifest)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func (s *envEdit) run(ctx context.Context, capsule string) error {
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.target)
	if err != nil {
		return err
	}
	before, err := overlay.Load(ctx, t.home, t.principal, t.id)
	if err != nil {
		return err
	}
	sheet, err := newSheet(ctx, t, before)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "astrid-edit-")
	if err != nil {
		return errors.New(err.Error()) // not wrapped: what is not there was not asked for
	}
	file := filepath.Join(dir, t.id.String()+".env")
	if err := os.WriteFile(file, sheet.text, 0o600); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	changes, err := s.edit(ctx, t, before, sheet, file)
	if err != nil {
		return s.rescue(sheet, file, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if len(changes) == 0 {
		s.note("nothing was changed")
	}
	return s.print(changes)
}

// edit has the operator edit the file until it is valid, or he gives up.
func (s *envEdit) edit(ctx context.Context, t envTarget, before *overlay.Overlay, sheet *sheet, file string) ([]envChange, error) {
	for {
		if err := s.runEditor(ctx, file); err != nil {
			return nil, fmt.Errorf("%w; nothing was changed", err)
		}
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("the editor removed the file; nothing was changed")
		}
		if err != nil || bytes.Equal(text, sheet.text) {
			return nil, err
		}
		set, unset, err := s.settings(ctx, t, sheet, text)
		if err == nil {
			return s.change(ctx, t, before, set, unset)
		}
		again := false
		if s.io.IsInTTY() {
			s.note("%v", err)
			var cerr error
			again, cerr = s.io.Confirm("astrid: edit again?")
			err = errors.Join(err, cerr)
		}
		if !again {
			return nil, err
		}
	}
}

// rescue keeps what the operator wrote and an error keeps out of the overlay, unless there may be a secret in it: who
// typed that has it. Whatever else the editor left beside the file, such as an earlier version of it, is not kept.
func (s *envEdit) rescue(sheet *sheet, file string, err error) error {
	text, rerr := os.ReadFile(file)
	if gone := os.RemoveAll(filepath.Dir(file)); gone != nil {
		return errors.Join(err, gone)
	}
	if rerr != nil || len(bytes.TrimSpace(text)) == 0 || bytes.Equal(text, sheet.text) {
		return err
	}
	if key, found := sheet.mentionsSecret(text); found {
		s.note("what was edited is not kept: it mentions %s, which is a secret", key)
		return err
	}
	if kerr := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.WriteFile(file, text, 0o600)); kerr != nil {
		return errors.Join(err, kerr)
	}
	return withHint(err, "what was edited is in %s", file)
}

// settings returns what the edited text changes.
func (s *envEdit) settings(ctx context.Context, t envTarget, sheet *sheet, text []byte) (set []setting, unset []home.Key, err error) {
	src := source{"the edited file"}
	pairs, err := envfile.Parse(text)
	if err != nil {
		return nil, nil, src.about(err)
	}
	if len(bytes.TrimSpace(text)) == 0 { // the editor may have failed
		return nil, nil, withHint(src.about(&envfile.Error{Line: 1, Reason: "there is nothing in it"}), "to unset all settings, leave a comment in it")
	}
	gone := maps.Clone(sheet.shown)
	for _, p := range pairs {
		old, shown := gone[p.Key]
		delete(gone, p.Key)
		if shown && old == p.Value {
			continue // whatever it is, it stays
		}
		accepted, err := t.accept(ctx, p.Key, p.Value, s.force)
		if err != nil {
			return nil, nil, src.at(p, false, err)
		}
		set = append(set, accepted)
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		key, err := home.LookupKey(name)
		if err != nil {
			return nil, nil, err
		}
		unset = append(unset, key)
	}
	return set, unset, nil
}

// sheet is the text to edit.
type sheet struct {
	text    []byte
	shown   map[string]string // what of the overlay is in it
	secrets []string          // the keys of secrets, declared or stored
}

// mentionsSecret returns the key of a secret that a text, however malformed, has on a line which is not the sheet's own.
func (s *sheet) mentionsSecret(text []byte) (key string, found bool) {
	own := map[string]bool{}
	for line := range bytes.Lines(s.text) {
		own[string(bytes.TrimSpace(line))] = true
	}
	apart := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for line := range bytes.Lines(text) {
		line := string(bytes.TrimSpace(line))
		if own[line] {
			continue
		}
		// A key may have what sets words apart in it, so that both are compared as words with one blank between them.
		words := " " + strings.Join(strings.FieldsFunc(strings.ToLower(line), apart), " ") + " "
		for _, key := range s.secrets {
			if strings.Contains(words, " "+strings.Join(strings.FieldsFunc(strings.ToLower(key), apart), " ")+" ") {
				return key, true
			}
		}
	}
	return "", false
}

// newSheet writes what the overlay holds and what it might hold. What cannot be edited as a line stays in the overlay as it
// is: what is, or may be, a secret; what belongs to the host; what a .env file cannot express.
func newSheet(ctx context.Context, t envTarget, o *overlay.Overlay) (*sheet, error) {
	entries, err := t.resolver().For(t.principal, o).All(ctx)
	if err != nil {
		return nil, err
	}
	out := &sheet{shown: map[string]string{}}
	for _, scope := range []home.Scope{home.PrincipalScope(t.principal), home.HostScope()} {
		keys, err := t.home.SecretKeys(scope, t.id)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			out.secrets = append(out.secrets, key.String())
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Settings of capsule %s for principal %s.\n", t.id, t.principal)
	b.WriteString("# KEY=value; what has a space, a quote, a backslash or '#' in it is to be quoted. What is taken out is unset.\n")
	for _, e := range entries {
		if e.Hidden || e.Field.IsSecret() {
			out.secrets = append(out.secrets, e.Key)
			continue
		}
		if home.ReservedKey(e.Key) {
			continue
		}
		line, err := envfile.Format(envfile.Env, []envfile.Pair{{Key: e.Key, Value: e.Value.Text}})
		if err != nil {
			continue
		}
		b.WriteString("\n" + describeSetting(e))
		if e.Value.Source == config.Overlay {
			out.shown[e.Key] = e.Value.Text
			b.Write(line)
			continue
		}
		for part := range bytes.Lines(line) {
			b.WriteString("#" + string(part))
		}
	}
	out.text = b.Bytes()
	return out, nil
}

// describeSetting says in comments what the manifest says of a setting.
func describeSetting(e config.Entry) string {
	var b strings.Builder
	comment := func(text string) { b.WriteString("# " + inert.Line(text) + "\n") }
	switch {
	case !e.Declared:
		comment("not declared by the manifest")
	case e.Field.Description != "":
		comment(e.Field.Description)
	case e.Field.Request != "":
		comment(e.Field.Request)
	}
	if len(e.Field.EnumValues) > 0 {
		comment("one of " + strings.Join(e.Field.EnumValues, ", "))
	}
	if !e.Field.Default.IsZero() {
		comment("default: " + e.Field.Default.Text())
	}
	return b.String()
}
