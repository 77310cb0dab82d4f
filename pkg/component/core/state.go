package core

import (
	"slices"
	"strconv"
)

// dataSegment is a data segment: active at a place that is fixed, active at one that is computed, or passive.
type dataSegment struct {
	all, data span
	offset    uint32
	fixed     bool // offset is known
	passive   bool
}

func (w *Walked) note(op opcode) {
	switch op {
	case opTableSet, opTableInit, opElemDrop, opTableCopy, opTableGrow, opTableFill:
		w.ChangesTables = true
	case opMemoryInit:
		w.UsesData = true
	case opDataDrop:
		w.UsesData, w.DropsData = true, true
	}
}

// Segment is data that lies in a memory from the start.
type Segment struct {
	Offset uint32
	Data   []byte
}

// Image returns the data that every instance of the module puts into the memory that the module defines, in the order in
// which it does. ok is false if there is no such memory, if it is shared, if what instances put there can differ, or if
// it would not fit, so that instantiating traps. Do not change it.
func (m *Module) Image() (segments []Segment, ok bool) {
	if len(m.memories) == 0 || m.imported.memories > 0 || m.memories[0].Shared {
		return nil, false
	}
	size := uint64(m.memories[0].Min) << 16
	for _, d := range m.segments {
		if d.passive {
			continue
		}
		if !d.fixed || uint64(d.offset)+uint64(d.data.end-d.data.start) > size {
			return nil, false
		}
		segments = append(segments, Segment{d.offset, m.wasm[d.data.start:d.data.end]})
	}
	return segments, true
}

// FillsImported reports whether instances put data into a memory that the module imports.
func (m *Module) FillsImported() bool {
	return m.imported.memories > 0 && slices.ContainsFunc(m.segments, func(d dataSegment) bool { return !d.passive })
}

// withoutImage is the data section with its active segments empty and passive, as the specification leaves them when
// they have been applied. Their indices stay.
func (m *Module) withoutImage() []byte {
	out := appendU32(nil, uint32(len(m.segments)))
	for _, d := range m.segments {
		if d.passive {
			out = append(out, m.wasm[d.all.start:d.all.end]...)
		} else {
			out = append(out, 1, 0)
		}
	}
	return out
}

// State returns the names by which Options.State exports the mutable globals that the module defines. Together with the
// memory they are all that running an instance can change, so that setting them back makes it a new one. ok is false
// for a module of which that does not hold: its code changes tables or drops segments, its memory is shared, or a
// mutable global is no number.
func (m *Module) State() (globals []string, ok bool) {
	ok = !m.walked.ChangesTables && !m.walked.DropsData
	for _, t := range m.memories {
		ok = ok && !t.Shared
	}
	m.eachMutable(func(i int, t GlobalType) {
		globals = append(globals, stateExport(i))
		switch t.Val {
		case I32, I64, F32, F64:
		default:
			ok = false
		}
	})
	if !ok {
		return nil, false
	}
	return globals, true
}

func (m *Module) eachMutable(visit func(i int, t GlobalType)) {
	for i := m.imported.globals; i < len(m.globals); i++ {
		if t := m.globals[i]; t.Mutable {
			visit(i, t)
		}
	}
}

func stateExport(i int) string { return MeterPrefix + "g" + strconv.Itoa(i) }

// exportState appends the exports of the mutable globals to an export section.
func (m *Module) exportState(content []byte) []byte {
	var added uint32
	var add []byte
	m.eachMutable(func(i int, _ GlobalType) {
		added++
		add = appendU32(append(appendName(add, stateExport(i)), byte(KindGlobal)), uint32(i))
	})
	return appendVector(content, added, add)
}
