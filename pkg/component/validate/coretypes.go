package validate

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
)

// coreExtern is the type of a core import or export. Module and Name are an import's.
type coreExtern = core.Import

// coreExports are the exports of a core instance or module.
type coreExports map[string]*coreExtern

// coreDef is a definition in the core type index space: a module type, or else a function type.
type coreDef struct {
	fn     core.FuncType
	module *moduleType
}

// moduleType is the type of a core module. It refers to nothing outside.
type moduleType struct {
	shape
	imports []*coreExtern
	byName  map[[2]string]*coreExtern
	exports coreExports
	names   []string // of the exports, in order
}

func newModuleType() *moduleType {
	return &moduleType{shape: leaf(), byName: map[[2]string]*coreExtern{}, exports: coreExports{}}
}

func (v *validator) addImport(t *moduleType, x *coreExtern) {
	v.spend(1)
	key := [2]string{x.Module, x.Name}
	if t.byName[key] != nil {
		v.fail(Duplicate, "a core module imports %s of %s twice", shown(x.Name), shown(x.Module))
	}
	t.byName[key] = x
	t.imports = append(t.imports, x)
}

func (v *validator) addExport(t *moduleType, name string, x *coreExtern) {
	v.spend(1)
	if t.exports[name] != nil {
		v.fail(Duplicate, "a core module exports %s twice", shown(name))
	}
	t.exports[name] = x
	t.names = append(t.names, name)
}

// coreModule validates an embedded module as far as package core does, and returns its type.
func (v *validator) coreModule(d *binary.CoreModule) *moduleType {
	m, err := v.parsed(d)
	if err != nil {
		panic(&Error{Offset: v.at, Rule: CoreModule, Reason: err.Error(), Err: err})
	}
	t := newModuleType()
	imports := m.Imports()
	for i := range imports {
		v.addImport(t, &imports[i])
	}
	for _, e := range m.Exports() {
		x := &coreExtern{Kind: e.Kind}
		switch e.Kind {
		case core.KindFunc:
			x.Func, _ = m.FuncTypeOf(e.Index)
		case core.KindTable:
			x.Table = m.Tables()[e.Index]
		case core.KindMemory:
			x.Memory = m.Memories()[e.Index]
		case core.KindGlobal:
			x.Global = m.Globals()[e.Index]
		case core.KindTag:
			x.Func, _ = m.TagTypeOf(e.Index)
		}
		v.addExport(t, e.Name, x)
	}
	return t
}

// coreType validates a core type definition.
func (v *validator) coreType(s *scope, d *binary.CoreType) coreDef {
	if d.Module != nil {
		return coreDef{module: v.moduleTypeDef(s, d.Module)}
	}
	return coreDef{fn: v.coreFuncType(d.Func)}
}

// maxCoreParams bounds the parameters and the results of a core function type, as engines do.
const maxCoreParams = 1000

func (v *validator) coreFuncType(d *binary.CoreFuncType) core.FuncType {
	if n := max(len(d.Params), len(d.Results)); n > maxCoreParams {
		v.fail(Size, "a core function type with %d parameters or results, at most %d are allowed", n, maxCoreParams)
	}
	types := func(in []binary.CoreValType) []core.ValType {
		out := make([]core.ValType, len(in))
		for i, t := range in {
			out[i] = core.ValType(t)
		}
		return out
	}
	return core.FuncType{Params: types(d.Params), Results: types(d.Results)}
}

// moduleTypeDef validates a module type. Its types are a space of their own, which aliases fill from outside.
func (v *validator) moduleTypeDef(s *scope, d *binary.CoreModuleType) *moduleType {
	t := newModuleType()
	var types []core.FuncType
	for _, decl := range d.Decls {
		v.spend(1)
		switch {
		case decl.Type != nil:
			types = append(types, v.coreFuncType(decl.Type.Func))
		case decl.Alias != nil:
			types = append(types, v.moduleAlias(s, types, decl.Alias))
		case decl.Import != nil:
			x := v.coreExtern(types, decl.Import.Type)
			x.Module, x.Name = decl.Import.Module, decl.Import.Name
			v.addImport(t, x)
		case decl.Export != nil:
			v.addExport(t, decl.Export.Name, v.coreExtern(types, decl.Export.Type))
		}
	}
	return t
}

// moduleAlias resolves an outer alias of a module type, which counts as a scope itself.
func (v *validator) moduleAlias(s *scope, types []core.FuncType, a *binary.Alias) core.FuncType {
	if a.Count == 0 {
		return at(v, types, a.Index, "core type")
	}
	from, _ := v.enclosing(s, a.Count-1)
	t := at(v, from.coreTypes, a.Index, "core type")
	if t.module != nil {
		v.fail(Sort, "a module type cannot contain core type %d, which is a module type", a.Index)
	}
	return t.fn
}

// Bounds of core limits: pages of 64 KiB in a 32-bit memory.
const maxPages = 1 << 16

// coreExtern resolves the type of an import or export of a module type.
func (v *validator) coreExtern(types []core.FuncType, d binary.CoreExternType) *coreExtern {
	x := &coreExtern{Kind: core.ExternKind(d.Sort)}
	lo, hi, bounded := uint32(d.Limits.Min), uint32(0), d.Limits.Max != nil
	if bounded {
		if hi = uint32(*d.Limits.Max); lo > hi {
			v.fail(Size, "a minimum of %d is more than the maximum of %d", lo, hi)
		}
	}
	switch d.Sort {
	case binary.CoreFunc:
		x.Func = at(v, types, d.Type, "core type")
	case binary.CoreTable:
		if d.Val != binary.FuncRef && d.Val != binary.ExternRef {
			v.fail(Type, "the elements of a table have to be references")
		}
		if d.Limits.Shared {
			v.fail(Type, "a table cannot be shared")
		}
		x.Table = core.TableType{Elem: core.ValType(d.Val), Min: lo, Max: hi, HasMax: bounded}
	case binary.CoreMemory:
		if max(lo, hi) > maxPages {
			v.fail(Size, "a memory of %d pages is larger than %d", max(lo, hi), maxPages)
		}
		if d.Limits.Shared && !bounded {
			v.fail(Size, "a shared memory has to have a maximum")
		}
		x.Memory = core.MemoryType{Min: lo, Max: hi, HasMax: bounded, Shared: d.Limits.Shared}
	case binary.CoreTag:
		if x.Func = at(v, types, d.Type, "core type"); len(x.Func.Results) > 0 {
			v.fail(Type, "a tag has a type with results")
		}
	case binary.CoreGlobal:
		x.Global = core.GlobalType{Val: core.ValType(d.Val), Mutable: d.Mutable}
	}
	return x
}

// module checks that a module needs no more imports than are wanted and exports at least what is wanted.
func (m *matcher) module(given, want *moduleType) {
	for _, need := range given.imports {
		have := want.byName[[2]string{need.Module, need.Name}]
		if have == nil {
			m.fail(Missing, "the module given imports %s of %s, which the one wanted does not", shown(need.Name), shown(need.Module))
		}
		leave := m.enter("import %s of %s", shown(need.Name), shown(need.Module))
		m.core(have, need)
		leave()
	}
	for _, name := range want.names {
		have := given.exports[name]
		if have == nil {
			m.fail(Missing, "export %s is wanted and not given", shown(name))
		}
		leave := m.enter("export %s", shown(name))
		m.core(have, want.exports[name])
		leave()
	}
}

// core checks that a core definition can be imported where one of type want is wanted (core specification,
// "Import Subtyping").
func (m *matcher) core(given, want *coreExtern) {
	m.v.spend(1 + len(want.Func.Params) + len(want.Func.Results))
	if given.Kind != want.Kind {
		m.fail(Type, "a %s is wanted and a %s is given", want.Kind, given.Kind)
	}
	switch want.Kind {
	case core.KindFunc, core.KindTag:
		if !given.Func.Equal(want.Func) {
			m.fail(Type, "type %s is wanted and %s is given", want.Func, given.Func)
		}
	case core.KindTable:
		g, w := given.Table, want.Table
		if g.Elem != w.Elem {
			m.fail(Type, "a table of %s is wanted and one of %s is given", w.Elem, g.Elem)
		}
		if !(limits{g.Min, g.Max, g.HasMax}).within(limits{w.Min, w.Max, w.HasMax}) {
			m.fail(Type, "the limits of the table given do not fit those wanted")
		}
	case core.KindMemory:
		g, w := given.Memory, want.Memory
		if g.Shared != w.Shared {
			m.fail(Type, "one of the memories is shared, the other is not")
		}
		if !(limits{g.Min, g.Max, g.HasMax}).within(limits{w.Min, w.Max, w.HasMax}) {
			m.fail(Type, "the limits of the memory given do not fit those wanted")
		}
	case core.KindGlobal:
		if given.Global != want.Global {
			m.fail(Type, "a global of another type or mutability is wanted")
		}
	}
}

// limits are those of a table or memory.
type limits struct {
	min, max uint32
	bounded  bool
}

// within reports whether l promises all that wanted does.
func (l limits) within(wanted limits) bool {
	return l.min >= wanted.min && (!wanted.bounded || l.bounded && l.max <= wanted.max)
}
