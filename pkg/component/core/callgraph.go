package core

const (
	// chainLength is how many calls in a row may go uncounted when none of them can recurse.
	chainLength = 8
	// smallFrame is the largest frame, in words, whose calls go uncounted when they cannot recurse.
	smallFrame = 256
)

// callGraph says which calls have to be counted against the call depth. Counting every call would slow down
// every call; it is enough to count one call of every cycle, as long as neither a long chain nor a large frame
// goes uncounted.
type callGraph struct {
	m *Module
	// counted marks the functions whose callers count the call, by their place in m.bodies.
	counted []bool
	// indirect says that calls through tables and references are counted.
	indirect bool
	// stacked is what the frame of a body takes, in words, together with those of its callers that went uncounted.
	stacked []uint32
	// leaks says that a function of the module may leave the call depth too low when it returns: it caught an
	// exception, which skipped what would have given depth back, or it made tail calls that keep frames. Then
	// all that count a call remember the level before it, instead of adding up again.
	leaks bool
}

func (m *Module) callGraph() *callGraph {
	g := &callGraph{m: m, counted: make([]bool, len(m.bodies))}
	for i := range m.bodies {
		g.leaks = g.leaks || m.bodies[i].uses&usesLeak != 0
	}
	g.direct()
	g.indirect = g.indirectRecursion()
	g.stack()
	return g
}

// callees returns the functions that body i calls directly, imported ones included.
func (g *callGraph) callees(i int) []uint32 {
	calls := g.m.bodies[i].calls
	return g.m.calls[calls.start:calls.end]
}

// body returns the place in m.bodies of a function that the module defines.
func (g *callGraph) body(f uint32) (int, bool) {
	i := int(f) - g.m.imported.funcs
	return i, i >= 0
}

// direct walks the direct calls depth first and counts the targets of the edges that close a cycle, so that
// what remains has none; and of the rest those at which a chain becomes too long, and those that may leave the
// depth too low, which their callers put right.
func (g *callGraph) direct() {
	const (
		unseen = iota
		active
		done
	)
	type visit struct{ body, next int }
	state := make([]uint8, len(g.counted))
	chain := make([]uint8, len(g.counted)) // the longest uncounted chain of calls below
	var path []visit
	for root := range g.counted {
		if state[root] != unseen {
			continue
		}
		path = append(path, visit{body: root})
		state[root] = active
		for len(path) > 0 {
			v := &path[len(path)-1]
			callees := g.callees(v.body)
			if v.next < len(callees) {
				i, ok := g.body(callees[v.next])
				v.next++
				switch {
				case !ok:
				case state[i] == active:
					g.counted[i] = true
				case state[i] == unseen:
					state[i] = active
					path = append(path, visit{body: i})
				}
				continue
			}
			for _, f := range callees {
				if i, ok := g.body(f); ok && !g.counted[i] {
					chain[v.body] = max(chain[v.body], chain[i]+1)
				}
			}
			if chain[v.body]+1 >= chainLength || g.m.bodies[v.body].uses&usesLeak != 0 {
				g.counted[v.body] = true
			}
			state[v.body] = done
			path = path[:len(path)-1]
		}
	}
}

// indirectRecursion reports whether an indirect call may lead to another one without a counted call between
// them: because functions of other modules may stand in a table, or because a function that can be referred to
// reaches an indirect call. One that may leave the depth too low is as good a reason.
func (g *callGraph) indirectRecursion() bool {
	m := g.m
	if m.imported.tables > 0 || m.features&FeatureFunctionReferences != 0 {
		return true
	}
	for _, e := range m.exports {
		if e.Kind == KindTable {
			return true
		}
	}
	// Who calls whom, the other way round: callers[first[i]:first[i+1]] call i.
	first := make([]int, len(m.bodies)+1)
	for _, f := range m.calls {
		if i, ok := g.body(f); ok {
			first[i+1]++
		}
	}
	for i := range m.bodies {
		first[i+1] += first[i]
	}
	callers, at := make([]int, first[len(m.bodies)]), append([]int(nil), first...)
	for caller := range m.bodies {
		for _, f := range g.callees(caller) {
			if i, ok := g.body(f); ok {
				callers[at[i]] = caller
				at[i]++
			}
		}
	}
	reaches := make([]bool, len(m.bodies))
	var queue []int
	for i := range m.bodies {
		uses := m.bodies[i].uses
		if uses&usesLeak != 0 && g.referable(i) {
			return true
		}
		if uses&usesIndirect != 0 {
			reaches[i] = true
			queue = append(queue, i)
		}
	}
	for len(queue) > 0 {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if g.referable(i) {
			return true
		}
		for _, caller := range callers[first[i]:first[i+1]] {
			if !reaches[caller] {
				reaches[caller] = true
				queue = append(queue, caller)
			}
		}
	}
	return false
}

// referable reports whether body i can be called through a table or reference.
func (g *callGraph) referable(i int) bool {
	f := i + g.m.imported.funcs
	return g.m.referred[f] || len(g.m.refs) > 0 && g.m.exported[f]
}

// stack fills in stacked. Calls that go uncounted form no cycle.
func (g *callGraph) stack() {
	g.stacked = make([]uint32, len(g.m.bodies))
	for i := range g.stacked {
		g.stacked[i] = g.m.bodies[i].frame
	}
	g.pile()
	// An uncounted indirect call may reach whatever can be referred to, and from there no other one.
	most := uint32(0)
	for i := range g.m.bodies {
		if g.m.bodies[i].uses&usesIndirect != 0 && !g.countsIndirect(i) {
			most = max(most, g.stacked[i])
		}
	}
	if most == 0 {
		return
	}
	for i := range g.stacked {
		if g.referable(i) {
			g.stacked[i] = max(g.stacked[i], g.m.bodies[i].frame+most)
		}
	}
	g.pile()
}

// pile adds what callers have piled up to the frames of those that they call uncounted. A chain of such calls has
// at most chainLength links.
func (g *callGraph) pile() {
	for changed := true; changed; {
		changed = false
		for i := range g.m.bodies {
			for _, f := range g.callees(i) {
				callee, ok := g.body(f)
				if !ok || g.counts(i, f) {
					continue
				}
				if n := g.stacked[i] + g.m.bodies[callee].frame; n > g.stacked[callee] {
					g.stacked[callee], changed = n, true
				}
			}
		}
	}
}

// weight is what a call out of body i takes from the call depth.
func (g *callGraph) weight(i int) int32 { return 1 + int32((g.stacked[i]-1)/unitWords) }

// counts reports whether body i counts its call of function f.
func (g *callGraph) counts(i int, f uint32) bool {
	callee, ok := g.body(f)
	if !ok || g.counted[callee] {
		return true // an imported function may come back
	}
	return g.m.bodies[callee].uses&usesCalls != 0 && g.countsAll(i)
}

// countsIndirect is counts for calls through tables and references.
func (g *callGraph) countsIndirect(i int) bool { return g.indirect || g.countsAll(i) }

// countsAll reports whether body i counts all calls: because its frame is large; or because it catches
// exceptions, so that each count starts from the depth that it was called with, not from what was left behind.
func (g *callGraph) countsAll(i int) bool {
	return g.m.bodies[i].frame > smallFrame || g.m.bodies[i].uses&usesTry != 0
}

// tailGrows reports whether a tail call of a function of that type may keep the caller's frame: wazero makes it
// a plain call if not all parameters and results fit registers. Six and eight fit on every architecture.
func tailGrows(t FuncType) bool { return len(t.Params) > 6 || len(t.Results) > 8 }
