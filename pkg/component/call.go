package component

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"astrid/pkg/component/canon"
)

// export is a typed function export: the plan, and which lift it calls. It is immutable and can be shared.
type export[A, R any] struct {
	linked *Linked
	lift   int
	plan   *canon.Plan[A, R]
	calls  *sync.Pool // of *exportCall[A, R]
}

// exportCall is what one call works on, kept so that calls allocate nothing.
type exportCall[A, R any] struct {
	frame canon.Frame[A, R]
	stack [17]uint64 // sixteen flat parameters at most, or one result
}

func newExport[A, R any](l *Linked, name string) (*export[A, R], error) {
	lf, index, err := l.comp.exported(name)
	if err != nil {
		return nil, err
	}
	form := canon.FormValue
	if reflect.TypeFor[R]() == reflect.TypeFor[Unit]() {
		form = canon.FormNone
	}
	typ := lf.typ
	if typ == nil {
		if typ, err = derivedExport[A, R](l.comp, name, lf, form); err != nil {
			return nil, err
		}
	}
	plan, err := canon.NewPlan[A, R](name, typ, form, l.binding(nil))
	if err != nil {
		return nil, err
	}
	return &export[A, R]{l, index, plan, &sync.Pool{New: func() any { return new(exportCall[A, R]) }}}, nil
}

// derivedExport returns the type of a core module's export, which the caller's Go types decide.
func derivedExport[A, R any](c *Component, name string, lf *lift, form canon.ResultForm) (*canon.FuncType, error) {
	typ, err := canon.Derive[A, R](form, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	want, err := typ.Flatten(canon.Lift)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !coreType(want).Equal(lf.sig) {
		return nil, fmt.Errorf("%s: the core module exports it as %s, and %s lifts from %s", name, lf.sig, typ, coreType(want))
	}
	if err := c.prog.contexts[lf.context].provides(typ, canon.Lift); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return typ, nil
}

// call runs canon lift (canon_lift): lower the arguments, call, lift the result, let the guest clean up.
func (e *export[A, R]) call(ctx context.Context, inst *Instance, args A) (result R, err error) {
	if inst.linked != e.linked {
		return result, errors.New("an export of one component was called with an instance of another")
	}
	c := e.calls.Get().(*exportCall[A, R])
	c.frame.Args = args
	err = inst.guarded(ctx, func(cc *callContext) { e.run(cc, inst, c) })
	if err == nil {
		result = c.frame.Result
	}
	c.frame.Reset()
	e.calls.Put(c)
	return result, err
}

// run panics with what the call ends with when it does not return.
func (e *export[A, R]) run(cc *callContext, inst *Instance, c *exportCall[A, R]) {
	l := &inst.linked.comp.prog.lifts[e.lift]
	cx := inst.context(l.context)
	stack := c.stack[:]
	inst.enterFrom(-1, l.instance)
	cx.Begin(cc)
	var outer *canon.Scope
	if e.plan.Handles() {
		outer = cx.Enter()
	}
	e.plan.LowerParams(cx, &c.frame, stack)
	inst.invoke(cc, e.lift, stack)
	cx.Begin(cc)
	e.plan.LiftResult(cx, stack, &c.frame)
	if e.plan.Handles() {
		cx.Leave(outer)
	}
	inst.postReturn(cc, e.lift, stack)
	inst.leaveTo(-1, l.instance)
}
