package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/component/core"
	"astrid/pkg/component/inspect"
	"astrid/pkg/component/wit"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// inspected is what capsule inspect reports.
type inspected struct {
	code
	*inspect.Report
	hash   string
	wit    string // empty where the file has no WIT
	unsaid error  // why it has none
	link   error  // why it cannot run here, nil where it can
}

// importedHost is what this host has of one import.
type importedHost struct {
	Name      string   `json:"name"`
	Functions int      `json:"functions"`
	Provided  bool     `json:"provided"`
	Missing   []string `json:"missing"`
	Differing []string `json:"differing"`
}

// inspectedItem is an import or export as JSON has it.
type inspectedItem struct {
	Name      string          `json:"name"`
	Kind      string          `json:"kind"`
	Types     []string        `json:"types"`
	Functions []inspectedFunc `json:"functions"`
}

type inspectedFunc struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// inspectedModule is a core module as JSON has it.
type inspectedModule struct {
	Offset    int              `json:"offset"`
	Size      int              `json:"size"`
	Functions int              `json:"functions"`
	Start     bool             `json:"start"`
	Memories  []inspect.Memory `json:"memories"`
	Tables    []inspect.Table  `json:"tables"`
}

// capsuleInspect is one execution of capsule inspect.
type capsuleInspect struct {
	*app
	cmd *cobra.Command
	out *reporter[inspected]

	wit      bool
	manifest string
}

func (a *app) capsuleInspectCmd() *cobra.Command {
	s := &capsuleInspect{app: a}
	c := &cobra.Command{
		Use:   "inspect <capsule|path|uuid>",
		Short: "Show what is in a capsule's code",
		Long: `Show what is in a capsule's wasm without compiling or running it: whether it is a component or a core module, its size
and BLAKE3, which host packages it imports and whether this host has them, its memories and tables, its custom
sections, the tools that made it, and the world of its imports and exports as WIT. Where its manifest is known, its id,
version and UUID too.

The capsule is an installed one, a wasm file, a .capsule archive, or a manifest or directory with the wasm that it names.

With --wit, only the WIT is printed, which a WIT parser takes. A core module has no WIT types of its own, but may hold
the world that its bindings were generated for.

EXIT STATUS
  0  shown, whether or not it could run here
  2  usage
  4  no such capsule or file
  6  refused: a file or directory is not safe
  7  the file is no valid wasm or not what was installed; with --wit, WIT cannot describe it`,
		Example: `  astrid capsule inspect greeter
  astrid capsule inspect greeter.wasm --wit
  astrid capsule inspect ./greeter --json hash,uuid,hosts`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completion(nil, false),
	}
	s.cmd = c
	c.Flags().BoolVar(&s.wit, "wit", false, "print the world as WIT, and nothing else")
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("kind", func(r inspected) string { return string(r.Kind) }),
		jsonField("size", func(r inspected) int { return r.Size }),
		jsonField("hash", func(r inspected) string { return r.hash }),
		jsonFieldIf("capsule", inspected.declared, func(r inspected) string { return r.id.String() }),
		jsonFieldIf("version", inspected.declared, func(r inspected) string { return r.manifest().Package.Version }),
		jsonFieldIf("uuid", inspected.declared, inspected.uuid),
		jsonField("hosts", inspected.hosts),
		jsonField("runnable", func(r inspected) bool { return r.link == nil }),
		jsonField("imports", func(r inspected) []inspectedItem { return inspectedItems(r.Imports) }),
		jsonField("exports", func(r inspected) []inspectedItem { return inspectedItems(r.Exports) }),
		jsonField("modules", func(r inspected) []inspectedModule {
			out := make([]inspectedModule, len(r.Modules))
			for i, m := range r.Modules {
				out[i] = inspectedModule(m)
			}
			return out
		}),
		jsonField("customs", func(r inspected) []inspect.Custom { return r.Customs }),
		jsonField("producers", func(r inspected) []inspect.Producer { return r.Producers }),
		jsonField("problems", func(r inspected) []string { return r.Problems }),
		jsonField("wit", func(r inspected) *string {
			if r.unsaid != nil {
				return nil
			}
			return &r.wit
		}),
	)
	c.MarkFlagsMutuallyExclusive("wit", "json")
	c.MarkFlagsMutuallyExclusive("wit", "jq")
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

// declared reports whether a manifest says what the code is.
func (r inspected) declared() bool { return r.manifest() != nil }

func (r inspected) manifest() *manifest.Manifest { return r.code.manifest }

func (r inspected) uuid() string { return registry.UUID(r.id.String(), r.hash).String() }

func (s *capsuleInspect) run(ctx context.Context, arg string) error {
	h, err := s.openHome()
	if err != nil {
		return err
	}
	c, err := s.code(ctx, h, arg, s.manifest)
	if err != nil {
		return err
	}
	if as[*manifest.Error](c.problem) {
		s.note("what capsule it is, is not known: %v", c.problem)
	}
	report, err := inspect.File(c.wasm, core.Limits{})
	if err != nil {
		return aboutFile(c.name, err)
	}
	r := inspected{code: c, Report: report, hash: registry.Hash(c.wasm), link: capsule.Check(c.wasm)}
	r.wit, r.unsaid = witOf(report)
	switch {
	case s.wit && r.unsaid != nil:
		return aboutFile(c.name, r.unsaid)
	case s.wit:
		_, err = io.WriteString(s.io.Out, r.wit)
		return err
	case s.out.wanted():
		return s.out.one(s.cmd, r)
	}
	return s.print(r)
}

// noWorldError is a core module of which nothing says which WIT types its functions have.
type noWorldError struct{}

func (noWorldError) Error() string {
	return "a core module, which does not say what types its functions have in WIT"
}

func (noWorldError) Hint() string {
	return "without --wit, its imports and exports are shown with their core types"
}

func witOf(r *inspect.Report) (string, error) {
	if r.World == nil {
		return "", noWorldError{}
	}
	return r.World.Text()
}

// hosts says of each import what this host has of it. Interfaces that are imported for their types alone need nothing
// from a host.
func (r inspected) hosts() []importedHost {
	var link *component.LinkError
	errors.As(r.link, &link)
	hosts := []importedHost{}
	for _, it := range r.Imports {
		if len(it.Funcs) == 0 {
			continue
		}
		host := importedHost{Name: it.Name, Functions: len(it.Funcs)}
		for _, f := range it.Funcs {
			name := it.Name + "#" + f.Name
			if it.Kind == "function" {
				name = f.Name // it is imported by its bare name
			}
			switch {
			case link == nil:
			case slices.Contains(link.Missing, name):
				host.Missing = append(host.Missing, f.Name)
			case slices.ContainsFunc(link.Mismatched, func(err error) bool { return isAbout(err, name) }):
				host.Differing = append(host.Differing, f.Name)
			}
		}
		host.Provided = host.Missing == nil && host.Differing == nil && (r.link == nil || link != nil)
		hosts = append(hosts, host)
	}
	return hosts
}

// isAbout reports whether a mismatch is that of the import of that name, with which it begins.
func isAbout(err error, name string) bool {
	rest, ok := strings.CutPrefix(err.Error(), name)
	return ok && (rest == "" || strings.ContainsRune(":( ", rune(rest[0])))
}

func inspectedItems(items []wit.Item) []inspectedItem {
	out := make([]inspectedItem, len(items))
	for i, it := range items {
		out[i] = inspectedItem{Name: it.Name, Kind: it.Kind, Types: it.Types}
		for _, f := range it.Funcs {
			out[i].Functions = append(out[i].Functions, inspectedFunc(f))
		}
	}
	return out
}

// print shows facts, one a line, and then the world.
func (s *capsuleInspect) print(r inspected) error {
	rows := [][]string{
		{"kind", string(r.Kind)},
		{"size", strconv.Itoa(r.Size) + " bytes"},
		{"blake3", r.hash},
	}
	if m := r.manifest(); m != nil {
		rows = append(rows, []string{"capsule", r.id.String() + " " + m.Package.Version}, []string{"uuid", r.uuid()})
	}
	named := false // the rows say why it cannot be linked
	for _, h := range r.hosts() {
		rows = append(rows, []string{"imports", hostText(h)})
		named = named || len(h.Missing)+len(h.Differing) > 0
	}
	if r.link != nil && !named {
		rows = append(rows, []string{"imports", "cannot be linked here: " + r.link.Error()})
	}
	for _, m := range r.Modules {
		for _, x := range m.Memories {
			rows = append(rows, []string{"memory", bounds(x.Imported, x.Min, x.Max, "bytes")})
		}
		for _, x := range m.Tables {
			rows = append(rows, []string{"table", x.Elem + ", " + bounds(x.Imported, x.Min, x.Max, "elements")})
		}
	}
	for _, p := range r.Producers {
		rows = append(rows, []string{"made by", p.Field + ": " + strings.TrimSpace(p.Name+" "+p.Version)})
	}
	for _, c := range r.Customs {
		rows = append(rows, []string{"section", fmt.Sprintf("%s, %d bytes at %#x", c.Name, c.Size, c.Offset)})
	}
	for _, p := range r.Problems {
		rows = append(rows, []string{"problem", p})
	}
	if r.unsaid != nil {
		for _, line := range errorLines(r.unsaid) {
			rows = append(rows, []string{"wit", line})
		}
	}
	for i := range rows {
		rows[i][1] = inert.Line(rows[i][1])
	}
	s.table([]string{"FACT", "VALUE"}, rows)
	if r.unsaid != nil {
		return nil
	}
	_, err := io.WriteString(s.io.Out, "\n"+r.wit)
	return err
}

// hostText says what this host has of one import.
func hostText(h importedHost) string {
	text := fmt.Sprintf("%s, %s", h.Name, plural(h.Functions, "function"))
	switch {
	case h.Provided:
		return text + ": provided"
	case len(h.Missing) == h.Functions:
		return text + ": not provided"
	case len(h.Missing) > 0:
		text += ": not provided " + strings.Join(h.Missing, ", ")
	}
	if len(h.Differing) > 0 {
		text += ": of another type here " + strings.Join(h.Differing, ", ")
	}
	return text
}

// bounds says how large a memory or table is, and may become.
func bounds(imported bool, low uint64, high *uint64, unit string) string {
	text := fmt.Sprintf("%d %s", low, unit)
	switch {
	case high == nil:
		text += ", growing without bound of its own"
	case *high != low:
		text += fmt.Sprintf(", growing to %d", *high)
	}
	if imported {
		text += ", imported"
	}
	return text
}
