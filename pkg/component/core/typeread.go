package core

// heapType reads what follows the prefix of a reference type: func, extern, exn, or a type of the module below
// bound.
func (p *parser) heapType(bound int) ValType {
	at := p.pos
	if p.pos < p.end {
		switch t := ValType(p.b[p.pos]); t {
		case FuncRef, ExternRef, ExnRef:
			p.pos++
			p.note(t)
			return t
		}
	}
	i := p.signed(33)
	if p.err == nil && i < 0 {
		p.foreign(at, "a garbage-collected reference")
	}
	if p.err == nil && i >= int64(bound) {
		p.strict(at, "unknown type")
	}
	p.m.features |= FeatureFunctionReferences
	return RefNull
}

// note records the extension that a value type belongs to.
func (p *parser) note(t ValType) {
	switch t {
	case V128:
		p.m.features |= FeatureSIMD
	case ExternRef, FuncRef:
		p.m.features |= FeatureReferenceTypes
	case ExnRef:
		p.m.features |= FeatureExceptions
	}
}

// known reports whether a byte begins a value type.
func known(t ValType) bool {
	switch t {
	case I32, I64, F32, F64, V128, FuncRef, ExternRef, ExnRef, RefNull, Ref:
		return true
	}
	return false
}

func (p *parser) valType(bound int) ValType {
	at := p.pos
	t := ValType(p.byte())
	switch t {
	case I32, I64, F32, F64, V128, FuncRef, ExternRef, ExnRef:
		p.note(t)
		return t
	case RefNull:
		return p.heapType(bound)
	case Ref:
		p.heapType(bound)
		p.m.features |= FeatureFunctionReferences
		return Ref
	}
	p.fail(at, "unknown value type")
	return 0
}

func (p *parser) valTypes(name string, limit uint64, bound int) []ValType {
	n := p.count(name, limit, 1)
	if n == 0 {
		return nil
	}
	ts := make([]ValType, 0, n)
	for range n {
		ts = append(ts, p.valType(bound))
	}
	return ts
}

// sizes reads limits: a flag byte, a minimum and maybe a maximum.
func (p *parser) sizes() (lo, hi uint32, hasMax, shared bool) {
	at := p.pos
	flag := p.byte()
	if flag > 3 {
		switch {
		case flag > 15:
			p.fail(at, "unknown limits")
		case flag > 7:
			p.unsupported(at, "a memory with pages of another size")
		default:
			p.unsupported(at, "a 64-bit memory or table")
		}
		return
	}
	lo = p.u32()
	if hasMax = flag&1 != 0; hasMax {
		hi = p.u32()
		if p.err == nil && hi < lo {
			p.invalid(at, "minimum exceeds maximum")
		}
	}
	return lo, hi, hasMax, flag&2 != 0
}

func (p *parser) tableType() (t TableType, sizes span) {
	at := p.pos
	if p.pos < p.end && !known(ValType(p.b[p.pos])) {
		p.strict(at, "unknown value type") // wazero does not look at those of imported tables
	}
	t.Elem = p.valType(len(p.m.types))
	switch t.Elem {
	case FuncRef, ExternRef, ExnRef, Ref, RefNull:
	default:
		p.invalid(at, "table of values that are no references")
	}
	var shared bool
	at = p.pos
	t.Min, t.Max, t.HasMax, shared = p.sizes()
	if shared {
		p.invalid(at, "shared table")
	}
	return t, span{at, p.pos}
}

func (p *parser) memoryType() MemoryType {
	var t MemoryType
	at := p.pos
	t.Min, t.Max, t.HasMax, t.Shared = p.sizes()
	switch {
	case p.err != nil:
	case t.Shared && !t.HasMax:
		p.invalid(at, "shared memory without a maximum")
	case t.Min > 1<<16 || t.Max > 1<<16:
		p.invalid(at, "memory of more than 65536 pages")
	case uint64(t.Min) > p.limits.MemoryPages:
		p.over("memory pages", p.limits.MemoryPages, uint64(t.Min))
	}
	if t.Shared {
		p.m.features |= FeatureThreads
	}
	return t
}

func (p *parser) globalType() GlobalType {
	t := GlobalType{Val: p.valType(len(p.m.types))}
	at := p.pos
	switch p.byte() {
	case 0:
	case 1:
		t.Mutable = true
	default:
		p.fail(at, "unknown mutability")
	}
	return t
}

func (p *parser) tagType() uint32 {
	p.m.features |= FeatureExceptions
	at := p.pos
	if p.byte() != 0 {
		p.fail(at, "unknown kind of tag")
	}
	at = p.pos
	i := p.index(len(p.m.types), "unknown type")
	if p.err == nil && len(p.m.types[i].Results) > 0 {
		p.invalid(at, "tag with results")
	}
	p.m.features |= FeatureExceptions
	return i
}
