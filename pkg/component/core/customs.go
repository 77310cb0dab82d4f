package core

// CustomSection is a custom section. Data is its content without its name; do not change it.
type CustomSection struct {
	Name   string
	Data   []byte
	Offset int // of the section in the module
}

// CustomSections returns the custom sections in the order of the module.
func (m *Module) CustomSections() []CustomSection {
	var out []CustomSection
	for _, s := range m.sections {
		if s.id != secCustom {
			continue
		}
		r := reader{b: m.wasm, pos: s.body.start, end: s.body.end}
		r.bytes(r.u32())
		out = append(out, CustomSection{s.name, r.b[r.pos:r.end:r.end], s.all.start})
	}
	return out
}
