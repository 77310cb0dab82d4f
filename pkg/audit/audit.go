package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"astrid/pkg/component/wit"
	"astrid/pkg/manifest"
)

// State is what the comparison came to for one declaration.
type State string

// The states of a declaration.
const (
	// Used is declared, and something that is imported needs it.
	Used State = "used"
	// Missing is not declared, and something that is imported is refused without it.
	Missing State = "missing"
	// Unused is declared, and nothing that is imported has a use for it.
	Unused State = "unused"
	// Unchecked is declared, and imports cannot tell whether it is used.
	Unchecked State = "unchecked"
)

// Finding is what there is to say about one declaration: a capability, or the publish or subscribe table.
type Finding struct {
	Name  string
	State State
	// Uses are the imports that need the declaration, or have a use for it, as interface#function.
	Uses []string
	// Grant is the line that declares a capability; zero where there is none, and for tables.
	Grant manifest.Grant
	// Reason says in words why it is missing, unused or unchecked.
	Reason string
}

// Compare compares the imports of a wasm file with what a manifest declares. It returns a finding for everything that
// is declared or missing, sorted by name.
func Compare(m *manifest.Manifest, imports []wit.Item) []Finding {
	uses := usesOf(imports)
	var out []Finding
	for _, name := range append(manifest.CapabilityNames(), publish, subscribe) {
		u := uses[name]
		f := Finding{Name: name, Uses: u.imports}
		f.Grant, _ = m.Capabilities.Grant(name)
		switch declared := declares(m, name); {
		case !declared && len(u.refused) == 0:
			continue
		case !declared:
			f.State, f.Uses = Missing, u.refused
			f.Reason = "the capsule imports " + list(u.refused) + ", which is refused without it"
		case len(u.imports) == 0 && name == "allow_prompt_injection":
			f.State, f.Reason = Unchecked, "other capsules ask for it, and no import shows whether they do"
		case len(u.imports) == 0:
			f.State, f.Reason = Unused, "nothing that the capsule imports needs it"
		default:
			f.State = Used
			if lacking := u.lacking(m, name); len(lacking) > 0 {
				f.State, f.Uses = Missing, lacking
				f.Reason = "no entry allows " + list(lacking)
			}
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Finding) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func declares(m *manifest.Manifest, name string) bool {
	switch name {
	case publish:
		return len(m.Publish) > 0
	case subscribe:
		return len(m.Subscribe) > 0
	}
	return m.Capabilities.Has(name)
}

// use is what the imports have to do with one declaration.
type use struct {
	imports []string          // that have a use for it
	refused []string          // those that are refused without it
	asks    map[string]string // of an import: what all its calls are checked for
}

// usesOf returns the uses by the name of the declaration.
func usesOf(imports []wit.Item) map[string]use {
	uses := map[string]use{}
	table := rules()
	for _, it := range imports {
		for _, fn := range it.Funcs {
			for _, r := range table {
				if !r.covers(it.Name, fn.Name) {
					continue
				}
				for _, name := range r.needs {
					u := uses[name]
					u.add(it.Name+"#"+fn.Name, r)
					uses[name] = u
				}
			}
		}
	}
	return uses
}

func (u *use) add(name string, r rule) {
	u.imports = append(u.imports, name)
	if !r.optional {
		u.refused = append(u.refused, name)
	}
	if r.asks != "" {
		if u.asks == nil {
			u.asks = map[string]string{}
		}
		u.asks[name] = r.asks
	}
}

// lacking returns the imports that the entries of a held capability do not allow, whatever they are called with.
func (u use) lacking(m *manifest.Manifest, name string) []string {
	var out []string
	for _, i := range u.imports {
		if argument := u.asks[i]; argument != "" {
			if match, err := m.Capabilities.Match(name, argument, manifest.Places{}); err == nil && !match.Allowed {
				out = append(out, i)
			}
		}
	}
	return out
}

// maxListed is how many imports a reason names.
const maxListed = 4

func list(names []string) string {
	if more := len(names) - maxListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), more)
	}
	return strings.Join(names, ", ")
}
