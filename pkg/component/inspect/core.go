package inspect

import (
	"fmt"
	"strings"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
	"astrid/pkg/component/wit"
)

// coreImports returns the imports of a core module by the name that they are imported from. Bindings name their
// functions after an interface and a function in it, lowered to core types.
func coreImports(m *core.Module) []wit.Item {
	var items []wit.Item
	at := map[string]int{}
	for _, i := range m.Imports() {
		n, ok := at[i.Module]
		if !ok {
			n = len(items)
			at[i.Module] = n
			items = append(items, wit.Item{Name: i.Module, Kind: "core imports"})
		}
		typ := i.Kind.String()
		if i.Kind == core.KindFunc {
			typ = i.Func.String()
		}
		items[n].Funcs = append(items[n].Funcs, wit.Func{Name: i.Name, Type: typ})
	}
	return items
}

func coreExports(m *core.Module) []wit.Item {
	var items []wit.Item
	for _, e := range m.Exports() {
		it := wit.Item{Name: e.Name, Kind: "core " + e.Kind.String()}
		if t, ok := m.FuncTypeOf(e.Index); ok && e.Kind == core.KindFunc {
			it.Kind, it.Funcs = "core function", []wit.Func{{Name: e.Name, Type: t.String()}}
		}
		items = append(items, it)
	}
	return items
}

// maxMetadata bounds how many sections of metadata are read: each may cost what a component may cost.
const maxMetadata = 32

// metadata looks for the world that the bindings of a core module were generated for.
func (in *inspector) metadata(m *core.Module) {
	var sections []*binary.Component
	for _, s := range m.CustomSections() {
		if s.Name != "component-type" && !strings.HasPrefix(s.Name, "component-type:") {
			continue
		}
		c, err := binary.Decode(s.Data)
		if err == nil {
			err = validate.Component(c, in.limits)
		}
		if err != nil {
			in.problem(s.Name, s.Offset, err)
			return
		}
		if len(sections) == maxMetadata {
			in.problem(s.Name, s.Offset, fmt.Errorf("there are more than %d of them", maxMetadata))
			return
		}
		sections = append(sections, c)
	}
	if sections == nil {
		return
	}
	world, err := wit.OfMetadata(sections...)
	if err != nil {
		in.report.Problems = append(in.report.Problems, fmt.Sprintf("the component-type sections: %v", err))
		return
	}
	in.report.World = world
}

func (in *inspector) problem(section string, offset int, err error) {
	in.report.Problems = append(in.report.Problems, fmt.Sprintf("the custom section %.80q at offset %#x: %v", section, offset, err))
}
