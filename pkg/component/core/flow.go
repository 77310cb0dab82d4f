package core

// What one function can cost an engine beyond its size is estimated here, from above, by following its paths of control
// once, in the order of the code.
//
// The first is stack. Engines keep a guest's stack outside of all memory limits, so the meter counts it: not what frames
// there are, but what they can take at most, in words of eight bytes. That follows the engine's register allocator:
// each value that was computed may get a slot of its own, which it shares with no other, and so may each local at every
// place where two paths of control meet that may have given it different values. Constants and reads of locals are no
// values of their own.
//
// The second is the time and memory of compiling. At each place where control parts or meets, wazero copies what it knows
// of addresses: one entry for each access to memory that every path to there has made. And after each call it loads all
// globals that can change, and moves each value that a call, a block or a branch carries by itself.

const (
	// frameBase is what a frame takes beside its slots: return address, frame pointer, saved registers.
	frameBase = 8
	// unitWords is how many words of stack weigh as much as one call: 1 KiB.
	unitWords = 128
)

// words is what a value takes, in words, and width what several take.
func words(t ValType) uint64 {
	if t == V128 {
		return 2
	}
	return 1
}

func width(ts []ValType) uint64 {
	n := uint64(0)
	for _, t := range ts {
		n += words(t)
	}
	return n
}

// flow follows the control of one function.
type flow struct {
	frame  uint64 // words of stack
	area   uint64 // the largest area of arguments and results that it calls with
	sets   uint32 // how often a local was set so far
	known  uint64 // accesses to memory that every path to here has made
	copies uint64 // what was known where control parted or met
	calls  uint64 // that there are, the meter's included
	passed uint64 // words that calls, blocks and branches take and give, each time
	reads  uint64 // of globals, and changes
	meets  uint64 // places where paths meet
	locals uint32
	dead   bool // control does not get here
	blocks []flowBlock
}

// flowBlock is an open block.
type flowBlock struct {
	op      opcode
	carries uint64 // words that its label carries
	sets    uint32 // at the place from which on paths to its end, or its label, differ
	entry   uint64 // known where it was entered
	known   uint64 // on all paths to its end, so far
	paths   int    // that lead there
	dead    bool   // it cannot be entered
}

func (w *flow) begin(f *body, t FuncType) {
	own := width(t.Params) + width(t.Results)
	*w = flow{frame: frameBase + own, locals: f.locals, blocks: w.blocks[:0]}
	w.blocks = append(w.blocks, flowBlock{op: opBlock, carries: width(t.Results)})
}

// instr follows one instruction. A call's type is the one of index callee.
func (w *flow) instr(c class, in *instr, types []FuncType, callee uint32) {
	switch c.role {
	case roleOpen:
		w.open(in)
		return
	case roleElse:
		b := &w.blocks[len(w.blocks)-1]
		b.op = opElse
		w.path(b)
		w.dead, w.known = b.dead, b.entry
		return
	case roleEnd:
		w.end()
		return
	}
	if w.dead {
		return
	}
	switch c.role {
	case roleBranch:
		w.branch(in.index)
		w.frame++
	case roleJump:
		if c.imm == immLabel {
			w.branch(in.index)
		} else {
			for _, l := range in.labels {
				w.branch(l)
			}
		}
		w.dead = true
	case roleReturn, roleStop:
		w.dead = true
	case roleCall, roleTail:
		results := width(types[callee].Results)
		all := width(types[callee].Params) + results
		w.area = max(w.area, all)
		w.passed += all
		w.frame += results + 2  // where the callee is, and the meter's
		w.copies += 3 * w.known // the meter counts the call
		w.calls++
		w.dead = c.role == roleTail
	case roleBulk, roleGrow, roleWait:
		w.frame += 8
		w.calls++
	default:
		w.value(c, in)
	}
}

func (w *flow) open(in *instr) {
	b := flowBlock{op: in.op, carries: in.gives, sets: w.sets, entry: w.known, dead: w.dead}
	if in.op == opLoop {
		b.carries = in.takes
	}
	w.blocks = append(w.blocks, b)
	if w.dead {
		return
	}
	w.frame += in.takes
	w.passed += in.takes + in.gives
	w.copies += w.known
	if in.op == opLoop {
		w.copies += 4 * w.known // the meter looks whether fuel is left
		w.calls++
	}
	for _, l := range in.labels[:in.caught()] {
		w.branch(l + 1)
		w.branch(l + 1) // more than one place may throw
	}
}

// value adds the results of an instruction that moves no control.
func (w *flow) value(c class, in *instr) {
	switch c.imm {
	case immLocal:
		if in.op != opLocalGet {
			w.sets++
		}
	case immI32, immI64, imm4, imm8: // constants are made anew where they are used
	case immMem, immMemLane:
		w.frame += 3 // the address as it is, and checked
		w.known++
	case imm16, immLane:
		w.frame += 2
	case immGlobal:
		w.frame++
		w.reads++
	default:
		w.frame++
		if c.feature == FeatureSIMD {
			w.frame++
		}
	}
}

// branch notes a path to a label.
func (w *flow) branch(label uint32) {
	b := &w.blocks[len(w.blocks)-1-int(label)]
	w.copies += w.known
	w.passed += b.carries
	w.path(b)
}

// path notes that control may go from here to the end of a block, or to its head if it is a loop.
func (w *flow) path(b *flowBlock) {
	if w.dead {
		return
	}
	if b.paths == 0 {
		b.known = w.known
		if b.op == opBlock {
			b.sets = w.sets // what was set before is the same on all paths
		}
	}
	b.known = min(b.known, w.known)
	b.paths++
}

// end leaves a block. Where paths meet, each local that was set since they parted may need a slot.
func (w *flow) end() {
	b := w.blocks[len(w.blocks)-1]
	w.blocks = w.blocks[:len(w.blocks)-1]
	w.copies += w.known
	if b.op == opLoop {
		// What comes from above meets what comes back, at the head.
		if b.paths > 0 {
			w.meet(&b)
		}
		return
	}
	w.path(&b)
	if b.op == opIf && !b.dead { // there is no else
		b.known = min(b.known, b.entry)
		b.paths++
	}
	if w.dead = b.paths == 0; w.dead {
		b.known = 0
	}
	w.known = b.known
	if b.paths > 1 {
		w.meet(&b)
	}
}

func (w *flow) meet(b *flowBlock) {
	w.meets++
	w.frame += uint64(min(w.locals, w.sets-b.sets)) + b.carries
}

// words is the estimate of the frame of the function that was followed, in a module of so many globals that can change.
// The engine keeps those that the function uses in slots of their own, and where the memory is: anew after each call
// and where paths meet.
func (w *flow) words(mutable uint64) uint32 {
	kept := min(w.reads+2, mutable) + 2
	return uint32(w.frame + w.area + kept*(w.calls+w.meets))
}
