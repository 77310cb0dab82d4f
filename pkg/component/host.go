package component

import (
	"context"
	"fmt"
	"reflect"

	"astrid/pkg/component/canon"
)

// Interface is what a host offers under one import name: an interface such as "astrid:sys/host@1.0.0". Build it
// once; it is immutable when it has been given to a Linker, and can be shared.
type Interface struct {
	name      string
	errs      *canon.Errors
	funcs     map[string]HostFunc
	resources map[string]HostResource
}

// Errors maps the errors of an interface's functions to its WIT error type.
type Errors = canon.Errors

// ErrorType is canon.ErrorType.
func ErrorType[E any, P interface {
	*E
	error
}](fallback func(error) E) *Errors {
	return canon.ErrorType[E, P](fallback)
}

// NewInterface makes an empty interface. The name is the whole import name, version included: versions match
// exactly. An empty name collects functions that components import by their bare names.
func NewInterface(name string) *Interface {
	return &Interface{name: name, funcs: map[string]HostFunc{}, resources: map[string]HostResource{}}
}

// Errors sets the interface's error type: see ErrorType.
func (i *Interface) Errors(e *Errors) *Interface {
	i.errs = e
	return i
}

// Func adds a function. A name given twice keeps the later one.
func (i *Interface) Func(name string, f HostFunc) *Interface {
	i.funcs[name] = f
	return i
}

// Resource adds a resource type. Its constructor, methods and static functions are functions of the interface, by
// their names in WIT's encoding: "[constructor]r", "[method]r.m", "[static]r.s".
func (i *Interface) Resource(name string, r HostResource) *Interface {
	i.resources[name] = r
	return i
}

// HostResource is a resource type that the host defines, made by NewResource.
type HostResource struct {
	typ  reflect.Type
	drop func(ctx context.Context, v any)
}

// NewResource makes a resource type whose values are Ts: functions take and return them as Own[T] and Borrow[T].
// drop is called when a guest drops the last handle, and for what is left when the instance is closed; it may be nil.
func NewResource[T any](drop func(ctx context.Context, v T)) HostResource {
	return HostResource{reflect.TypeFor[T](), func(ctx context.Context, v any) {
		if drop != nil {
			drop(ctx, v.(T))
		}
	}}
}

// Own is own<R> of a host's resource: passing it moves the value, also when the call that it is passed in traps.
type Own[T any] = canon.Own[T]

// Borrow is borrow<R> of a host's resource, valid during the call.
type Borrow[T any] = canon.Borrow[T]

// Ref is a handle to a resource that a guest defines.
type Ref = canon.Ref

// Option is option<T> without an allocation; a *T stands for the same type.
type Option[T any] = canon.Option[T]

// Result is result<T, E> where it is not a host function's own result.
type Result[T, E any] = canon.Result[T, E]

// HostFunc is a Go function that guests can call, made by Func0 to Func4 (a result and an error), Infallible0 to
// Infallible4 (a result) or Proc0 to Proc4 (neither), OnlyErr0 to OnlyErr4 (an error).
//
// A Go error stands for the error case of a WIT result; an error that the interface's error type cannot express,
// or any error where WIT has none, ends the guest. The context is the one that the guest was called with, and is
// valid until the function returns.
type HostFunc interface {
	// derive returns the function type that the Go types stand for.
	derive(errs *canon.Errors) (*canon.FuncType, error)
	// bind plans the function for a WIT type.
	bind(name string, ft *canon.FuncType, b canon.Binding) (invoker, error)
}

// invoker runs a host function for the call that is on the stack. frame is the instance's place for this slot.
type invoker func(ctx context.Context, cx *canon.Cx, frame *any, stack []uint64)

type hostFunc[A, R any] struct {
	form canon.ResultForm
	call func(ctx context.Context, f *canon.Frame[A, R]) error
}

func (h *hostFunc[A, R]) derive(errs *canon.Errors) (*canon.FuncType, error) {
	return canon.Derive[A, R](h.form, errs)
}

func (h *hostFunc[A, R]) bind(name string, ft *canon.FuncType, b canon.Binding) (invoker, error) {
	plan, err := canon.NewPlan[A, R](name, ft, h.form, b)
	if err != nil {
		return nil, err
	}
	handles := plan.Handles()
	return func(ctx context.Context, cx *canon.Cx, frame *any, stack []uint64) {
		f, ok := (*frame).(*canon.Frame[A, R])
		if !ok {
			f = new(canon.Frame[A, R])
			*frame = f
		}
		cx.Begin(ctx)
		var outer *canon.Scope
		if handles {
			outer = cx.Enter()
		}
		plan.LiftParams(cx, stack, f)
		if err := h.guarded(ctx, name, f); err != nil && !plan.Fail(f, err) {
			panic(&hostError{name, err})
		}
		plan.LowerResult(cx, f, stack)
		if handles {
			cx.Leave(outer)
		}
		f.Reset()
	}, nil
}

// guarded calls the Go function. A panic of it must not reach wazero, which would print its value.
func (h *hostFunc[A, R]) guarded(ctx context.Context, name string, f *canon.Frame[A, R]) (err error) {
	defer func() {
		if recover() != nil {
			panic(&HostPanicError{name})
		}
	}()
	return h.call(ctx, f)
}

// The arguments of functions of each arity.
type (
	args0           struct{}
	args1[A any]    struct{ A A }
	args2[A, B any] struct {
		A A
		B B
	}
	args3[A, B, C any] struct {
		A A
		B B
		C C
	}
	args4[A, B, C, D any] struct {
		A A
		B B
		C C
		D D
	}
)

// Linker links components to the interfaces of a host. It is immutable.
type Linker struct{ interfaces map[string]*Interface }

// NewLinker makes a linker of the given interfaces. Of two with one name, the later counts.
func NewLinker(interfaces ...*Interface) *Linker {
	l := &Linker{map[string]*Interface{}}
	for _, i := range interfaces {
		l.interfaces[i.name] = i
	}
	return l
}

// find returns the host's function for an import.
func (l *Linker) find(imp hostImport) (HostFunc, *canon.Errors, bool) {
	i, ok := l.interfaces[imp.iface]
	if !ok {
		return nil, nil, false
	}
	f, ok := i.funcs[imp.name]
	return f, i.errs, ok
}

// findResource returns the host's resource for an import.
func (l *Linker) findResource(r hostResource) (HostResource, bool) {
	i, ok := l.interfaces[r.iface]
	if !ok {
		return HostResource{}, false
	}
	def, ok := i.resources[r.name]
	return def, ok
}

// qualified is an import's name as messages write it.
func (imp hostImport) qualified() string {
	if imp.iface == "" {
		return headOf(imp.name)
	}
	return fmt.Sprintf("%s#%s", headOf(imp.iface), headOf(imp.name))
}
