package core

import "errors"

// Version changes with what Rewrite makes of a module, or Parse accepts: what was kept of either is good for the same
// version only.
const Version = 4

// Options says what Rewrite changes. The zero value drops custom sections and changes nothing else.
type Options struct {
	// Imports returns the module and name that an import gets; i is its place in Module.Imports. Nil keeps
	// all imports as they are. Kinds and types never change.
	Imports func(i int, imp Import) (module, name string)
	// Meter meters the code; nil leaves it alone.
	Meter *Meter
	// KeepCustom keeps the custom sections. They are not screened, and an engine may read some of them
	// (wazero the function names and, if asked to, DWARF): keep them only of modules that are trusted.
	KeepCustom bool
	// ModuleName names the module in the engine's stack traces. Empty: it stays nameless. The names of functions are
	// not passed on with it: Module.FunctionNames has them.
	ModuleName string
	// MaxTable caps the size, in elements, of the tables that the module defines: their maximum becomes at
	// most this, so that table.grow beyond it fails as the specification says, and a larger minimum is
	// refused. 0 means no cap. Imported tables are capped where they are defined.
	MaxTable uint32
	// NoImage takes the data out that Module.Image has: whoever instantiates the module puts it into the memory before.
	// It needs a module that has an image.
	NoImage bool
	// State exports the mutable globals that the module defines, so that they can be set back: see Module.State.
	State bool
}

// Rewritten is what Rewrite made.
type Rewritten struct {
	// Bytes is the module. It may share memory with the original.
	Bytes []byte
	// Metered reports that the module has the meter's table and counter, TableExport and CounterExport. A
	// module without code of its own has no meter.
	Metered bool
	// Start reports that the start function was taken out and exported as StartExport, for the engine to
	// call once the meter is connected.
	Start bool
	// Leaks reports that a call may leave the call depth, DepthExport, too low: the engine sets it before each call
	// from outside.
	Leaks bool
}

// Rewrite returns the module with what the options change. With KeepCustom and nothing else set, that is the
// original byte for byte. It returns an *Error or a *LimitError.
func (m *Module) Rewrite(o Options) (*Rewritten, error) {
	w := &writer{m: m, o: o}
	if o.Meter != nil && len(m.bodies) == 0 && m.section(secCode) != nil && len(m.funcs) > m.imported.funcs {
		return nil, errors.New("core: the code has not been walked")
	}
	metered := o.Meter != nil && len(m.bodies) > 0
	if metered || o.State {
		if err := m.ownNames(); err != nil {
			return nil, err
		}
	}
	if metered {
		plan, err := m.meter(*o.Meter)
		if err != nil {
			return nil, err
		}
		w.plan = plan
	}
	if err := w.module(); err != nil {
		return nil, err
	}
	return &Rewritten{Bytes: w.out, Metered: w.plan != nil, Start: w.plan != nil && m.hasStart, Leaks: w.plan != nil && w.plan.graph.leaks}, nil
}

// writer writes a module section by section.
type writer struct {
	m    *Module
	o    Options
	plan *plan // of the meter; nil when there is none
	out  []byte
	// written is the place up to which missing sections have been written.
	written int
}

func (w *writer) module() error {
	m := w.m
	w.out = append(make([]byte, 0, len(m.wasm)+len(m.wasm)/4), preamble...)
	for i := range m.sections {
		s := &m.sections[i]
		if s.id == secCustom {
			if w.o.KeepCustom {
				w.copy(s)
			}
			continue
		}
		w.missing(s.id.order())
		var content []byte
		var err error
		switch s.id {
		case secImport:
			content = w.importSection()
		case secTable:
			content, err = w.tableSection()
		case secDataCount:
			if w.o.NoImage && !m.walked.UsesData {
				continue
			}
		case secData:
			if w.o.NoImage {
				if !m.walked.UsesData {
					continue
				}
				content = m.withoutImage()
			}
		}
		if err != nil {
			return err
		}
		switch {
		case w.plan != nil && s.id == secStart:
			continue
		case w.plan != nil && s.id == secCode:
			content = w.plan.code()
		case w.plan != nil || w.o.State && s.id == secExport:
			if content == nil {
				content = m.wasm[s.body.start:s.body.end:s.body.end]
			}
			content = w.extend(s.id, content)
		}
		if content != nil {
			w.section(s.id, content)
		} else {
			w.copy(s)
		}
	}
	w.missing(secData.order() + 1)
	if w.o.ModuleName != "" {
		w.section(secCustom, moduleName(w.o.ModuleName))
	}
	return nil
}

// extend appends what the options add to a section that is a vector.
func (w *writer) extend(id sectionID, content []byte) []byte {
	if w.plan != nil {
		content = w.plan.extend(id, content)
	}
	if w.o.State && id == secExport {
		content = w.m.exportState(content)
	}
	return content
}

// missing writes the sections that are added to and that the module has not, as far as they belong before the place of
// the next section.
func (w *writer) missing(next int) {
	for _, id := range [...]sectionID{secTable, secGlobal, secExport} {
		if id.order() > w.written && id.order() < next && w.m.section(id) == nil {
			if content := w.extend(id, []byte{0}); len(content) > 1 {
				w.section(id, content)
			}
		}
	}
	w.written = max(w.written, next-1)
}

func (w *writer) copy(s *section) { w.out = append(w.out, w.m.wasm[s.all.start:s.all.end]...) }

func (w *writer) section(id sectionID, content []byte) {
	w.out = append(w.out, byte(id))
	w.out = appendU32(w.out, uint32(len(content)))
	w.out = append(w.out, content...)
}

// importSection returns the import section's content if an import gets another name, else nil.
func (w *writer) importSection() []byte {
	if w.o.Imports == nil {
		return nil
	}
	m := w.m
	var out []byte
	changed := false
	for i, imp := range m.imports {
		module, name := w.o.Imports(i, imp)
		changed = changed || module != imp.Module || name != imp.Name
		if out == nil {
			s := m.section(secImport)
			out = appendU32(make([]byte, 0, s.body.end-s.body.start), uint32(len(m.imports)))
		}
		out = appendName(appendName(out, module), name)
		out = append(out, m.wasm[m.descs[i].start:m.descs[i].end]...)
	}
	if !changed {
		return nil
	}
	return out
}

// tableSection returns the table section's content with the maximum sizes capped if that changes any, else nil.
func (w *writer) tableSection() ([]byte, error) {
	m, limit := w.m, w.o.MaxTable
	s := m.section(secTable)
	if limit == 0 || s == nil {
		return nil, nil
	}
	var out []byte
	copied := s.body.start
	for i, t := range m.tables[m.imported.tables:] {
		if t.Min > limit {
			return nil, &LimitError{Name: "table elements", Limit: uint64(limit), Got: uint64(t.Min)}
		}
		if t.HasMax && t.Max <= limit {
			continue
		}
		sizes := m.limits[i]
		out = append(out, m.wasm[copied:sizes.start]...)
		out = append(out, 1) // minimum and maximum
		out = appendU32(appendU32(out, t.Min), limit)
		copied = sizes.end
	}
	if out == nil {
		return nil, nil
	}
	return append(out, m.wasm[copied:s.body.end]...), nil
}
