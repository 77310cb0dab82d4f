package component

import (
	"context"
	"errors"
	"fmt"

	"astrid/pkg/component/canon"
)

// Value is a value of any type: see canon.Value for what stands for what.
type Value = canon.Value

// FuncType is the type of a function, with the types of its parameters and its result.
type FuncType = canon.FuncType

// DynExport is an exported function for callers that learn its type at run time, and for functions of more
// parameters than the typed exports take. It is immutable and can be shared.
type DynExport struct {
	linked *Linked
	lift   int
	plan   *canon.DynPlan
}

// Export finds the function export of that name: "name", or "interface#name" for a function of an exported
// instance. It returns an *ExportError for one that is not there, and an error for a core module, whose exports
// have no types.
func (l *Linked) Export(name string) (*DynExport, error) {
	lf, index, err := l.comp.exported(name)
	if err != nil {
		return nil, err
	}
	if lf.typ == nil {
		return nil, fmt.Errorf("%s: a core module does not say the types of its exports", name)
	}
	plan, err := canon.NewDynPlan(name, lf.typ, l.binding(nil))
	if err != nil {
		return nil, err
	}
	return &DynExport{l, index, plan}, nil
}

// Type returns the type of the function.
func (e *DynExport) Type() *FuncType { return e.plan.Type }

// Call calls the function in an instance, with one Value for each parameter. The Value that it returns is nil where
// the function has no result. Arguments that do not fit the parameters are a *canon.HostError and leave the instance
// as it was. See Instance for the other errors.
func (e *DynExport) Call(ctx context.Context, inst *Instance, args ...Value) (result Value, err error) {
	if err := inst.serves(e.linked); err != nil {
		return nil, err
	}
	if err := e.plan.Check(args); err != nil {
		return nil, err
	}
	var stack [maxStack]uint64
	err = inst.guarded(ctx, func(cc *callContext) {
		inst.lift(cc, hostCaller, e.lift, stack[:], e.plan.Handles(), liftSteps{
			start:  func(cx *canon.Cx) { e.plan.LowerParams(cx, args, stack[:]) },
			result: func(cx *canon.Cx) { result = e.plan.LiftResult(cx, stack[:]) },
		})
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// FuncDyn makes a host function that takes one Value for each parameter and returns the result's, nil where the
// function has none. It fits every type of function that a component imports it with. A WIT result is a
// canon.Variant; an error ends the guest.
func FuncDyn(fn func(ctx context.Context, args []Value) (Value, error)) HostFunc { return dynFunc(fn) }

type dynFunc func(ctx context.Context, args []Value) (Value, error)

func (f dynFunc) derive(*canon.Errors) (*canon.FuncType, error) {
	return nil, errors.New("a core module does not say the types of its imports, nor does a FuncDyn")
}

func (f dynFunc) bind(name string, ft *canon.FuncType, b canon.Binding) (invoker, error) {
	plan, err := canon.NewDynPlan(name, ft, b)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, cx *canon.Cx, _ *any, stack []uint64) {
		cx.Begin(ctx)
		outer := cx.Enter()
		result, err := f.guarded(ctx, name, plan.LiftParams(cx, stack))
		if err != nil {
			panic(&hostError{name, err})
		}
		plan.LowerResult(cx, result, stack)
		cx.Leave(outer)
	}, nil
}

// guarded calls the Go function. A panic of it must not reach wazero, which would print its value.
func (f dynFunc) guarded(ctx context.Context, name string, args []Value) (Value, error) {
	defer func() {
		if recover() != nil {
			panic(&HostPanicError{name})
		}
	}()
	return f(ctx, args)
}
