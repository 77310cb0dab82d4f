package core

import (
	"cmp"
	"math"
	"strings"
)

// The names of what metering adds to a module's exports. Own exports that begin with MeterPrefix are refused.
const (
	MeterPrefix   = "$meter."
	CounterExport = MeterPrefix + "f"     // global, mutable i64: fuel left of the grant
	DepthExport   = MeterPrefix + "d"     // global, mutable i32: call depth left
	TableExport   = MeterPrefix + "t"     // table of one funcref: the slow path, of type () -> ()
	StartExport   = MeterPrefix + "start" // function () -> (): what was the start function
)

// The defaults of Meter.
const (
	DefaultSlice int64 = 1 << 18
	DefaultDepth int32 = 1 << 16
)

const (
	// foldCost bounds what one execution of a charge pays for instructions that it may not run.
	foldCost Weight = 64
	// leafCost is the cost up to which a function that only runs straight is charged by its callers.
	leafCost Weight = 48
)

// Meter says how code is metered. See the package documentation for what the engine has to do.
type Meter struct {
	// Slice is the fuel, in units, that the counter starts with. 0 means DefaultSlice.
	Slice int64
	// Depth is the call depth that the depth counter starts with. 0 means DefaultDepth.
	Depth int32
	// Exceptions allows try_table with catch clauses. The package documentation says why that is not the
	// default.
	Exceptions bool
}

// insertion is code to insert before the instruction at an offset.
type insertion struct {
	at   int
	kind insertionKind
	arg  int // charge: place in points; count, uncount, tail: weight; ref: place in Module.refs
}

type insertionKind uint8

const (
	insCharge     insertionKind = iota // take fuel
	insDepth                           // remember the depth that the function was called with
	insCount                           // take call depth
	insUncount                         // give it back
	insTail                            // take call depth for good
	insBulk                            // take fuel for the length on the stack
	insMemoryGrow                      // take fuel for the pages on the stack
	insRef                             // instead of the instruction: read a reference
)

// point is a place that takes fuel.
type point struct {
	cost   Weight
	folded Weight // the part of cost that stems from other points
	parent int32  // a point that runs before every run of this one, and once for each; or none
	check  bool   // function entry or loop header: look whether fuel is left
	gone   bool   // folded into parent
}

const none = -1

// plan is what metering does to a module.
type plan struct {
	m       *Module
	o       Meter
	graph   *callGraph
	bodies  []bodyPlan
	ins     []insertion
	points  []point
	lengths bool // something is charged by length
}

// bodyPlan is what metering does to a function body.
type bodyPlan struct {
	ins    span // in plan.ins
	points span // in plan.points
	length bool // needs a local for lengths
	depth  bool // needs locals for the call depth
}

// meter plans the metering of a module.
func (m *Module) meter(o Meter) (*plan, error) {
	o.Slice, o.Depth = cmp.Or(o.Slice, DefaultSlice), cmp.Or(o.Depth, DefaultDepth)
	p := &plan{m: m, o: o, graph: m.callGraph(), bodies: make([]bodyPlan, len(m.bodies))}
	w := &meterWalk{plan: p, parser: parser{
		reader: reader{b: m.wasm, section: secCode.String()},
		m:      m,
		limits: Limits{Labels: math.MaxUint64}, // Parse has been here
	}}
	for i := range m.bodies {
		f := &m.bodies[i]
		switch {
		case f.uses&usesTry != 0 && !o.Exceptions:
			return nil, m.refuse(secCode, "catching exceptions cannot be bounded")
		case f.uses&usesWait != 0 && m.memories[0].Shared:
			return nil, m.refuse(secCode, "memory.atomic.wait on a shared memory cannot be interrupted")
		}
		if p.leaf(i) {
			continue
		}
		if w.function(i); w.err != nil {
			return nil, w.err
		}
	}
	return p, nil
}

// ownNames returns an error if an export of the module's could be taken for one that is added.
func (m *Module) ownNames() error {
	for _, e := range m.exports {
		if strings.HasPrefix(e.Name, MeterPrefix) {
			return m.refuse(secExport, "export name begins with "+MeterPrefix)
		}
	}
	return nil
}

// refuse returns the error for a module that is valid but cannot be metered.
func (m *Module) refuse(id sectionID, reason string) error {
	return &Error{Offset: m.section(id).all.start, Section: id.String(), Reason: reason, strict: true}
}

// leaf reports whether body i is charged by its callers alone: it is cheap, runs straight, calls nothing and can
// only be called directly.
func (p *plan) leaf(i int) bool {
	f, index := &p.m.bodies[i], p.m.imported.funcs+i
	return f.loops == 0 && f.uses == 0 && f.cost <= leafCost && !p.m.exported[index] && !p.m.referred[index] &&
		!(p.m.hasStart && int(p.m.start) == index)
}

// block is an open block of the function that is walked.
type block struct {
	op       opcode
	before   int32 // the point that runs before the block is entered, once for each time
	header   int32 // of a loop: its point
	targeted bool  // something branches to its label
	dead     bool  // it cannot be entered
	joins    bool  // of an else: the first arm reaches the end
}

// meterWalk plans one function at a time, in one pass and without a control flow graph. Code is cut where
// control can leave or arrive; each piece is charged at its start. The pieces form a tree: the parent of one is
// a piece that runs before it, and once for each of its runs. Small pieces are then folded into their parents,
// so that short arms cost no counting of their own.
type meterWalk struct {
	*plan
	parser parser
	err    error

	index  int // of the body
	blocks []block
	first  int32 // the function's first point
	cur    int32 // the last point on the way here
	open   bool  // cur's piece goes on
	alone  bool  // the next piece must not be folded
	dead   bool  // control does not get here

	counting bool // a count of call depth has not been given back
	counted  int  // where it can be
}

func (w *meterWalk) function(i int) {
	f, b, r := &w.m.bodies[i], &w.bodies[i], &w.parser
	b.ins.start, b.points.start = len(w.ins), len(w.points)
	w.index, w.first = i, int32(len(w.points))
	w.open, w.alone, w.dead, w.counting = true, false, false, false
	r.pos, r.end = f.code.start, f.code.end
	// What neither repeats nor calls needs no look at the fuel, unless it is long.
	w.point(f.code.start, none, f.loops > 0 || f.uses&usesCalls != 0 || f.cost > leafCost)
	if f.uses&usesTry != 0 {
		w.insert(f.code.start, insDepth, 0)
		b.depth = true
	}
	w.blocks = append(w.blocks[:0], block{op: opBlock, before: none})
	in := &r.code.in
	length, constant := int32(0), false
	for len(w.blocks) > 0 {
		at := r.pos
		c := r.instr(in)
		if r.err != nil {
			w.err = r.err
			return
		}
		w.instr(at, c, in, length, constant)
		length, constant = in.value, in.op == opI32Const
	}
	b.ins.end, b.points.end = len(w.ins), len(w.points)
	fold(w.points[b.points.start:], w.first)
}

// fold charges points with their parents where that costs a run of the parent at most foldCost too much.
// Children come after their parents.
func fold(points []point, first int32) {
	for i := len(points) - 1; i > 0; i-- {
		child := &points[i]
		if child.parent == none {
			continue
		}
		parent := &points[child.parent-first]
		if parent.folded+child.cost <= foldCost {
			parent.cost += child.cost
			parent.folded += child.cost
			child.gone = true
		}
	}
}

func (w *meterWalk) insert(at int, kind insertionKind, arg int) {
	w.ins = append(w.ins, insertion{at, kind, arg})
}

// point begins a piece.
func (w *meterWalk) point(at int, parent int32, check bool) {
	w.cur = int32(len(w.points))
	w.open, w.alone = true, false
	w.points = append(w.points, point{parent: parent, check: check})
	w.insert(at, insCharge, int(w.cur))
}

// charge adds to the piece that the instruction at an offset belongs to.
func (w *meterWalk) charge(at int, cost Weight) {
	if cost == 0 {
		return
	}
	if !w.open {
		parent := w.cur
		if w.alone {
			parent = none
		}
		w.point(at, parent, false)
	}
	w.points[w.cur].cost += cost
}

// cut ends a piece: control may leave here, or arrive.
func (w *meterWalk) cut() {
	w.uncount()
	w.open = false
}

// instr plans for one instruction. If the one before it was a constant, length is its value.
func (w *meterWalk) instr(at int, c class, in *instr, length int32, constant bool) {
	switch c.role {
	case roleOpen:
		w.enter(at, c, in)
		return
	case roleElse:
		w.uncount()
		b := &w.blocks[len(w.blocks)-1]
		b.op, b.joins = opElse, !w.dead
		w.cur, w.open, w.alone, w.dead = b.before, false, false, b.dead
		return
	case roleEnd:
		w.leave()
		return
	}
	if w.dead {
		return
	}
	w.charge(at, c.weight)
	switch c.role {
	case roleBranch:
		w.cut()
		w.alone = w.target(in.index) == opLoop
	case roleJump:
		if c.imm == immLabel {
			w.target(in.index)
		} else {
			for _, l := range in.labels {
				w.target(l)
			}
		}
		w.stop()
	case roleReturn, roleStop:
		w.stop()
	case roleCall, roleTail:
		w.call(at, c, in)
	case roleBulk, roleGrow:
		w.length(at, in.op, length, constant)
	}
	if in.op == opRefFunc {
		w.uncount()
		w.insert(at, insRef, w.m.refAt[in.index])
	}
}

func (w *meterWalk) stop() {
	w.cut()
	w.dead = true
}

// target notes a branch to a label and returns what the label belongs to.
func (w *meterWalk) target(label uint32) opcode {
	b := &w.blocks[len(w.blocks)-1-int(label)]
	b.targeted = true
	return b.op
}

func (w *meterWalk) enter(at int, c class, in *instr) {
	b := block{op: in.op, dead: w.dead, header: none}
	if !w.dead {
		w.charge(at, c.weight)
		w.uncount()
		for _, l := range in.labels[:in.caught()] {
			w.target(l)
		}
		b.before = w.cur
		switch in.op {
		case opLoop:
			w.point(w.parser.pos, none, true)
			b.header = w.cur
		case opIf:
			w.open = false
		}
	}
	w.blocks = append(w.blocks, b)
}

func (w *meterWalk) leave() {
	w.uncount()
	b := w.blocks[len(w.blocks)-1]
	w.blocks = w.blocks[:len(w.blocks)-1]
	if b.dead || len(w.blocks) == 0 {
		return
	}
	if b.op == opLoop {
		if !b.targeted {
			// It never repeats, so it is a block.
			w.points[b.header].check = false
			w.points[b.header].parent = b.before
		}
		// The code after a loop runs at most once for each time that the loop is entered.
		w.cur, w.open, w.alone = b.before, false, false
		return
	}
	if b.targeted || b.op == opIf || b.joins {
		w.cur, w.open, w.alone, w.dead = b.before, false, false, false
	}
}

// call plans for a call: what it costs beyond its own weight, and whether it counts against the call depth.
// Neighbouring calls share one count.
func (w *meterWalk) call(at int, c class, in *instr) {
	var t FuncType
	var counts bool
	switch c.imm {
	case immFunc:
		t = w.m.types[w.m.funcs[in.index]]
		counts = w.graph.counts(w.index, in.index)
		if i, ok := w.graph.body(in.index); !ok {
			w.charge(at, WeightImport)
		} else if w.leaf(i) {
			w.charge(at, w.m.bodies[i].cost)
		}
	default:
		t = w.m.types[in.index]
		counts = w.graph.countsIndirect(w.index)
	}
	if c.role == roleTail {
		w.uncount()
		if tailGrows(t) {
			w.bodies[w.index].depth = true
			w.insert(at, insTail, int(w.graph.weight(w.index)))
		}
		w.stop()
		return
	}
	if !counts {
		return
	}
	if !w.counting {
		w.counting = true
		w.bodies[w.index].depth = true
		w.insert(at, insCount, int(w.graph.weight(w.index)))
	}
	w.counted = w.parser.pos
}

// uncount gives back what was counted, after the last call that it was counted for.
func (w *meterWalk) uncount() {
	if w.counting {
		w.counting = false
		w.insert(w.counted, insUncount, int(w.graph.weight(w.index)))
	}
}

// length charges an operation by the length on the stack, or by a constant if that is what was just put there.
func (w *meterWalk) length(at int, op opcode, length int32, constant bool) {
	kind, units := insBulk, Weight(uint32(length)>>5)
	if op == opMemoryGrow {
		kind, units = insMemoryGrow, min(Weight(uint32(length)), 1<<16)<<8
	}
	if constant && units < 1<<10 {
		w.charge(at, units)
		return
	}
	w.uncount()
	w.insert(at, kind, 0)
	w.bodies[w.index].length = true
	w.lengths = true
}
