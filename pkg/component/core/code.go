package core

// instr is one instruction as it stands in the code.
type instr struct {
	op    opcode
	index uint32 // the first index: label, function, type, local, global, table, segment, tag
	other uint32 // the second
	// labels are the branch table's or catch clauses' labels, default label last. They are reused.
	labels []uint32
	value  int32 // of an i32.const
	// catches counts the catch clauses of a try_table.
	catches int
	// takes and gives are the words of stack that a block's parameters and results are.
	takes, gives uint64
}

// instr reads one instruction with its immediates and returns its class. Indices are the caller's to check,
// other than those in heap types.
func (p *parser) instr(in *instr) class {
	at := p.pos
	b := p.byte()
	in.op = opcode(b)
	letter := plainOps[b]
	if letter == 'p' {
		in.op, letter = p.prefixed(b)
	}
	var c class
	if letter != '-' {
		c = classes[letter]
	}
	switch c.imm {
	case immNone, immEnd, immElse:
	case immBlock:
		p.blockType(in)
	case immTry:
		p.blockType(in)
		p.catches(in)
	case immLabel, immFunc, immType, immTag, immLocal, immGlobal, immTable, immElem, immData:
		in.index = p.u32()
	case immTypeTable, immTables, immElemTable:
		in.index = p.u32()
		in.other = p.u32()
	case immLabels:
		p.labels(in)
	case immDataZero:
		in.index = p.u32()
		p.zero()
	case immZero:
		p.zero()
	case immZeros:
		p.zero()
		p.zero()
	case immMem, immMemLane:
		// Bit 6 of the alignment would announce a memory index.
		if align := p.u32(); align >= 32 {
			p.fail(at, "alignment is out of range, or a memory index")
		}
		p.u32()
		if c.imm == immMemLane {
			p.byte()
		}
	case immLane:
		p.byte()
	case imm4:
		p.bytes(4)
	case imm8:
		p.bytes(8)
	case imm16:
		p.bytes(16)
	case immI32:
		in.value = int32(p.signed(32))
	case immI64:
		p.signed(64)
	case immTypes:
		if p.byte() != 1 {
			p.strict(at, "select of other than one type")
		}
		p.valType(len(p.m.types))
	case immHeap:
		p.heapType(len(p.m.types))
	default:
		p.fail(at, "unknown or unsupported instruction")
	}
	return c
}

// prefixed reads a sub-opcode. The specification encodes it as a number of up to five bytes, wazero reads one
// byte and would run the rest as instructions. So only the shortest encoding passes: one byte, and for vector
// instructions from 0x80 a second one, 0x01, which wazero then runs as the nop that it is.
func (p *parser) prefixed(prefix byte) (opcode, byte) {
	at := p.pos - 1
	sub := p.byte()
	ops := miscOps
	switch prefix {
	case prefixVector:
		ops = vectorOps
		if sub >= 0x80 && p.byte() != 1 {
			p.strict(at, "unknown or unsupported instruction, or a sub-opcode that is longer than it needs to be")
		}
	case prefixAtomic:
		ops = atomicOps
	}
	if int(sub) >= len(ops) {
		p.strict(at, "unknown or unsupported instruction, or a sub-opcode that is longer than it needs to be")
		return 0, '-'
	}
	return opcode(prefix)<<8 | opcode(sub), ops[sub]
}

func (p *parser) zero() {
	at := p.pos
	if p.byte() != 0 {
		p.fail(at, "reserved byte is not zero")
	}
}

// blockType reads the type of a block: none, one result, or a type of the module.
func (p *parser) blockType(in *instr) {
	in.takes, in.gives = 0, 0
	if p.pos >= p.end {
		p.byte()
		return
	}
	switch b := p.b[p.pos]; {
	case b == 0x40:
		p.pos++
	case b < 0x80 && b&0x40 != 0:
		in.gives = words(p.valType(len(p.m.types)))
	default:
		at := p.pos
		i := p.signed(33)
		if p.err == nil && i < 0 {
			p.strict(at, "value type is longer than it needs to be")
		}
		if p.err == nil && i >= int64(len(p.m.types)) {
			p.invalid(at, "unknown type")
		}
		if p.err == nil {
			t := p.m.types[i]
			in.takes, in.gives = width(t.Params), width(t.Results)
		}
	}
}

func (p *parser) labels(in *instr) {
	n := p.count("branch table labels", p.limits.Labels, 1)
	in.labels = in.labels[:0]
	for range n + 1 {
		in.labels = append(in.labels, p.u32())
	}
}

// catches reads catch clauses: a kind, a tag unless it catches all, a label.
func (p *parser) catches(in *instr) {
	n := p.count("catch clauses", p.limits.Labels, 2)
	in.labels, in.catches = in.labels[:0], n
	for range n {
		at := p.pos
		switch kind := p.byte(); {
		case kind <= 1:
			p.index(len(p.m.tags), "unknown tag")
		case kind > 3:
			p.fail(at, "unknown catch clause")
		}
		in.labels = append(in.labels, p.u32())
		if p.err != nil {
			return
		}
	}
}

// uses is what a function does that the meter wants to know.
type uses uint8

// usesLeak are the uses that may leave the call depth too low when the function returns.
const usesLeak = usesTry | usesTailGrow

const (
	usesCalls    uses = 1 << iota // calls, or throws
	usesIndirect                  // call_indirect, call_ref, and their tail calls
	usesLength                    // operations charged by length
	usesTry                       // catches exceptions
	usesWait                      // memory.atomic.wait
	usesTailGrow                  // tail calls that may grow the stack
	usesRefs                      // ref.func
)

// codeWalk is what the walk of one function body needs to remember.
type codeWalk struct {
	in      instr
	flow    flow
	blocks  []opcode // the open blocks, the function's own first
	labels  uint64   // of all branch tables of the module
	mutable uint64   // globals that can change
	globals uint64   // times calls, of all functions
	passed  uint64   // values, in all functions

	open     uint64 // loops that are open
	nested   uint64 // loops, each as often as there are loops open in it
	branches uint64 // blocks, branches and labels of branch tables
}

func (p *parser) codeSection() {
	at := p.pos
	if size := uint64(p.left()); size > p.limits.Code {
		p.over("code bytes", p.limits.Code, size)
		return
	}
	if p.skip {
		p.pos = p.end
		return
	}
	n := p.count("functions", p.limits.Functions, 3)
	if p.err == nil && n != p.defined() {
		p.fail(at, "number of bodies differs from the function section's")
		return
	}
	p.m.bodies = make([]body, n)
	p.mutableGlobals()
	section := p.end
	for i := range p.m.bodies {
		at := p.pos
		size := p.u32()
		if p.err == nil && uint64(size) > uint64(p.left()) {
			p.fail(at, "body is longer than the section")
		}
		if uint64(size) > p.limits.Body {
			p.over("body bytes", p.limits.Body, uint64(size))
		}
		if p.err != nil {
			return
		}
		p.end = p.pos + int(size)
		f, t := &p.m.bodies[i], p.m.types[p.m.funcs[p.m.imported.funcs+i]]
		p.body(f, t)
		if p.err == nil && p.pos != p.end {
			p.fail(p.pos, "code after the end of the function")
		}
		p.end = section
		if p.err != nil {
			return
		}
	}
}

// mutableGlobals counts the globals that can change, the meter's two included.
func (p *parser) mutableGlobals() {
	p.code.mutable = 2
	for _, g := range p.m.globals {
		if g.Mutable {
			p.code.mutable++
		}
	}
}

func (p *parser) body(f *body, t FuncType) {
	f.all = span{p.pos, p.end}
	f.groups = p.count("locals", p.limits.Locals, 2)
	locals := uint64(len(t.Params))
	for range f.groups {
		locals += uint64(p.u32())
		at := p.pos
		if p.valType(len(p.m.types)) == Ref {
			p.strict(at, "local of a type without a default value")
		}
		if locals > p.limits.Locals {
			p.over("locals", p.limits.Locals, locals)
		}
		if p.err != nil {
			return
		}
	}
	f.locals = uint32(locals)
	f.code = span{p.pos, p.end}
	f.calls.start = len(p.m.calls)
	p.code.flow.begin(f, t)
	p.instructions(f)
	f.frame = p.code.flow.words(p.code.mutable)
	f.calls.end = len(p.m.calls)
	if p.err != nil {
		return
	}
	p.proportion(locals)
}

// proportion checks what the function that was read costs beyond its size.
func (p *parser) proportion(locals uint64) {
	w, l := &p.code, &p.limits
	globals := (w.flow.calls + 1) * w.mutable
	w.globals += globals
	w.passed += w.flow.passed
	for _, c := range []struct {
		name       string
		limit, got uint64
	}{
		{"branches", l.Branches, w.branches},
		{"locals times nested loops", l.LocalLoops, locals * w.nested},
		{"locals times branches", l.LocalBlocks, locals * w.branches},
		{"addresses times branches", l.Addresses, w.flow.copies},
		{"values passed", l.Passed, w.flow.passed},
		{"values passed in all", l.ModulePassed, w.passed},
		{"globals times calls", l.CallGlobals, globals},
		{"globals times calls in all", l.ModuleCallGlobals, w.globals},
	} {
		if c.got > c.limit {
			p.over(c.name, c.limit, c.got)
			return
		}
	}
}

func (p *parser) instructions(f *body) {
	w, in := &p.code, &p.code.in
	w.blocks = append(w.blocks[:0], opBlock)
	w.open, w.nested, w.branches = 0, 0, 0
	for len(w.blocks) > 0 {
		at := p.pos
		c := p.instr(in)
		if p.err != nil {
			return
		}
		p.m.features |= c.feature
		f.cost += c.weight
		switch c.imm {
		case immBlock, immTry:
			for _, l := range in.labels[:in.caught()] {
				p.label(at, l)
			}
			if in.caught() > 0 {
				f.uses |= usesTry
			}
			w.branches += 1 + uint64(in.caught())
			w.blocks = append(w.blocks, in.op)
			if depth := uint64(len(w.blocks)); depth > p.limits.Nesting {
				p.over("nested blocks", p.limits.Nesting, depth)
			}
			if in.op == opLoop {
				w.open++
				w.nested += w.open
				if f.loops++; uint64(f.loops) > p.limits.Loops {
					p.over("loops", p.limits.Loops, uint64(f.loops))
				}
			}
		case immElse:
			if w.blocks[len(w.blocks)-1] != opIf {
				p.invalid(at, "else outside of an if")
			}
			w.blocks[len(w.blocks)-1] = opElse
		case immEnd:
			if w.blocks[len(w.blocks)-1] == opLoop {
				w.open--
			}
			w.blocks = w.blocks[:len(w.blocks)-1]
		case immLabel:
			w.branches++
			p.label(at, in.index)
		case immLabels:
			for _, l := range in.labels {
				p.label(at, l)
			}
			w.branches += uint64(len(in.labels))
			if w.labels += uint64(len(in.labels)); w.labels > p.limits.ModuleLabels {
				p.over("branch table labels in all", p.limits.ModuleLabels, w.labels)
			}
		case immFunc:
			p.bound(at, in.index, len(p.m.funcs), "unknown function")
			if in.op == opRefFunc && p.err == nil {
				// The meter may add an export, which would declare a function that nothing declares.
				if !p.m.exported[in.index] && !p.m.referred[in.index] {
					p.invalid(at, "reference to a function that is not declared")
				}
				p.reference(in.index)
				f.uses |= usesRefs
			}
		case immType:
			p.bound(at, in.index, len(p.m.types), "unknown type")
		case immTypeTable:
			p.bound(at, in.index, len(p.m.types), "unknown type")
			p.bound(at, in.other, len(p.m.tables), "unknown table")
		case immTag:
			p.bound(at, in.index, len(p.m.tags), "unknown tag")
		case immLocal:
			p.bound(at, in.index, int(f.locals), "unknown local")
		case immGlobal:
			p.bound(at, in.index, len(p.m.globals), "unknown global")
		case immTable:
			p.bound(at, in.index, len(p.m.tables), "unknown table")
		case immTables:
			p.bound(at, in.index, len(p.m.tables), "unknown table")
			p.bound(at, in.other, len(p.m.tables), "unknown table")
		case immElem:
			p.bound(at, in.index, p.m.elems, "unknown element segment")
		case immElemTable:
			p.bound(at, in.index, p.m.elems, "unknown element segment")
			p.bound(at, in.other, len(p.m.tables), "unknown table")
		case immMem, immMemLane, immZero, immZeros:
			if len(p.m.memories) == 0 && in.op != opAtomicFence {
				p.invalid(at, "unknown memory")
			}
		case immData, immDataZero:
			if !p.m.hasCount {
				p.fail(at, "data segment is used without a data count section")
			}
			p.bound(at, in.index, p.m.datas, "unknown data segment")
		}
		if p.err != nil {
			return
		}
		p.m.walked.note(in.op)
		var callee uint32 // its type
		switch c.role {
		case roleCall, roleTail:
			f.uses |= usesCalls
			callee = in.index
			if c.imm == immFunc {
				p.m.calls = append(p.m.calls, in.index)
				callee = p.m.funcs[in.index]
			} else {
				f.uses |= usesIndirect
			}
			if c.role == roleTail && tailGrows(p.m.types[callee]) {
				f.uses |= usesTailGrow
			}
		case roleBulk, roleGrow:
			f.uses |= usesLength
		case roleWait:
			f.uses |= usesWait
		case roleStop:
			if in.op != opUnreachable {
				f.uses |= usesCalls
			}
		}
		w.flow.instr(c, in, p.m.types, callee)
	}
}

// caught is the number of labels that are catch clauses': none unless the instruction is a try_table.
func (in *instr) caught() int {
	if in.op == opTryTable {
		return in.catches
	}
	return 0
}

// reference notes that code refers to a function. Metering has a global for each.
func (p *parser) reference(f uint32) {
	if _, ok := p.m.refAt[f]; ok {
		return
	}
	if p.m.refAt == nil {
		p.m.refAt = map[uint32]int{}
	}
	p.m.refAt[f] = len(p.m.refs)
	p.m.refs = append(p.m.refs, f)
	if n := uint64(len(p.m.globals) + len(p.m.refs)); n > p.limits.Globals {
		p.over("globals", p.limits.Globals, n)
	}
}

// label checks a label: zero is the innermost block, the outermost is the function.
func (p *parser) label(at int, l uint32) {
	p.bound(at, l, len(p.code.blocks), "unknown label")
}
