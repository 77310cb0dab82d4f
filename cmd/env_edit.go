package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
none. What is taken out is unset. On a terminal you may edit again what is not valid; elsewhere the file is kept, and
the message says where. Secrets are no settings and are not in the file; one that is typed there is not kept.

EXIT STATUS
  0  changed, or nothing was to change, or with --dry-run it would be
  1  the editor failed
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
		return err
	}
	file := filepath.Join(dir, t.id.String()+".env")
	if err := os.WriteFile(file, sheet.text, 0o600); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	changes, keep, err := s.edit(ctx, t, before, sheet, file)
	if keep {
		return withHint(err, "what was edited is in %s", file)
	}
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return err
	}
	if len(changes) == 0 {
		s.note("nothing was changed")
	}
	return s.print(changes)
}

// edit has the operator edit the file until it is valid, or he gives up. keep says that what he wrote is not in the
// overlay and must not be lost.
func (s *envEdit) edit(ctx context.Context, t envTarget, before *overlay.Overlay, sheet *sheet, file string) (changes []envChange, keep bool, err error) {
	for {
		if err := s.runEditor(ctx, file); err != nil {
			return nil, false, fmt.Errorf("%w; nothing was changed", err)
		}
		text, err := readEdited(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, false, errors.New("the editor removed the file; nothing was changed")
		}
		if err != nil {
			return nil, true, err
		}
		if bytes.Equal(text, sheet.text) {
			return nil, false, nil
		}
		set, unset, err := s.settings(ctx, t, sheet, text)
		if err == nil {
			changes, err = s.change(ctx, t, before, set, unset)
			return changes, err != nil, err
		}
		again := false
		if s.io.IsInTTY() {
			s.note("%v", err)
			var cerr error
			again, cerr = s.io.Confirm("astrid: edit again?")
			err = errors.Join(err, cerr)
		}
		if !again {
			return nil, !as[*typedSecretError](err), err
		}
	}
}

// typedSecretError is a secret where a setting belongs. It is not kept in a file: who typed it has it.
type typedSecretError struct{ error }

func (e *typedSecretError) Unwrap() error { return e.error }

func readEdited(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, envfile.MaxSize+1))
}

// settings returns what the edited text changes.
func (s *envEdit) settings(ctx context.Context, t envTarget, sheet *sheet, text []byte) (set []setting, unset []home.Key, err error) {
	src := source{"the edited file"}
	pairs, err := envfile.Parse(text)
	if err != nil {
		return nil, nil, src.about(err)
	}
	gone := maps.Clone(sheet.shown)
	for _, p := range pairs {
		old, shown := gone[p.Key]
		delete(gone, p.Key)
		if shown && old == p.Value {
			continue // whatever it is, it stays
		}
		accepted, err := t.accept(ctx, p.Key, p.Value, s.force)
		if e, ok := errors.AsType[*config.KeyError](err); ok && e.Mismatch == config.IsSecret {
			return nil, nil, &typedSecretError{src.at(p, false, err)}
		}
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
	text  []byte
	shown map[string]string // what of the overlay is in it
}

// newSheet writes what the overlay holds and what it might hold. What cannot be edited as a line stays in the overlay as it
// is: what is, or may be, a secret; what belongs to the host; what a .env file cannot express.
func newSheet(ctx context.Context, t envTarget, o *overlay.Overlay) (*sheet, error) {
	entries, err := t.resolver().For(t.principal, o).All(ctx)
	if err != nil {
		return nil, err
	}
	out := &sheet{shown: map[string]string{}}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Settings of capsule %s for principal %s.\n", t.id, t.principal)
	b.WriteString("# KEY=value; what has a space, a quote, a backslash or '#' in it is to be quoted. What is taken out is unset.\n")
	for _, e := range entries {
		if e.Hidden || e.Field.IsSecret() || home.ReservedKey(e.Key) {
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
