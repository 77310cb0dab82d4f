package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/internal/redact"
	"astrid/pkg/config"
	"astrid/pkg/overlay"
)

// sourceError stands where a lookup has an error for an answer.
const sourceError = "error"

// envRow is one key as a list shows it.
type envRow struct{ config.Entry }

func (r envRow) source() string {
	if r.Err != nil && !errors.Is(r.Err, config.ErrReserved) {
		return sourceError
	}
	return r.Value.Source.String()
}

// value returns the text to show, and false if there is none or it must not be shown.
func (r envRow) value() (string, bool) {
	if r.Value.Source == config.Unset || r.Hidden {
		return "", false
	}
	return r.Value.Text, true
}

// cell is the value in a table.
func (r envRow) cell() string {
	if r.Hidden {
		return redact.Marker
	}
	text, _ := r.value()
	return inert.Line(text)
}

// envFields are what is reported of one key.
func envFields() []field[envRow] {
	return []field[envRow]{
		jsonField("key", func(r envRow) string { return r.Key }),
		jsonField("value", func(r envRow) *string {
			if text, ok := r.value(); ok {
				return &text
			}
			return nil
		}),
		jsonField("source", func(r envRow) string { return r.source() }),
		jsonField("declared", func(r envRow) bool { return r.Declared }),
		jsonField("type", func(r envRow) *string {
			if !r.Declared {
				return nil
			}
			return &r.Field.Type
		}),
	}
}

// envList is one execution of env list.
type envList struct {
	*app
	cmd *cobra.Command
	out *reporter[envRow]

	manifest string
}

func (a *app) envListCmd() *cobra.Command {
	s := &envList{app: a}
	c := &cobra.Command{
		Use:   "list <capsule>",
		Short: "List the settings that a capsule sees",
		Long: `List the effective settings of a capsule as it sees them when it runs for the principal: each key that the manifest
declares or the overlay sets, with its value and where that comes from: overlay, default, secret:principal,
secret:host or unset. A secret that cannot be read has the source error. The values of secrets are never shown.

EXIT STATUS
  0  listed
  2  usage; a name that breaks a rule
  4  no such file or UUID
  6  refused: a file or directory is not safe, a secret's included
  7  a manifest, the overlay or a secret is not valid`,
		Example: `  astrid env list greeter
  astrid env list ./greeter/Capsule.toml --principal alice --json key,source`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c, envFields()...)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func (s *envList) run(ctx context.Context, capsule string) error {
	t, err := s.envTarget(s.cmd, capsule, s.manifest, s.target)
	if err != nil {
		return err
	}
	o, err := overlay.Load(ctx, t.home, t.principal, t.id)
	if err != nil {
		return err
	}
	entries, err := t.resolver().For(t.principal, o).All(ctx)
	if err != nil {
		return err
	}
	rows := make([]envRow, len(entries))
	var failures []error
	for i, e := range entries {
		rows[i] = envRow{e}
		if rows[i].source() == sourceError {
			failures = append(failures, e.Err)
		}
		s.remark(t, o, rows[i])
	}
	if t.manifest == nil {
		s.note("capsule %s is not installed and no manifest was given: only what the overlay sets is known", t.id)
	}
	if err := s.print(rows); err != nil {
		return err
	}
	return errors.Join(failures...)
}

// remark says what of the overlay has no effect. An empty value under the key of a secret is how the Rust runtime notes
// that it is kept elsewhere.
func (s *envList) remark(t envTarget, o *overlay.Overlay, r envRow) {
	text, overlaid := o.Lookup(r.Key)
	switch {
	case !overlaid || r.Value.Source == config.Overlay:
	case !r.Field.IsSecret():
		s.note("the overlay of principal %s sets %s, which belongs to the host: it has no effect", t.principal, r.Key)
	case text != "":
		s.note("the overlay of principal %s holds %s in the clear, where it has no effect: '%s' moves it", t.principal, r.Key, s.again("secret migrate", t.target))
	}
}

func (s *envList) print(rows []envRow) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{inert.Line(r.Key), r.cell(), r.source()}
	}
	s.table([]string{"KEY", "VALUE", "SOURCE"}, cells)
	return nil
}
