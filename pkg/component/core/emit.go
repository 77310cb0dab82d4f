package core

// What the plan adds has the last index of its space, so that nothing that the module has is renumbered.

func (p *plan) slowType() uint32   { return uint32(len(p.m.types)) }
func (p *plan) lengthType() uint32 { return p.slowType() + 1 }
func (p *plan) slow() uint32       { return uint32(len(p.m.funcs)) }
func (p *plan) flush() uint32      { return p.slow() + 1 }
func (p *plan) table() uint32      { return uint32(len(p.m.tables)) }
func (p *plan) counter() uint32    { return uint32(len(p.m.globals)) }
func (p *plan) depth() uint32      { return p.counter() + 1 }
func (p *plan) ref(i int) uint32   { return p.depth() + 1 + uint32(i) }

// extend appends what the plan adds to a section that is a vector.
func (p *plan) extend(id sectionID, content []byte) []byte {
	var added uint32
	var add []byte
	switch id {
	case secType:
		added, add = 2, []byte{0x60, 0, 0, 0x60, 1, byte(I32), 0}
	case secFunction:
		added, add = 1, appendU32(nil, p.slowType())
		if p.lengths {
			added, add = 2, appendU32(add, p.lengthType())
		}
	case secTable:
		added, add = 1, []byte{byte(FuncRef), 1, 1, 1}
	case secGlobal:
		added = 2
		add = append(appendS64(append(add, byte(I64), 1, byte(opI64Const)), p.o.Slice), byte(opEnd))
		add = append(appendS64(append(add, byte(I32), 1, byte(opI32Const)), int64(p.o.Depth)), byte(opEnd))
		for _, f := range p.m.refs {
			added++
			if p.m.features&FeatureFunctionReferences != 0 {
				add = appendS64(append(add, byte(Ref)), int64(p.m.funcs[f]))
			} else {
				add = append(add, byte(FuncRef))
			}
			add = append(appendU32(append(add, 0, byte(opRefFunc)), f), byte(opEnd))
		}
	case secExport:
		export := func(name string, kind ExternKind, index uint32) {
			added++
			add = appendU32(append(appendName(add, name), byte(kind)), index)
		}
		export(TableExport, KindTable, p.table())
		export(CounterExport, KindGlobal, p.counter())
		export(DepthExport, KindGlobal, p.depth())
		if p.m.hasStart {
			export(StartExport, KindFunc, p.m.start)
		}
	default:
		return content
	}
	return appendVector(content, added, add)
}

// appendVector returns a vector with so many encoded items more.
func appendVector(content []byte, added uint32, add []byte) []byte {
	r := reader{b: content, end: len(content)}
	n := r.u32()
	out := appendU32(make([]byte, 0, len(content)+len(add)+5), n+added)
	out = append(out, content[r.pos:]...)
	return append(out, add...)
}

// code returns the content of the code section.
func (p *plan) code() []byte {
	s := p.m.section(secCode)
	bodies := uint32(len(p.m.bodies)) + 1
	if p.lengths {
		bodies++
	}
	out := make([]byte, 0, s.body.end-s.body.start+len(p.ins)*16)
	out = appendU32(out, bodies)
	var e emitter
	for i := range p.m.bodies {
		e = emitter{plan: p, out: e.out[:0]}
		e.body(i)
		out = append(appendU32(out, uint32(len(e.out))), e.out...)
	}
	e = emitter{plan: p, out: e.out[:0]}
	e.slowBody()
	out = append(appendU32(out, uint32(len(e.out))), e.out...)
	if p.lengths {
		e.out = e.out[:0]
		e.flushBody()
		out = append(appendU32(out, uint32(len(e.out))), e.out...)
	}
	return out
}

// emitter writes one function body.
type emitter struct {
	*plan
	out    []byte
	length uint32 // local: an operation's length
	left   uint32 // local: the call depth that is left
	level  uint32 // local: the call depth that the function has
	catch  bool   // level is set on entry
}

func (e *emitter) body(i int) {
	f, b, wasm := &e.m.bodies[i], &e.bodies[i], e.m.wasm
	e.catch = f.uses&usesTry != 0
	e.locals(f, b)
	from := f.code.start
	for _, ins := range e.ins[b.ins.start:b.ins.end] {
		e.out = append(e.out, wasm[from:ins.at]...)
		from = ins.at
		e.insertion(ins)
		if ins.kind == insRef {
			r := reader{b: wasm, pos: ins.at + 1, end: f.code.end}
			r.u32()
			from = r.pos
		}
	}
	e.out = append(e.out, wasm[from:f.code.end]...)
}

// locals writes the groups of locals and, behind them, the meter's own.
func (e *emitter) locals(f *body, b *bodyPlan) {
	own := uint32(0)
	if b.length {
		e.length = f.locals + own
		own++
	}
	if b.depth {
		e.left, e.level = f.locals+own, f.locals+own
		own++
		if e.graph.leaks {
			e.level++
			own++
		}
	}
	groups := uint32(f.groups)
	if own > 0 {
		groups++
	}
	e.out = appendU32(e.out, groups)
	r := reader{b: e.m.wasm, pos: f.all.start, end: f.all.end}
	r.u32()
	e.out = append(e.out, e.m.wasm[r.pos:f.code.start]...)
	if own > 0 {
		e.out = append(appendU32(e.out, own), byte(I32))
	}
}

func (e *emitter) insertion(ins insertion) {
	switch ins.kind {
	case insCharge:
		pt := &e.points[ins.arg]
		if pt.gone {
			return
		}
		if pt.cost > 0 {
			e.index(opGlobalGet, e.counter())
			e.constant(opI64Const, int64(pt.cost))
			e.op(0x7d) // i64.sub
			e.index(opGlobalSet, e.counter())
		}
		if pt.check {
			e.check()
		}
	case insRef:
		// Whenever wazero makes a reference it keeps memory for it, for as long as the instance lives.
		e.index(opGlobalGet, e.ref(ins.arg))
	case insDepth:
		e.index(opGlobalGet, e.depth())
		e.index(opLocalSet, e.level)
	case insCount:
		switch {
		case e.catch:
			e.index(opLocalGet, e.level)
		case e.graph.leaks:
			e.index(opGlobalGet, e.depth())
			e.index(opLocalTee, e.level)
		default:
			e.index(opGlobalGet, e.depth())
		}
		e.deeper(ins.arg)
	case insUncount:
		if e.graph.leaks {
			e.index(opLocalGet, e.level)
		} else {
			e.index(opGlobalGet, e.depth())
			e.constant(opI32Const, int64(ins.arg))
			e.op(0x6a) // i32.add
		}
		e.index(opGlobalSet, e.depth())
	case insTail:
		e.index(opGlobalGet, e.depth())
		e.deeper(ins.arg)
	case insBulk:
		e.index(opLocalTee, e.length)
		e.index(opLocalGet, e.length)
		e.constant(opI32Const, 5)
		e.op(0x76) // i32.shr_u
		e.index(opCall, e.flush())
	case insMemoryGrow:
		// More than the largest memory fails at once, whatever it is.
		e.index(opLocalTee, e.length)
		e.index(opLocalGet, e.length)
		e.constant(opI32Const, 1<<16)
		e.index(opLocalGet, e.length)
		e.constant(opI32Const, 1<<16)
		e.op(0x49) // i32.lt_u
		e.op(0x1b) // select
		e.constant(opI32Const, 8)
		e.op(0x74) // i32.shl
		e.index(opCall, e.flush())
	}
}

// check takes the slow path for as long as the counter is negative. The way back is a branch, so that what is
// live around the call is spilled there and not on the way past it.
func (e *emitter) check() {
	e.out = append(e.out, byte(opLoop), 0x40)
	e.index(opGlobalGet, e.counter())
	e.constant(opI64Const, 0)
	e.op(0x53) // i64.lt_s
	e.out = append(e.out, byte(opIf), 0x40)
	e.index(opCall, e.slow())
	e.out = append(e.out, byte(opBr), 1, byte(opEnd), byte(opEnd))
}

// deeper takes call depth from the level on the stack. If none is left it takes the slow path, which comes back if
// the engine has some to spare. As in check, the way back is a branch.
func (e *emitter) deeper(weight int) {
	e.constant(opI32Const, int64(weight))
	e.op(0x6b) // i32.sub
	e.index(opLocalTee, e.left)
	e.index(opGlobalSet, e.depth())
	e.out = append(e.out, byte(opLoop), 0x40)
	e.index(opLocalGet, e.left)
	e.constant(opI32Const, 0)
	e.op(0x48) // i32.lt_s
	e.out = append(e.out, byte(opIf), 0x40)
	e.index(opCall, e.slow())
	e.constant(opI32Const, 0)
	e.index(opLocalSet, e.left)
	e.out = append(e.out, byte(opBr), 1, byte(opEnd), byte(opEnd))
}

// slowBody is the function that calls the engine.
func (e *emitter) slowBody() {
	e.out = append(e.out, 0) // no locals
	e.constant(opI32Const, 0)
	e.out = append(e.out, byte(opCallIndirect))
	e.out = appendU32(appendU32(e.out, e.slowType()), e.table())
	e.op(opEnd)
}

// flushBody is the function that takes the fuel that its parameter says.
func (e *emitter) flushBody() {
	e.out = append(e.out, 0) // no locals
	e.index(opGlobalGet, e.counter())
	e.index(opLocalGet, 0)
	e.op(0xad) // i64.extend_i32_u
	e.op(0x7d) // i64.sub
	e.index(opGlobalSet, e.counter())
	e.check()
	e.op(opEnd)
}

func (e *emitter) op(op opcode) { e.out = append(e.out, byte(op)) }

func (e *emitter) index(op opcode, i uint32) { e.out = appendU32(append(e.out, byte(op)), i) }

func (e *emitter) constant(op opcode, v int64) { e.out = appendS64(append(e.out, byte(op)), v) }
