package core

// Engines keep a guest's stack outside of all memory limits, so the meter counts it: not what frames there are, but
// what they can take at most. That is estimated here, from above, in words of eight bytes, as the engine's
// register allocator has it: each value that was computed may get a slot of its own, which it shares with no other,
// and so may each local at every place where two paths of control meet that may have given it different values.
// Constants and reads of locals are no values of their own.

const (
	// frameBase is what a frame takes beside its slots: return address, frame pointer, saved registers.
	frameBase = 12
	// unitWords is how many words of stack weigh as much as one call: 1 KiB.
	unitWords = 128
)

// frameWalk estimates the frame of the function that is walked.
type frameWalk struct {
	words  uint64
	area   uint64 // the largest area of arguments and results that it calls with
	sets   uint32 // how often a local was set so far
	dead   bool   // control does not get here
	locals uint32
	blocks []frameBlock
}

// frameBlock is an open block.
type frameBlock struct {
	op      opcode
	carries uint64 // words that its label carries
	sets    uint32 // at the place from which on paths to its end, or its label, differ
	paths   int    // that lead there
	dead    bool   // it cannot be entered
}

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

func (w *frameWalk) begin(f *body, t FuncType) {
	own := width(t.Params) + width(t.Results)
	*w = frameWalk{words: frameBase + own, locals: f.locals, blocks: w.blocks[:0]}
	w.blocks = append(w.blocks, frameBlock{op: opBlock})
}

// instr adds what one instruction may leave in the stack frame. A call's type is the one of index callee.
func (w *frameWalk) instr(c class, in *instr, types []FuncType, callee uint32) {
	switch c.role {
	case roleOpen:
		w.open(in)
	case roleElse:
		b := &w.blocks[len(w.blocks)-1]
		b.op = opElse
		if !w.dead {
			b.paths++
		}
		w.dead = b.dead
	case roleEnd:
		w.end()
	case roleBranch:
		w.branch(in.index)
		w.words++
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
		w.area = max(w.area, width(types[callee].Params)+results)
		w.words += results + 4 // where the callee is, and the meter's
		w.dead = w.dead || c.role == roleTail
	case roleBulk, roleGrow, roleWait:
		w.words += 8
	default:
		w.value(c, in)
	}
}

func (w *frameWalk) open(in *instr) {
	b := frameBlock{op: in.op, carries: in.gives, sets: w.sets, dead: w.dead}
	if in.op == opLoop {
		b.carries = in.takes
	}
	w.words += in.takes
	for _, l := range in.labels[:in.caught()] {
		w.branch(l)
		w.branch(l) // more than one place may throw
	}
	w.blocks = append(w.blocks, b)
}

// value adds the results of an instruction that moves no control.
func (w *frameWalk) value(c class, in *instr) {
	switch c.imm {
	case immLocal:
		if in.op != opLocalGet {
			w.sets++
		}
	case immI32, immI64, imm4, imm8: // constants are made anew where they are used
	case immMem, immMemLane:
		w.words += 4 // the address twice: as it is, and checked
	case imm16, immLane:
		w.words += 2
	default:
		w.words++
		if c.feature == FeatureSIMD {
			w.words++
		}
	}
}

// branch notes a path to a label.
func (w *frameWalk) branch(label uint32) {
	b := &w.blocks[len(w.blocks)-1-int(label)]
	if w.dead {
		return
	}
	if b.paths == 0 && b.op == opBlock {
		b.sets = w.sets // what was set before is the same on all paths
	}
	b.paths++
}

// end leaves a block. Where paths meet, each local that was set since they parted may need a slot.
func (w *frameWalk) end() {
	b := w.blocks[len(w.blocks)-1]
	w.blocks = w.blocks[:len(w.blocks)-1]
	paths := b.paths
	switch {
	case b.op == opLoop:
		// The label is at the head: what comes from above meets what comes back.
		if paths > 0 {
			paths++
		}
	default:
		if !w.dead {
			paths++
		}
		if b.op == opIf {
			paths++ // there is no else
		}
		w.dead = b.dead || paths == 0
	}
	if paths > 1 {
		w.words += uint64(min(w.locals, w.sets-b.sets)) + b.carries
	}
}

// total is the estimate for the function that was walked.
func (w *frameWalk) total() uint32 { return uint32(w.words + w.area) }
