package core

import "math"

func (p *parser) typeSection() {
	n := p.count("types", p.limits.Types, 2) // an empty structure, which is not supported, takes two bytes
	p.m.types = make([]FuncType, 0, n)
	for range n {
		at := p.pos
		switch form := p.byte(); {
		case p.err != nil:
		case form == 0x60:
			// A type may refer to those before it.
			bound := len(p.m.types)
			params := p.valTypes("parameters", p.limits.Params, bound)
			results := p.valTypes("results", p.limits.Results, bound)
			p.m.types = append(p.m.types, FuncType{params, results})
		case form == 0x4e, form == 0x4f, form == 0x50, form == 0x5e, form == 0x5f:
			p.unsupported(at, "a garbage-collected type")
		default:
			p.strict(at, "only function types are supported")
		}
		if p.err != nil {
			return
		}
	}
}

// index reads an index that must be below bound.
func (p *parser) index(bound int, reason string) uint32 {
	at := p.pos
	i := p.u32()
	if p.err == nil && uint64(i) >= uint64(bound) {
		p.invalid(at, reason)
		return 0
	}
	return i
}

func (p *parser) importSection() {
	m := p.m
	n := p.count("imports", p.limits.Imports, 4)
	m.imports = make([]Import, 0, n)
	m.descs = make([]span, 0, n)
	for range n {
		imp := Import{Offset: p.pos, Module: p.name(), Name: p.name()}
		at := p.pos
		imp.Kind = ExternKind(p.byte())
		switch imp.Kind {
		case KindFunc:
			if i := p.index(len(m.types), "unknown type"); p.err == nil {
				imp.Func = m.types[i]
				m.funcs = append(m.funcs, i)
				m.imported.funcs++
			}
		case KindTable:
			imp.Table, _ = p.tableType()
			m.tables = append(m.tables, imp.Table)
			m.imported.tables++
		case KindMemory:
			imp.Memory = p.memoryType()
			m.memories = append(m.memories, imp.Memory)
			m.imported.memories++
		case KindGlobal:
			imp.Global = p.globalType()
			m.globals = append(m.globals, imp.Global)
			m.imported.globals++
		case KindTag:
			if i := p.tagType(); p.err == nil {
				imp.Func = m.types[i]
				m.tags = append(m.tags, i)
				m.imported.tags++
			}
		default:
			p.fail(at, "unknown kind of import")
		}
		if p.err != nil {
			return
		}
		m.imports = append(m.imports, imp)
		m.descs = append(m.descs, span{at, p.pos})
	}
	p.spaces()
	m.exported, m.referred = make([]bool, len(m.funcs)), make([]bool, len(m.funcs))
}

// spaces holds the index spaces that imports share with definitions against their limits.
func (p *parser) spaces() {
	check := func(name string, limit uint64, got int) {
		if uint64(got) > limit {
			p.over(name, limit, uint64(got))
		}
	}
	check("functions", p.limits.Functions, len(p.m.funcs))
	check("tables", p.limits.Tables, len(p.m.tables))
	check("globals", p.limits.Globals, len(p.m.globals))
	check("tags", p.limits.Tags, len(p.m.tags))
	if len(p.m.memories) > 1 {
		p.unsupported(p.pos, "more than one memory")
	}
}

func (p *parser) functionSection() {
	m := p.m
	n := p.count("functions", p.limits.Functions, 1)
	funcs := make([]uint32, len(m.funcs), len(m.funcs)+n)
	copy(funcs, m.funcs)
	for range n {
		funcs = append(funcs, p.index(len(m.types), "unknown type"))
	}
	m.funcs = funcs
	p.spaces()
	m.exported, m.referred = make([]bool, len(m.funcs)), make([]bool, len(m.funcs))
}

func (p *parser) tableSection() {
	n := p.count("tables", p.limits.Tables, 3)
	for range n {
		at := p.pos
		init := p.pos < p.end && p.b[p.pos] == 0x40
		if init {
			p.pos++
			if p.byte() != 0 {
				p.fail(at, "unknown kind of table")
			}
			p.m.features |= FeatureFunctionReferences
		}
		t, sizes := p.tableType()
		if init {
			p.constExpr()
		}
		if p.err != nil {
			return
		}
		if p.table += uint64(t.Min); p.table > p.limits.TableElements {
			p.over("table elements", p.limits.TableElements, p.table)
			return
		}
		p.m.tables = append(p.m.tables, t)
		p.m.limits = append(p.m.limits, sizes)
	}
	p.spaces()
}

func (p *parser) memorySection() {
	at := p.pos
	n := p.count("memories", math.MaxUint32, 2)
	if n > 1 {
		p.unsupported(at, "more than one memory")
	}
	for range n {
		if p.err != nil {
			return
		}
		p.m.memories = append(p.m.memories, p.memoryType())
	}
	p.spaces()
}

func (p *parser) tagSection() {
	for range p.count("tags", p.limits.Tags, 2) {
		p.m.tags = append(p.m.tags, p.tagType())
	}
	p.spaces()
}

func (p *parser) globalSection() {
	n := p.count("globals", p.limits.Globals, 4)
	for range n {
		t := p.globalType()
		p.constExpr()
		if p.err != nil {
			return
		}
		p.m.globals = append(p.m.globals, t)
	}
	p.spaces()
}

func (p *parser) exportSection() {
	m := p.m
	n := p.count("exports", p.limits.Exports, 3)
	m.exports = make([]Export, 0, n)
	m.byName = make(map[string]int, n)
	for range n {
		at := p.pos
		e := Export{Name: p.name()}
		if _, dup := m.byName[e.Name]; dup && p.err == nil {
			p.invalid(at, "export name is repeated")
		}
		at = p.pos
		e.Kind = ExternKind(p.byte())
		var bound int
		switch e.Kind {
		case KindFunc:
			bound = len(m.funcs)
		case KindTable:
			bound = len(m.tables)
		case KindMemory:
			bound = len(m.memories)
		case KindGlobal:
			bound = len(m.globals)
		case KindTag:
			bound = len(m.tags)
		default:
			p.fail(at, "unknown kind of export")
		}
		e.Index = p.index(bound, "export of what is not there")
		if p.err != nil {
			return
		}
		if e.Kind == KindFunc {
			m.exported[e.Index] = true
		}
		m.byName[e.Name] = len(m.exports)
		m.exports = append(m.exports, e)
	}
}

func (p *parser) startSection() {
	at := p.pos
	i := p.index(len(p.m.funcs), "unknown function")
	if p.err != nil {
		return
	}
	if t := p.m.types[p.m.funcs[i]]; len(t.Params)+len(t.Results) > 0 {
		p.invalid(at, "start function with parameters or results")
	}
	p.m.start, p.m.hasStart = i, true
}

// elementSection reads segments by their three flag bits: passive or declarative, an explicit table or a kind,
// expressions instead of functions.
func (p *parser) elementSection() {
	n := p.count("element segments", p.limits.Segments, 3)
	for range n {
		at := p.pos
		flags := p.u32()
		if flags > 7 {
			p.fail(at, "unknown kind of element segment")
		}
		active, explicit, exprs := flags&1 == 0, flags&2 != 0, flags&4 != 0
		if flags != 0 {
			p.m.features |= FeatureBulkMemory
		}
		if active {
			if explicit {
				p.index(len(p.m.tables), "unknown table")
			} else if len(p.m.tables) == 0 {
				p.invalid(at, "unknown table")
			}
			p.constExpr()
		}
		if !active || explicit {
			at := p.pos
			switch {
			case exprs:
				switch t := p.valType(len(p.m.types)); t {
				case FuncRef, ExternRef, ExnRef, Ref, RefNull:
				default:
					p.invalid(at, "elements that are no references")
				}
			case p.byte() != 0:
				p.fail(at, "unknown kind of element")
			}
		}
		items := p.count("elements", p.limits.Elements-p.elems, 1)
		p.elems += uint64(items)
		p.m.elems += items
		for range items {
			if exprs {
				p.constExpr()
			} else if i := p.index(len(p.m.funcs), "unknown function"); p.err == nil {
				p.m.referred[i] = true
			}
			if p.err != nil {
				return
			}
		}
		if p.err != nil {
			return
		}
		p.m.elems++
	}
}

func (p *parser) dataSection() {
	at := p.pos
	n := p.count("data segments", p.limits.DataSegments, 2)
	if p.err == nil && p.m.hasCount && n != p.m.datas {
		p.fail(at, "data count differs from the data segments")
	}
	p.m.datas = n
	p.m.segments = make([]dataSegment, 0, n)
	for range n {
		at := p.pos
		var d dataSegment
		kind := p.u32()
		switch kind {
		case 0, 2:
			if kind == 2 {
				p.index(1, "unknown memory")
			}
			if len(p.m.memories) == 0 {
				p.invalid(at, "unknown memory")
			}
			d.offset, d.fixed = p.constExpr()
		case 1:
			d.passive = true
			p.m.features |= FeatureBulkMemory
		default:
			p.fail(at, "unknown kind of data segment")
		}
		size := p.u32()
		d.data.start = p.pos
		p.bytes(size)
		d.data.end = p.pos
		d.all = span{at, p.pos}
		p.m.segments = append(p.m.segments, d)
		if p.err != nil {
			return
		}
		if p.data += uint64(size); p.data > p.limits.DataBytes {
			p.over("data bytes", p.limits.DataBytes, p.data)
			return
		}
	}
}

// constExpr walks a constant expression. Which of its globals it may use is left to the engine. It returns the value
// if that is written there: a single i32.const.
func (p *parser) constExpr() (value uint32, fixed bool) {
	var in instr
	for n := 0; p.err == nil; n++ {
		at := p.pos
		c := p.instr(&in)
		if p.err != nil {
			break
		}
		if n == 0 && in.op == opI32Const {
			value = uint32(in.value)
			fixed = true
		} else if in.op != opEnd {
			fixed = false
		}
		switch {
		case in.op == opEnd:
			return value, fixed
		case !c.konst:
			p.invalid(at, "instruction is not allowed in a constant expression")
		case in.op == opRefFunc && p.bound(at, in.index, len(p.m.funcs), "unknown function"):
			p.m.referred[in.index] = true
		case in.op == opGlobalGet:
			p.bound(at, in.index, len(p.m.globals), "unknown global")
		case c.imm == immNone:
			p.m.features |= FeatureExtendedConst
		}
		p.m.features |= c.feature
	}
	return 0, false
}

func (p *parser) bound(at int, i uint32, n int, reason string) bool {
	if uint64(i) >= uint64(n) {
		p.invalid(at, reason)
		return false
	}
	return true
}
