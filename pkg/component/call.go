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
	stack [maxStack]uint64
}

// maxStack is how many core values a call passes at most: sixteen parameters and a pointer to the result.
const maxStack = 17

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

// call calls the function in an instance.
func (e *export[A, R]) call(ctx context.Context, inst *Instance, args A) (result R, err error) {
	if err := inst.serves(e.linked); err != nil {
		return result, err
	}
	c := e.calls.Get().(*exportCall[A, R])
	c.frame.Args = args
	err = inst.guarded(ctx, func(cc *callContext) {
		inst.lift(cc, hostCaller, e.lift, c.stack[:], e.plan.Handles(), liftSteps{
			start:  func(cx *canon.Cx) { e.plan.LowerParams(cx, &c.frame, c.stack[:]) },
			result: func(cx *canon.Cx) { e.plan.LiftResult(cx, c.stack[:], &c.frame) },
		})
	})
	if err == nil {
		result = c.frame.Result
	}
	c.frame.Reset()
	e.calls.Put(c)
	return result, err
}

// serves reports whether the instance is one of l's.
func (i *Instance) serves(l *Linked) error {
	if i.linked != l {
		return errors.New("an export of one component was called with an instance of another")
	}
	return nil
}

// hostCaller stands for the host where a component instance that calls another is named.
const hostCaller = -1

// liftSteps are what a call of a lifted function does with its values.
type liftSteps struct {
	start   func(callee *canon.Cx) // lowers the arguments (on_start)
	result  func(callee *canon.Cx) // lifts the result
	resolve func()                 // hands the result to the caller, before the callee cleans up (on_resolve); may be nil
}

// lift calls lift n of the program on behalf of component instance caller (canon_lift): lower the arguments, call,
// lift the result, let the callee clean up. It panics with what the call ends with when it does not return.
func (i *Instance) lift(cc *callContext, caller, n int, stack []uint64, handles bool, do liftSteps) {
	l := &i.linked.comp.prog.lifts[n]
	i.enterFrom(caller, l.instance)
	cx := i.context(l.context)
	cx.Begin(cc)
	var outer *canon.Scope
	if handles {
		outer = cx.Enter()
	}
	do.start(cx)
	i.invoke(cc, n, stack)
	cx.Begin(cc)
	do.result(cx)
	if handles {
		cx.Leave(outer)
	}
	if do.resolve != nil {
		do.resolve()
	}
	i.postReturn(cc, n, stack)
	i.host.Deliver()
	i.leaveTo(caller, l.instance)
}
