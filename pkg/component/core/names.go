package core

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

// FunctionName returns the name that the module's name section gives a function, or "". The section is not part of
// the module proper: it is read when it is asked for, entry by entry, and where it is not well formed it ends.
func (m *Module) FunctionName(index uint32) string {
	b, ok := m.CustomSection(nameSection)
	if !ok {
		return ""
	}
	r := &reader{b: b, end: len(b), section: nameSection}
	for r.err == nil && r.left() > 0 {
		id, size := r.byte(), r.u32()
		if id != nameFunctions {
			r.bytes(size)
			continue
		}
		for n := r.u32(); n > 0 && r.err == nil; n-- {
			if i, name := r.u32(), r.name(); r.err == nil && i == index {
				return name
			}
		}
		return ""
	}
	return ""
}
