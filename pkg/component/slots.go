package component

import (
	"context"

	"github.com/tetratelabs/wazero/api"

	"astrid/pkg/component/canon"
)

// transfers are the plans of what passes between components. Any number of slots may call functions of one type, whose plan
// is as large as it.
type transfers map[*canon.FuncType]*canon.DynPlan

func (ts transfers) plan(typ *canon.FuncType) (*canon.DynPlan, error) {
	if p := ts[typ]; p != nil {
		return p, nil
	}
	p, err := canon.NewTransferPlan("component call", typ)
	if err != nil {
		return nil, err
	}
	ts[typ] = p
	return p, nil
}

// slot makes the core function of a slot, and the name that a stack trace shows.
func (l *Linked) slot(i int, imports []invoker, ts transfers) (fn api.GoFunc, name string, err error) {
	s := &l.comp.prog.slots[i]
	switch s.kind {
	case slotImport:
		return l.importSlot(i, s, imports[s.fn.hostImport]), l.comp.prog.imports[s.fn.hostImport].qualified(), nil
	case slotCall:
		fn, err := l.callSlot(s, ts)
		return fn, "component call", err
	case slotNew:
		return l.resourceSlot(s, func(_ *callContext, h *canon.Handles, v uint32) uint32 { return h.New(s.res, v) }),
			"resource.new " + s.res.Name, nil
	case slotRep:
		return l.resourceSlot(s, func(_ *callContext, h *canon.Handles, v uint32) uint32 { return h.Rep(s.res, v) }),
			"resource.rep " + s.res.Name, nil
	default:
		return l.resourceSlot(s, func(cc *callContext, h *canon.Handles, v uint32) uint32 {
			if rep, destroy := h.Drop(s.res, v); destroy {
				cc.inst.destroy(cc, s.instance, s.res, rep)
			}
			return 0
		}), "resource.drop " + s.res.Name, nil
	}
}

// leaving returns the call that a slot of component instance n is called in (trap_if(not inst.may_leave)).
func leaving(ctx context.Context, n int) *callContext {
	cc := callContextOf(ctx)
	if !cc.inst.mayLeave[n] {
		panic(&canon.Trap{Fault: canon.FaultLeave})
	}
	return cc
}

// live ends the guest when its call's context has ended. One that does little but call through slots gets to the meter's
// slow path too rarely, as such calls cost more time than fuel: so its context is looked at here as well.
func (c *callContext) live() {
	if c.Err() != nil {
		panic(&InterruptError{context.Cause(c)})
	}
}

// importSlot is canon lower of a function that the host provides.
func (l *Linked) importSlot(i int, s *slot, call invoker) api.GoFunc {
	return func(ctx context.Context, stack []uint64) {
		cc := leaving(ctx, s.instance)
		cc.live()
		cc.inst.calls[i]++
		call(cc, cc.inst.context(s.context), &cc.inst.frames[i], stack)
	}
}

// resourceSlot is one of the resource built-ins: from an i32 to an i32, or to nothing.
func (l *Linked) resourceSlot(s *slot, do func(cc *callContext, h *canon.Handles, v uint32) uint32) api.GoFunc {
	results := len(s.sig.Results)
	return func(ctx context.Context, stack []uint64) {
		cc := callContextOf(ctx)
		if s.kind != slotRep {
			cc = leaving(ctx, s.instance)
		}
		v := do(cc, &cc.inst.handles[s.instance], uint32(stack[0]))
		if results > 0 {
			stack[0] = uint64(v)
		}
	}
}

// callSlot is canon lower of a function that a component lifts: the values go from one component's memory to the
// other's, which is charged as copying them there would be.
func (l *Linked) callSlot(s *slot, ts transfers) (api.GoFunc, error) {
	// The caller's and the callee's types are equal structurally; each side's handles are those of its own types.
	plan, err := ts.plan(l.comp.prog.lifts[s.fn.lift].typ)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, stack []uint64) {
		cc := leaving(ctx, s.instance)
		cc.live()
		inst := cc.inst
		inst.meter.nest()
		caller := inst.context(s.context)
		lent := caller.Enter()
		var flat [maxStack]uint64
		var result canon.Value
		var moved uint64
		inst.lift(cc, s.instance, s.fn.lift, flat[:], true, liftSteps{
			start: func(callee *canon.Cx) {
				caller.Begin(cc)
				args := plan.LiftParams(caller, stack)
				callee.Begin(cc)
				plan.LowerParams(callee, args, flat[:])
				inst.meter.charge(caller.Moved())
			},
			result: func(callee *canon.Cx) {
				result = plan.LiftResult(callee, flat[:])
				moved = callee.Moved()
			},
			resolve: func() {
				caller.Begin(cc)
				plan.LowerResult(caller, result, stack)
				inst.meter.charge(moved)
			},
		})
		inst.meter.unnest()
		caller.Leave(lent)
	}, nil
}
