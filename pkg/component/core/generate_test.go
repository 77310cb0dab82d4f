package core

// generator turns bytes into a valid module: whatever the bytes are, the module validates, every loop ends and
// every recursion does. When the bytes are used up everything is zero, and zero is always the simplest choice.
type generator struct {
	data []byte
	b    builder
	f    []genFunc
	eh   bool // use exceptions

	cur    int
	out    []byte
	labels []ValType // of the open blocks: what a branch carries, 0 for nothing
	locals []ValType
	budget int // instructions left
}

type genFunc struct{ params, results []ValType }

var genTypes = []genFunc{
	{nil, nil},
	{[]ValType{I32}, []ValType{I32}},
	{[]ValType{I64, F64}, []ValType{F64}},
	{[]ValType{I32, I64}, []ValType{I64}},
	{[]ValType{F32}, []ValType{I32, F32}},
	{[]ValType{I32, I32, I32, I32, I32, I32, I32, I32, I32}, []ValType{I32}},
}

const (
	genGas      = 0 // global i32: calls left
	genGlobals  = 4 // i32, i32, i64, f64
	genImports  = 1
	genTable    = 6
	genLoopStep = 5
)

func (g *generator) byte() int {
	if len(g.data) == 0 {
		return 0
	}
	v := g.data[0]
	g.data = g.data[1:]
	return int(v)
}

func (g *generator) n(limit int) int { return g.byte() % limit }

func (g *generator) emit(code ...byte) {
	g.out = append(g.out, code...)
	g.budget--
}

func (g *generator) idx(code byte, imm ...uint32) { g.emit(op(code, imm...)...) }

// generate makes a module. It exports its functions as f0, f1, …, its memory and its globals.
func generate(data []byte, eh bool) []byte {
	g := &generator{data: data, eh: eh}
	for _, t := range genTypes {
		g.b.typ(t.params, t.results)
	}
	g.b.typ([]ValType{I32}, nil)
	g.b.imp("env", "log", 0, byte(len(genTypes)))
	n := 1 + g.n(6)
	for range n {
		g.f = append(g.f, genTypes[g.n(len(genTypes))])
	}
	g.b.add(secTable, byte(FuncRef), 1, genTable, 2*genTable)
	g.b.add(secMemory, 1, 1, 3)
	g.b.add(secGlobal, join([]byte{byte(I32), 1}, i32c(60), []byte{0x0b})...)
	g.b.add(secGlobal, join([]byte{byte(I32), 1}, i32c(5), []byte{0x0b})...)
	g.b.add(secGlobal, join([]byte{byte(I64), 1}, i64c(-9), []byte{0x0b})...)
	g.b.add(secGlobal, byte(F64), 1, 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x0b)
	if eh {
		g.b.add(secTag, 0, byte(len(genTypes)))
	}
	g.b.export("memory", KindMemory, 0)
	for i := range uint32(genGlobals) {
		g.b.export("g"+string(rune('0'+i)), KindGlobal, i)
	}
	for i := range g.f {
		g.b.export("f"+string(rune('0'+i)), KindFunc, uint32(genImports+i))
	}
	elems := join([]byte{0, 0x41, 0, 0x0b, genTable - 1})
	for i := range genTable - 1 {
		elems = append(elems, byte(genImports+i%n))
	}
	g.b.add(secElement, elems...)
	for i, f := range g.f {
		g.function(i, f)
	}
	if g.n(4) == 1 && len(g.f[0].params)+len(g.f[0].results) == 0 {
		g.b.start(genImports)
	}
	return g.b.bytes()
}

func (g *generator) typeIndex(f genFunc) uint32 {
	for i, t := range genTypes {
		if (FuncType{f.params, f.results}).Equal(FuncType{t.params, t.results}) {
			return uint32(i)
		}
	}
	panic("unknown type")
}

func (g *generator) function(i int, f genFunc) {
	groups := []byte{2, byte(I32), 1, byte(I64), 1, byte(F32), 1, byte(F64), 8, byte(I32)}
	g.cur, g.out, g.budget = i, nil, 60+g.n(200)
	g.locals = append([]ValType(nil), f.params...)
	g.locals = append(g.locals, I32, I32, I64, F32, F64)
	g.labels = []ValType{}
	// Out of gas: return zeros.
	g.idx(0x23, genGas)
	g.emit(0x45, 0x04, 0x40)
	g.zeros(f.results)
	g.emit(0x0f, 0x0b)
	g.idx(0x23, genGas)
	g.emit(join(i32c(1), []byte{0x6b})...)
	g.idx(0x24, genGas)
	for range 1 + g.n(6) {
		g.stmt(0)
	}
	for _, t := range f.results {
		g.expr(t, 0)
	}
	g.emit(0x0b)
	g.b.fn(g.typeIndex(f), groups, g.out...)
}

func (g *generator) zeros(ts []ValType) {
	for _, t := range ts {
		g.constant(t, 0)
	}
}

func (g *generator) constant(t ValType, v int) {
	switch t {
	case I32:
		g.emit(i32c(int32(v))...)
	case I64:
		g.emit(i64c(int64(v))...)
	case F32:
		g.emit(0x43, 0, 0, byte(v), 0x40)
	case F64:
		g.emit(0x44, 0, 0, 0, 0, 0, 0, byte(v), 0x40)
	}
}

// block opens a block of type t, whose label carries label, and runs inside.
func (g *generator) block(code byte, t ValType, label ValType, inside func()) {
	bt := byte(0x40)
	if t != 0 {
		bt = byte(t)
	}
	g.emit(code, bt)
	g.labels = append(g.labels, label)
	inside()
	g.labels = g.labels[:len(g.labels)-1]
	g.emit(0x0b)
}

// target returns the label of an open block that carries nothing.
func (g *generator) target() (uint32, bool) {
	if len(g.labels) == 0 {
		return 0, false
	}
	l := g.n(len(g.labels))
	if g.labels[len(g.labels)-1-l] != 0 {
		return 0, false
	}
	return uint32(l), true
}

// loopLabel marks the label of a loop: only the loop itself branches to it, to count.
const loopLabel ValType = 1

func (g *generator) stmt(depth int) {
	if depth > 6 || g.budget < 0 {
		return
	}
	switch k := g.n(24); k {
	case 0:
		g.emit(0x01)
	case 1, 2:
		l := g.n(len(g.locals))
		g.expr(g.locals[l], depth+1)
		g.idx(0x21, uint32(l))
	case 3:
		ts := []ValType{I32, I64, F64}
		i := g.n(3)
		g.expr(ts[i], depth+1)
		g.idx(0x24, uint32(1+i))
	case 4, 5:
		g.expr(I32, depth+1)
		g.mask()
		ts, codes := []ValType{I32, I64, F32, I32}, []byte{0x36, 0x37, 0x38, 0x3a}
		i := g.n(4)
		g.expr(ts[i], depth+1)
		g.idx(codes[i], 0, uint32(g.byte()))
	case 6, 7:
		g.block(0x02, 0, 0, func() {
			for range g.n(4) {
				g.stmt(depth + 1)
			}
		})
	case 8, 9:
		g.expr(I32, depth+1)
		g.emit(0x04, 0x40)
		g.labels = append(g.labels, 0)
		for range g.n(3) {
			g.stmt(depth + 1)
		}
		if g.n(2) == 1 {
			g.emit(0x05)
			for range g.n(3) {
				g.stmt(depth + 1)
			}
		}
		g.labels = g.labels[:len(g.labels)-1]
		g.emit(0x0b)
	case 10, 11:
		// Every nesting has a counter of its own, which nothing else sets.
		nested := 0
		for _, l := range g.labels {
			if l == loopLabel {
				nested++
			}
		}
		if nested >= 3 {
			return
		}
		counter := uint32(len(g.locals) + nested)
		g.emit(i32c(int32(1 + g.n(genLoopStep)))...)
		g.idx(0x21, counter)
		g.block(0x03, 0, loopLabel, func() {
			for range g.n(4) {
				g.stmt(depth + 1)
			}
			g.idx(0x20, counter)
			g.emit(join(i32c(1), []byte{0x6b})...)
			g.idx(0x22, counter)
			if g.n(3) == 1 {
				// The same with br.
				g.emit(0x04, 0x40)
				g.idx(0x0c, 1)
				g.emit(0x0b)
			} else {
				g.idx(0x0d, 0)
			}
		})
	case 12:
		if l, ok := g.target(); ok {
			g.expr(I32, depth+1)
			g.idx(0x0d, l)
		}
	case 13:
		if l, ok := g.target(); ok {
			g.idx(0x0c, l)
		}
	case 14:
		if l, ok := g.target(); ok {
			if m, ok := g.target(); ok {
				g.expr(I32, depth+1)
				g.idx(0x0e, 2, l, m, l)
			}
		}
	case 15:
		for _, t := range g.f[g.cur].results {
			g.expr(t, depth+1)
		}
		g.emit(0x0f)
	case 16, 17:
		for range g.call(depth) {
			g.emit(0x1a)
		}
	case 18:
		g.expr(I32, depth+1)
		g.idx(0x10, 0)
	case 19:
		// memory.fill, memory.copy, of a constant length or of a small one
		g.expr(I32, depth+1)
		g.mask()
		g.expr(I32, depth+1)
		g.mask()
		if g.n(2) == 1 {
			g.emit(i32c(int32(g.byte()))...)
		} else {
			g.expr(I32, depth+1)
			g.mask()
		}
		if g.n(2) == 1 {
			g.emit(0xfc, 10, 0, 0)
		} else {
			g.emit(0xfc, 11, 0)
		}
	case 20:
		g.expr(I32, depth+1)
		g.emit(join(i32c(3), []byte{0x71, 0x40, 0, 0x1a})...)
	case 21:
		if g.n(8) == 1 {
			g.emit(0x00)
		}
	case 22:
		if f := g.f[g.n(len(g.f))]; (FuncType{nil, f.results}).Equal(FuncType{nil, g.f[g.cur].results}) {
			for i, other := range g.f {
				if g.typeIndex(other) == g.typeIndex(f) {
					for _, t := range f.params {
						g.expr(t, depth+1)
					}
					g.idx(0x12, uint32(genImports+i))
					return
				}
			}
		}
	case 23:
		g.try(depth)
	}
}

// try catches what its body throws, drops the value, and goes on after it.
func (g *generator) try(depth int) {
	if !g.eh {
		return
	}
	if g.n(3) == 1 {
		g.expr(I32, depth+1)
		g.idx(0x08, 0)
		return
	}
	g.block(0x02, 0, 0, func() {
		g.block(0x02, I32, I32, func() {
			g.emit(0x1f, 0x40, 1, 0, 0, 0)
			g.labels = append(g.labels, 0)
			for range g.n(4) {
				g.stmt(depth + 1)
			}
			g.labels = g.labels[:len(g.labels)-1]
			g.emit(0x0b)
			g.idx(0x0c, 1)
		})
		g.idx(0x21, uint32(len(g.f[g.cur].params)))
	})
}

// mask keeps most addresses and lengths in bounds.
func (g *generator) mask() {
	if g.n(16) != 1 {
		g.emit(join(i32c(0xfff), []byte{0x71})...)
	}
}

// call emits a call with its arguments and returns what it leaves on the stack.
func (g *generator) call(depth int) []ValType {
	i := g.n(len(g.f))
	f := g.f[i]
	for _, t := range f.params {
		g.expr(t, depth+1)
	}
	if g.n(3) == 1 {
		if g.n(8) == 1 {
			g.expr(I32, depth+1)
		} else {
			g.emit(i32c(int32(i % (genTable - 1)))...)
		}
		g.idx(0x11, g.typeIndex(f), 0)
	} else {
		g.idx(0x10, uint32(genImports+i))
	}
	return f.results
}

var (
	genUnary = map[ValType][]byte{I32: {0x45, 0x67, 0x68, 0x69, 0xc0}, I64: {0x79, 0x7a, 0x7b, 0xc4}, F32: {0x8b, 0x8c, 0x91}, F64: {0x99, 0x9a, 0x9f}}
	genPair  = map[ValType][]byte{
		I32: {0x6a, 0x6b, 0x6c, 0x6d, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x77, 0x46, 0x48, 0x4f},
		I64: {0x7c, 0x7d, 0x7e, 0x7f, 0x82, 0x83, 0x85, 0x86, 0x88, 0x8a},
		F32: {0x92, 0x93, 0x94, 0x95, 0x96}, F64: {0xa0, 0xa1, 0xa2, 0xa3, 0xa5},
	}
	genConvert = map[ValType][][2]byte{ // from, opcode
		I32: {{byte(I64), 0xa7}, {byte(F64), 0xaa}, {byte(F32), 0xa8}, {byte(I64), 0x50}},
		I64: {{byte(I32), 0xac}, {byte(I32), 0xad}, {byte(F64), 0xb0}},
		F32: {{byte(I32), 0xb2}, {byte(F64), 0xb6}},
		F64: {{byte(I32), 0xb7}, {byte(I64), 0xb9}, {byte(F32), 0xbb}},
	}
	genLoad   = map[ValType]byte{I32: 0x28, I64: 0x29, F32: 0x2a, F64: 0x2b}
	genGlobal = map[ValType]uint32{I32: 1, I64: 2, F64: 3}
)

// expr emits code that leaves one value of type t.
func (g *generator) expr(t ValType, depth int) {
	if depth > 8 || g.budget < 0 {
		g.constant(t, 1)
		return
	}
	switch g.n(14) {
	case 0:
		g.constant(t, g.byte())
	case 1, 2:
		for i, l := range g.locals {
			if l == t {
				g.idx(0x20, uint32(i))
				return
			}
		}
	case 3:
		ops := genUnary[t]
		g.expr(t, depth+1)
		g.emit(ops[g.n(len(ops))])
	case 4, 5, 6:
		ops := genPair[t]
		g.expr(t, depth+1)
		g.expr(t, depth+1)
		g.emit(ops[g.n(len(ops))])
	case 7:
		ops := genConvert[t]
		c := ops[g.n(len(ops))]
		g.expr(ValType(c[0]), depth+1)
		g.emit(c[1])
	case 8:
		g.expr(I32, depth+1)
		g.mask()
		g.idx(genLoad[t], 0, uint32(g.byte()))
	case 9:
		if i, ok := genGlobal[t]; ok {
			g.idx(0x23, i)
		} else {
			g.constant(t, 3)
		}
	case 10:
		g.expr(I32, depth+1)
		g.emit(0x04, byte(t))
		g.labels = append(g.labels, t)
		g.expr(t, depth+1)
		g.emit(0x05)
		g.expr(t, depth+1)
		g.labels = g.labels[:len(g.labels)-1]
		g.emit(0x0b)
	case 11:
		g.block(0x02, t, t, func() {
			for range g.n(3) {
				g.stmt(depth + 1)
			}
			g.expr(t, depth+1)
			if g.n(2) == 1 {
				g.expr(I32, depth+1)
				g.idx(0x0d, 0)
			}
		})
	case 12:
		g.expr(t, depth+1)
		g.expr(t, depth+1)
		g.expr(I32, depth+1)
		g.emit(0x1b)
	case 13:
		rs := g.call(depth)
		for range rs {
			g.emit(0x1a)
		}
		g.constant(t, len(rs))
	}
}
