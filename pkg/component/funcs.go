package component

import (
	"context"

	"astrid/pkg/component/canon"
)

// Go has no variadic type parameters, so the forms of host function are written out for each number of parameters.

// Func0 makes a host function of no parameters with a result and an error, for a WIT result<R, E>.
func Func0[R any](fn func(context.Context) (R, error)) HostFunc {
	return &hostFunc[args0, R]{canon.FormFallible, func(ctx context.Context, f *canon.Frame[args0, R]) (err error) {
		f.Result, err = fn(ctx)
		return err
	}}
}

// OnlyErr0 makes a host function of no parameters that can only fail, for a WIT result<_, E>.
func OnlyErr0(fn func(context.Context) error) HostFunc {
	return &hostFunc[args0, Unit]{canon.FormError, func(ctx context.Context, _ *canon.Frame[args0, Unit]) error {
		return fn(ctx)
	}}
}

// Infallible0 makes a host function of no parameters with a plain result.
func Infallible0[R any](fn func(context.Context) R) HostFunc {
	return &hostFunc[args0, R]{canon.FormValue, func(ctx context.Context, f *canon.Frame[args0, R]) error {
		f.Result = fn(ctx)
		return nil
	}}
}

// Proc0 makes a host function of no parameters without result.
func Proc0(fn func(context.Context)) HostFunc {
	return &hostFunc[args0, Unit]{canon.FormNone, func(ctx context.Context, _ *canon.Frame[args0, Unit]) error {
		fn(ctx)
		return nil
	}}
}

// Func1 makes a host function of one parameter with a result and an error, for a WIT result<R, E>.
func Func1[A, R any](fn func(context.Context, A) (R, error)) HostFunc {
	return &hostFunc[args1[A], R]{canon.FormFallible, func(ctx context.Context, f *canon.Frame[args1[A], R]) (err error) {
		f.Result, err = fn(ctx, f.Args.A)
		return err
	}}
}

// OnlyErr1 makes a host function of one parameter that can only fail, for a WIT result<_, E>.
func OnlyErr1[A any](fn func(context.Context, A) error) HostFunc {
	return &hostFunc[args1[A], Unit]{canon.FormError, func(ctx context.Context, f *canon.Frame[args1[A], Unit]) error {
		return fn(ctx, f.Args.A)
	}}
}

// Infallible1 makes a host function of one parameter with a plain result.
func Infallible1[A, R any](fn func(context.Context, A) R) HostFunc {
	return &hostFunc[args1[A], R]{canon.FormValue, func(ctx context.Context, f *canon.Frame[args1[A], R]) error {
		f.Result = fn(ctx, f.Args.A)
		return nil
	}}
}

// Proc1 makes a host function of one parameter without result.
func Proc1[A any](fn func(context.Context, A)) HostFunc {
	return &hostFunc[args1[A], Unit]{canon.FormNone, func(ctx context.Context, f *canon.Frame[args1[A], Unit]) error {
		fn(ctx, f.Args.A)
		return nil
	}}
}

// Func2 makes a host function of two parameters with a result and an error, for a WIT result<R, E>.
func Func2[A, B, R any](fn func(context.Context, A, B) (R, error)) HostFunc {
	return &hostFunc[args2[A, B], R]{canon.FormFallible, func(ctx context.Context, f *canon.Frame[args2[A, B], R]) (err error) {
		f.Result, err = fn(ctx, f.Args.A, f.Args.B)
		return err
	}}
}

// OnlyErr2 makes a host function of two parameters that can only fail, for a WIT result<_, E>.
func OnlyErr2[A, B any](fn func(context.Context, A, B) error) HostFunc {
	return &hostFunc[args2[A, B], Unit]{canon.FormError, func(ctx context.Context, f *canon.Frame[args2[A, B], Unit]) error {
		return fn(ctx, f.Args.A, f.Args.B)
	}}
}

// Infallible2 makes a host function of two parameters with a plain result.
func Infallible2[A, B, R any](fn func(context.Context, A, B) R) HostFunc {
	return &hostFunc[args2[A, B], R]{canon.FormValue, func(ctx context.Context, f *canon.Frame[args2[A, B], R]) error {
		f.Result = fn(ctx, f.Args.A, f.Args.B)
		return nil
	}}
}

// Proc2 makes a host function of two parameters without result.
func Proc2[A, B any](fn func(context.Context, A, B)) HostFunc {
	return &hostFunc[args2[A, B], Unit]{canon.FormNone, func(ctx context.Context, f *canon.Frame[args2[A, B], Unit]) error {
		fn(ctx, f.Args.A, f.Args.B)
		return nil
	}}
}

// Func3 makes a host function of three parameters with a result and an error, for a WIT result<R, E>.
func Func3[A, B, C, R any](fn func(context.Context, A, B, C) (R, error)) HostFunc {
	return &hostFunc[args3[A, B, C], R]{canon.FormFallible, func(ctx context.Context, f *canon.Frame[args3[A, B, C], R]) (err error) {
		f.Result, err = fn(ctx, f.Args.A, f.Args.B, f.Args.C)
		return err
	}}
}

// OnlyErr3 makes a host function of three parameters that can only fail, for a WIT result<_, E>.
func OnlyErr3[A, B, C any](fn func(context.Context, A, B, C) error) HostFunc {
	return &hostFunc[args3[A, B, C], Unit]{canon.FormError, func(ctx context.Context, f *canon.Frame[args3[A, B, C], Unit]) error {
		return fn(ctx, f.Args.A, f.Args.B, f.Args.C)
	}}
}

// Infallible3 makes a host function of three parameters with a plain result.
func Infallible3[A, B, C, R any](fn func(context.Context, A, B, C) R) HostFunc {
	return &hostFunc[args3[A, B, C], R]{canon.FormValue, func(ctx context.Context, f *canon.Frame[args3[A, B, C], R]) error {
		f.Result = fn(ctx, f.Args.A, f.Args.B, f.Args.C)
		return nil
	}}
}

// Proc3 makes a host function of three parameters without result.
func Proc3[A, B, C any](fn func(context.Context, A, B, C)) HostFunc {
	return &hostFunc[args3[A, B, C], Unit]{canon.FormNone, func(ctx context.Context, f *canon.Frame[args3[A, B, C], Unit]) error {
		fn(ctx, f.Args.A, f.Args.B, f.Args.C)
		return nil
	}}
}

// Func4 makes a host function of four parameters with a result and an error, for a WIT result<R, E>.
func Func4[A, B, C, D, R any](fn func(context.Context, A, B, C, D) (R, error)) HostFunc {
	return &hostFunc[args4[A, B, C, D], R]{canon.FormFallible, func(ctx context.Context, f *canon.Frame[args4[A, B, C, D], R]) (err error) {
		f.Result, err = fn(ctx, f.Args.A, f.Args.B, f.Args.C, f.Args.D)
		return err
	}}
}

// OnlyErr4 makes a host function of four parameters that can only fail, for a WIT result<_, E>.
func OnlyErr4[A, B, C, D any](fn func(context.Context, A, B, C, D) error) HostFunc {
	return &hostFunc[args4[A, B, C, D], Unit]{canon.FormError, func(ctx context.Context, f *canon.Frame[args4[A, B, C, D], Unit]) error {
		return fn(ctx, f.Args.A, f.Args.B, f.Args.C, f.Args.D)
	}}
}

// Infallible4 makes a host function of four parameters with a plain result.
func Infallible4[A, B, C, D, R any](fn func(context.Context, A, B, C, D) R) HostFunc {
	return &hostFunc[args4[A, B, C, D], R]{canon.FormValue, func(ctx context.Context, f *canon.Frame[args4[A, B, C, D], R]) error {
		f.Result = fn(ctx, f.Args.A, f.Args.B, f.Args.C, f.Args.D)
		return nil
	}}
}

// Proc4 makes a host function of four parameters without result.
func Proc4[A, B, C, D any](fn func(context.Context, A, B, C, D)) HostFunc {
	return &hostFunc[args4[A, B, C, D], Unit]{canon.FormNone, func(ctx context.Context, f *canon.Frame[args4[A, B, C, D], Unit]) error {
		fn(ctx, f.Args.A, f.Args.B, f.Args.C, f.Args.D)
		return nil
	}}
}
