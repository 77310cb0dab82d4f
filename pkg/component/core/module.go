package core

import "slices"

// Imports returns the imports in order. Do not change them.
func (m *Module) Imports() []Import { return m.imports }

// Exports returns the exports in order. Do not change them.
func (m *Module) Exports() []Export { return m.exports }

// Export returns the export of that name.
func (m *Module) Export(name string) (Export, bool) {
	i, ok := m.byName[name]
	if !ok {
		return Export{}, false
	}
	return m.exports[i], true
}

// FuncTypeOf returns the type of a function by its index, imported functions first.
func (m *Module) FuncTypeOf(index uint32) (FuncType, bool) {
	if uint64(index) >= uint64(len(m.funcs)) {
		return FuncType{}, false
	}
	return m.types[m.funcs[index]], true
}

// TagTypeOf returns the type of a tag by its index, imported tags first: its Params are what it carries.
func (m *Module) TagTypeOf(index uint32) (FuncType, bool) {
	if uint64(index) >= uint64(len(m.tags)) {
		return FuncType{}, false
	}
	return m.types[m.tags[index]], true
}

// Memories returns the memories, imported ones first. There is at most one. Do not change it.
func (m *Module) Memories() []MemoryType { return m.memories }

// Tables returns the tables, imported ones first. Do not change them.
func (m *Module) Tables() []TableType { return m.tables }

// Globals returns the globals, imported ones first. Do not change them.
func (m *Module) Globals() []GlobalType { return m.globals }

// Items is how many globals, the meter's own for functions that code refers to included, and elements the module has. For
// each of them every instance takes some 64 bytes of the host's memory.
func (m *Module) Items() int { return len(m.globals) + len(m.refs) + m.elems }

// Functions is the number of functions, imported ones included.
func (m *Module) Functions() int { return len(m.funcs) }

// HasStart reports whether the module has a start function.
func (m *Module) HasStart() bool { return m.hasStart }

// Features returns the extensions that the module uses.
func (m *Module) Features() Feature { return m.features }

// CustomSection returns the content of the first custom section of that name, its name excluded. Do not change
// it.
func (m *Module) CustomSection(name string) ([]byte, bool) {
	i := slices.IndexFunc(m.sections, func(s section) bool { return s.id == secCustom && s.name == name })
	if i < 0 {
		return nil, false
	}
	r := reader{b: m.wasm, pos: m.sections[i].body.start, end: m.sections[i].body.end}
	r.bytes(r.u32())
	return r.b[r.pos:r.end:r.end], true
}

// section returns the section of that id, which is not custom, or nil.
func (m *Module) section(id sectionID) *section {
	for i := range m.sections {
		if m.sections[i].id == id {
			return &m.sections[i]
		}
	}
	return nil
}
