package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/internal/redact"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// capsuleShow is one execution of capsule show.
type capsuleShow struct {
	*app
	cmd *cobra.Command
	out *reporter[shown]
}

// shown is what is known of an installed capsule, as a principal sees it.
type shown struct {
	capsuleRow
	principal home.Principal
	env       []envShown
}

// envShown is one declared key.
type envShown struct {
	Key    string  `json:"key"`
	Type   string  `json:"type"`
	Value  *string `json:"value"` // of a setting
	Source string  `json:"source"`

	secret bool
}

// keys returns the declared keys that are secrets, or are not, and of those the ones that are unset or all.
func (r shown) keys(secret, unset bool) []string {
	keys := []string{}
	for _, e := range r.env {
		if e.secret == secret && (!unset || e.Source == config.Unset.String()) {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

func (a *app) capsuleShowCmd() *cobra.Command {
	s := &capsuleShow{app: a}
	c := &cobra.Command{
		Use:   "show <capsule|uuid>",
		Short: "Show an installed capsule",
		Long: `Show an installed capsule: its manifest, its UUID, the state of its code, the settings and secrets that it sees when it
runs for the principal, which of them have no value, what it imports from other capsules and exports to them.

EXIT STATUS
  0  shown, whatever its state is
  2  usage; a name that breaks a rule
  4  it is not installed
  6  refused: a file or directory is not safe
  7  its manifest or the overlay is not valid`,
		Example: `  astrid capsule show greeter
  astrid capsule show greeter --json uuid
  astrid capsule show greeter --principal alice --json missing_secrets --jq '.missing_secrets[]'`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.firstInstalled,
	}
	s.cmd = c
	s.out = addJSON(a, c,
		jsonField("name", func(r shown) string { return r.ID.String() }),
		jsonField("version", func(r shown) string { return r.version() }),
		jsonField("description", func(r shown) *string { return orNil(r.Manifest.Package.Description) }),
		jsonField("uuid", func(r shown) *string { return uuidOrNil(r.UUID) }),
		jsonField("principal", func(shown) string { return owner() }),
		jsonField("state", func(r shown) string { return string(r.state) }),
		jsonField("problem", func(r shown) *string { return problemText(r.problem) }),
		jsonField("wasm_hash", func(r shown) *string { return orNil(r.Hash) }),
		jsonField("wasm_path", func(r shown) *string { return orNil(r.Content.Path) }),
		jsonField("size", func(r shown) int64 { return r.Size }),
		jsonField("path", func(r shown) string { return r.Dir.Path() }),
		jsonField("source", func(r shown) *string { return orNil(r.Meta.Source) }),
		jsonField("installed_at", func(r shown) *string { return orNil(r.Meta.InstalledAt) }),
		jsonField("updated_at", func(r shown) *string { return orNil(r.Meta.UpdatedAt) }),
		jsonField("capabilities", func(r shown) []string { return r.capabilities() }),
		jsonField("env", func(r shown) []envShown { return r.env }),
		jsonField("needed_secrets", func(r shown) []string { return r.keys(true, false) }),
		jsonField("missing_secrets", func(r shown) []string { return r.keys(true, true) }),
		jsonField("missing_settings", func(r shown) []string { return r.keys(false, true) }),
		jsonField("imports", func(r shown) []string { return importsOf(r.Manifest) }),
		jsonField("exports", func(r shown) []string { return exportsOf(r.Manifest) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

// importsOf and exportsOf list interfaces as a manifest may write them, in one string.
func importsOf(m *manifest.Manifest) []string {
	list := []string{}
	for _, i := range m.Imports {
		text := fmt.Sprintf("%s:%s %s", i.Namespace, i.Interface, i.Requirement)
		if i.Optional {
			text += " (optional)"
		}
		list = append(list, text)
	}
	return list
}

func exportsOf(m *manifest.Manifest) []string {
	list := []string{}
	for _, e := range m.Exports {
		list = append(list, fmt.Sprintf("%s:%s %s", e.Namespace, e.Interface, e.Version))
	}
	return list
}

func (s *capsuleShow) run(ctx context.Context, arg string) error {
	h, principal, err := s.acting(s.cmd)
	if err != nil {
		return err
	}
	c, err := s.installedCapsule(ctx, h, arg)
	if err != nil {
		return err
	}
	r := shown{principal: principal}
	if r.capsuleRow, err = rowOf(ctx, h, c); err != nil {
		return err
	}
	if err := r.settings(ctx, h); err != nil {
		return err
	}
	if s.out.wanted() {
		return s.out.one(s.cmd, r)
	}
	s.print(r)
	return nil
}

// settings resolves what the capsule sees. A secret that cannot be read is one with an error, and no reason not to show
// the rest.
func (r *shown) settings(ctx context.Context, h *home.Home) error {
	o, err := overlay.Load(ctx, h, r.principal, r.ID)
	if err != nil {
		return err
	}
	entries, err := config.New(r.Manifest, r.ID, store.New(h)).For(r.principal, o).All(ctx)
	if err != nil {
		return err
	}
	r.env = []envShown{}
	for _, e := range entries {
		if !e.Declared || errors.Is(e.Err, config.ErrReserved) {
			continue
		}
		row := envRow{e}
		entry := envShown{Key: e.Key, Type: e.Field.Type, Source: row.source(), secret: e.Field.IsSecret()}
		if text, ok := row.value(); ok {
			entry.Value = &text
		}
		r.env = append(r.env, entry)
	}
	return nil
}

func (s *capsuleShow) print(r shown) {
	var rows [][]string
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				rows = append(rows, []string{name, inert.Line(v)})
			}
		}
	}
	p := r.Manifest.Package
	add("capsule", r.ID.String())
	add("version", p.Version)
	add("description", p.Description)
	add("license", p.License)
	add("repository", p.Repository)
	if id := uuidOrNil(r.UUID); id != nil {
		add("uuid", *id)
	}
	add("owner", owner())
	add("path", r.Dir.Path())
	add("wasm", r.Content.Path)
	if r.Size > 0 {
		add("size", strconv.FormatInt(r.Size, 10))
	}
	add("blake3", r.Hash)
	add("state", string(r.state))
	if r.problem != nil {
		add("problem", r.problem.Error())
	}
	add("source", r.Meta.Source)
	add("installed", r.Meta.InstalledAt)
	add("updated", r.Meta.UpdatedAt)
	for _, name := range r.capabilities() {
		grant, _ := r.Manifest.Capabilities.Grant(name)
		add("capability", grant.Text)
	}
	for _, e := range r.env {
		value := ""
		switch {
		case e.Value != nil:
			value = " = " + *e.Value
		case e.secret && strings.HasPrefix(e.Source, "secret:"):
			value = " = " + redact.Marker
		}
		name := "setting"
		if e.secret {
			name = "secret"
		}
		add(name, fmt.Sprintf("%s%s (%s)", e.Key, value, e.Source))
	}
	add("missing secret", r.keys(true, true)...)
	add("missing setting", r.keys(false, true)...)
	add("imports", importsOf(r.Manifest)...)
	add("exports", exportsOf(r.Manifest)...)
	s.table([]string{"", "FOR PRINCIPAL " + r.principal.String()}, rows)
}
