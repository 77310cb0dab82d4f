package core

import (
	"iter"
	"unicode/utf8"
)

// The name section and the parts of it that are read or written here (core specification, appendix "Name Section").
const (
	nameSection   = "name"
	nameModule    = 0
	nameFunctions = 1
)

// moduleName returns the content of a name section that names the module and nothing else.
func moduleName(name string) []byte {
	sub := appendName(nil, name)
	out := append(appendName(nil, nameSection), nameModule)
	return append(appendU32(out, uint32(len(sub))), sub...)
}

// maxNames is how many bytes of function names are looked through.
const maxNames = 4 << 20

// FunctionNames iterates over the functions that the module's name section names. The section is not part of the module
// proper: it is read when it is asked for, entry by entry, and allocates nothing. It ends where it is not well formed, and
// after 4 MiB. Do not change the names.
func (m *Module) FunctionNames() iter.Seq2[uint32, []byte] {
	return func(yield func(index uint32, name []byte) bool) {
		b, _ := m.CustomSection(nameSection)
		r := &reader{b: b, end: len(b), section: nameSection}
		id, content := r.byte(), r.bytes(r.u32())
		if id == nameModule {
			id, content = r.byte(), r.bytes(r.u32())
		}
		if id != nameFunctions {
			return
		}
		r = &reader{b: content, end: min(len(content), maxNames), section: nameSection}
		for n := r.u32(); n > 0; n-- {
			index, name := r.u32(), r.bytes(r.u32())
			if r.err != nil || !utf8.Valid(name) || !yield(index, name) {
				return
			}
		}
	}
}
