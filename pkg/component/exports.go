package component

import (
	"context"

	"astrid/pkg/component/canon"
)

// Unit is the result of a function without one, and the payload of a case that has none.
type Unit = canon.Unit

// The typed exports are written out for each number of parameters, as the host functions are.

// Export0 is an exported function of no parameters.
type Export0[R any] struct{ export[args0, R] }

// ExportFunc0 finds the function export of that name and types it. R is Unit for a function without result. It
// returns an *ExportError, or a *canon.BindError where the types do not fit.
func ExportFunc0[R any](l *Linked, name string) (*Export0[R], error) {
	e, err := newExport[args0, R](l, name)
	if err != nil {
		return nil, err
	}
	return &Export0[R]{*e}, nil
}

// Call calls the function in an instance. See Instance for the errors.
func (e *Export0[R]) Call(ctx context.Context, inst *Instance) (R, error) {
	return e.call(ctx, inst, args0{})
}

// Export1 is an exported function of one parameter.
type Export1[A, R any] struct{ export[args1[A], R] }

// ExportFunc1 finds the function export of that name and types it. R is Unit for a function without result. It
// returns an *ExportError, or a *canon.BindError where the types do not fit.
func ExportFunc1[A, R any](l *Linked, name string) (*Export1[A, R], error) {
	e, err := newExport[args1[A], R](l, name)
	if err != nil {
		return nil, err
	}
	return &Export1[A, R]{*e}, nil
}

// Call calls the function in an instance. See Instance for the errors.
func (e *Export1[A, R]) Call(ctx context.Context, inst *Instance, a A) (R, error) {
	return e.call(ctx, inst, args1[A]{a})
}

// Export2 is an exported function of two parameters.
type Export2[A, B, R any] struct{ export[args2[A, B], R] }

// ExportFunc2 finds the function export of that name and types it. R is Unit for a function without result. It
// returns an *ExportError, or a *canon.BindError where the types do not fit.
func ExportFunc2[A, B, R any](l *Linked, name string) (*Export2[A, B, R], error) {
	e, err := newExport[args2[A, B], R](l, name)
	if err != nil {
		return nil, err
	}
	return &Export2[A, B, R]{*e}, nil
}

// Call calls the function in an instance. See Instance for the errors.
func (e *Export2[A, B, R]) Call(ctx context.Context, inst *Instance, a A, b B) (R, error) {
	return e.call(ctx, inst, args2[A, B]{a, b})
}

// Export3 is an exported function of three parameters.
type Export3[A, B, C, R any] struct{ export[args3[A, B, C], R] }

// ExportFunc3 finds the function export of that name and types it. R is Unit for a function without result. It
// returns an *ExportError, or a *canon.BindError where the types do not fit.
func ExportFunc3[A, B, C, R any](l *Linked, name string) (*Export3[A, B, C, R], error) {
	e, err := newExport[args3[A, B, C], R](l, name)
	if err != nil {
		return nil, err
	}
	return &Export3[A, B, C, R]{*e}, nil
}

// Call calls the function in an instance. See Instance for the errors.
func (e *Export3[A, B, C, R]) Call(ctx context.Context, inst *Instance, a A, b B, c C) (R, error) {
	return e.call(ctx, inst, args3[A, B, C]{a, b, c})
}

// Export4 is an exported function of four parameters.
type Export4[A, B, C, D, R any] struct{ export[args4[A, B, C, D], R] }

// ExportFunc4 finds the function export of that name and types it. R is Unit for a function without result. It
// returns an *ExportError, or a *canon.BindError where the types do not fit.
func ExportFunc4[A, B, C, D, R any](l *Linked, name string) (*Export4[A, B, C, D, R], error) {
	e, err := newExport[args4[A, B, C, D], R](l, name)
	if err != nil {
		return nil, err
	}
	return &Export4[A, B, C, D, R]{*e}, nil
}

// Call calls the function in an instance. See Instance for the errors.
func (e *Export4[A, B, C, D, R]) Call(ctx context.Context, inst *Instance, a A, b B, c C, d D) (R, error) {
	return e.call(ctx, inst, args4[A, B, C, D]{a, b, c, d})
}
