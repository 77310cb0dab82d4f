package canon

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"
)

// Frame holds the values of one call: the arguments, as a struct with one field each, and the result. It lives on
// the heap, once for each function and instance, so that a call allocates nothing.
type Frame[A, R any] struct {
	Args   A
	Result R

	failed bool
	err    unsafe.Pointer // to the error value, of the plan's error type, when failed
}

// Reset drops the values, so that the frame keeps nothing alive between calls.
func (f *Frame[A, R]) Reset() {
	var zero Frame[A, R]
	*f = zero
}

// Errors maps the errors of a host interface to its WIT error type.
type Errors struct {
	typ     reflect.Type
	convert func(error) unsafe.Pointer // to a value of typ, or nil when the error is none of the guest's business
}

// ErrorType makes the mapping for the Go error type E, which stands for the error type of an interface's results.
// An error with a *E in its chain reaches the guest as that E; for any other, fallback says which E it is, and a
// nil fallback ends the guest with a trap.
func ErrorType[E any, P interface {
	*E
	error
}](fallback func(error) E) *Errors {
	return &Errors{reflect.TypeFor[E](), func(err error) unsafe.Pointer {
		if p, ok := err.(P); ok {
			return unsafe.Pointer(p)
		}
		if p, ok := errors.AsType[P](err); ok {
			return unsafe.Pointer(p)
		}
		if fallback == nil {
			return nil
		}
		e := fallback(err)
		return unsafe.Pointer(&e)
	}}
}

// ResultForm says how a Go function's results stand for a WIT result.
type ResultForm int

const (
	// FormNone is a Go function without results.
	FormNone ResultForm = iota
	// FormValue is a Go function whose one result is the WIT result.
	FormValue
	// FormFallible is a Go function with results (T, error) for a WIT result<T, E>.
	FormFallible
	// FormError is a Go function with the result error for a WIT result<_, E>.
	FormError
)

// shape is what a plan knows without Go types: how parameters and result travel.
type shape struct {
	params     *op
	result     *op // nil without result
	flatParams int
	spillArgs  bool // the parameters go through memory
	spillRes   bool // the result goes through memory
}

func newShape(params, result *op) shape {
	s := shape{params: params, result: result, flatParams: len(params.typ.flat)}
	if s.spillArgs = s.flatParams > maxFlatParams; s.spillArgs {
		s.flatParams = 1
	}
	s.spillRes = result != nil && len(result.typ.flat) > maxFlatResults
	return s
}

// Handles reports whether a call can pass handles, so that it needs a Scope.
func (s *shape) Handles() bool {
	return s.params.typ.handles || s.result != nil && s.result.typ.handles
}

// Plan moves the arguments and the result of one function type between a guest and frames. It is immutable.
type Plan[A, R any] struct {
	shape
	Type *FuncType
	errs *Errors
}

// Binding is what a host's Go types mean beyond themselves.
type Binding struct {
	Errors    *Errors                    // nil: functions cannot fail
	Resources map[*Resource]reflect.Type // what the host represents its resources by
}

// Derive returns the function type that the Go types stand for.
func Derive[A, R any](form ResultForm, errs *Errors) (*FuncType, error) {
	ft := &FuncType{}
	args := reflect.TypeFor[A]()
	for i := range args.NumField() {
		t, err := TypeOf(args.Field(i).Type)
		if err != nil {
			return nil, err
		}
		ft.Params = append(ft.Params, Field{Type: t})
	}
	var err error
	var val *Type
	if form == FormValue || form == FormFallible {
		if val, err = TypeOf(reflect.TypeFor[R]()); err != nil {
			return nil, err
		}
	}
	switch form {
	case FormValue:
		ft.Result = val
	case FormFallible, FormError:
		if errs == nil {
			return nil, errors.New("the function returns an error, but its interface has no error type")
		}
		e, err := TypeOf(errs.typ)
		if err != nil {
			return nil, err
		}
		if ft.Result, err = ResultOf(val, e); err != nil {
			return nil, err
		}
	}
	return ft, nil
}

// NewPlan plans the function type ft for Go arguments A (a struct with one exported field for each parameter) and
// the result R in the given form. name leads the path of a *BindError.
func NewPlan[A, R any](name string, ft *FuncType, form ResultForm, b Binding) (*Plan[A, R], error) {
	pl := &planner{done: map[planKey]*op{}, resources: b.Resources}
	params, err := pl.params(name, reflect.TypeFor[A](), ft)
	if err != nil {
		return nil, err
	}
	result, err := pl.outcome(name+" result", reflect.TypeFor[Frame[A, R]](), ft.Result, form, b.Errors)
	if err != nil {
		return nil, err
	}
	return &Plan[A, R]{newShape(params, result), ft, b.Errors}, nil
}

// params plans the parameters as the tuple that they are passed as, with the parameters' names in the paths.
func (pl *planner) params(name string, g reflect.Type, ft *FuncType) (*op, error) {
	if g.NumField() != len(ft.Params) {
		return nil, fmt.Errorf("%s: WIT %s cannot be bound to a Go function of %d parameters", name, ft, g.NumField())
	}
	tuple, err := ft.params()
	if err != nil {
		return nil, err
	}
	ops := make([]fieldOp, len(ft.Params))
	var offset uint64
	flat := 0
	for i, p := range ft.Params {
		o, err := pl.plan(fmt.Sprintf("%s(%s)", name, p.Name), g.Field(i).Type, p.Type)
		if err != nil {
			return nil, err
		}
		offset = alignTo(offset, p.Type.align)
		ops[i] = fieldOp{o, g.Field(i).Offset, uint32(offset), flat}
		offset += uint64(p.Type.size)
		flat += len(p.Type.flat)
	}
	o := recordOp(ops)
	o.typ = tuple
	return o, nil
}

// outcome plans the result relative to the frame: a plain value, or Go's (T, error) as a result's two cases.
func (pl *planner) outcome(name string, frame reflect.Type, t *Type, form ResultForm, errs *Errors) (*op, error) {
	value, _ := frame.FieldByName("Result")
	if t == nil {
		if form != FormNone {
			return nil, fmt.Errorf("%s: WIT has none, the Go function has one", name)
		}
		return nil, nil
	}
	switch form {
	case FormNone:
		return nil, fmt.Errorf("%s: WIT %s, the Go function has none", name, t)
	case FormValue:
		o, err := pl.plan(name, value.Type, t)
		if err != nil {
			return nil, err
		}
		return recordOpOf(t, fieldOp{o, value.Offset, 0, 0}), nil
	}
	if t.Kind != KindResult {
		return nil, fmt.Errorf("%s: WIT %s cannot be bound to a Go function that returns an error", name, t)
	}
	return pl.fallible(name, frame, value, t, form, errs)
}

func recordOpOf(t *Type, fields ...fieldOp) *op {
	o := recordOp(fields)
	o.typ = t
	return o
}

func (pl *planner) fallible(name string, frame reflect.Type, value reflect.StructField, t *Type, form ResultForm, errs *Errors) (*op, error) {
	arms := make([]payload, 2)
	okType, errType := t.Cases[0].Type, t.Cases[1].Type
	switch {
	case (okType != nil) != (form == FormFallible):
		return nil, fmt.Errorf("%s: WIT %s, and the Go function returns a value besides its error: %t", name, t, form == FormFallible)
	case okType != nil:
		o, err := pl.plan(name+".ok", value.Type, okType)
		if err != nil {
			return nil, err
		}
		arms[0] = payload{o, value.Offset}
	}
	if errType != nil {
		if errs == nil {
			return nil, fmt.Errorf("%s: the interface has no error type for WIT %s", name, errType)
		}
		o, err := pl.plan(name+".error", errs.typ, errType)
		if err != nil {
			return nil, err
		}
		field, _ := frame.FieldByName("err")
		arms[1] = payload{indirectOp(o, errs.typ), field.Offset}
	}
	failed, _ := frame.FieldByName("failed")
	tag, set := boolTag(failed.Offset)
	o := sumOp(sumShape{t, tag, set, arms})
	o.typ = t
	return o, nil
}

// indirectOp moves a value through the pointer to it that Go's side holds.
func indirectOp(o *op, g reflect.Type) *op {
	size := uint64(g.Size())
	fresh := func(c *Cx, dst unsafe.Pointer) unsafe.Pointer {
		c.spend(size)
		p := reflect.New(g).UnsafePointer()
		*(*unsafe.Pointer)(dst) = p
		return p
	}
	return &op{
		typ:   o.typ,
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { o.load(c, p, fresh(c, dst)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { o.store(c, *(*unsafe.Pointer)(src), p) },
		lift:  func(c *Cx, flat []uint64, dst unsafe.Pointer) { o.lift(c, flat, fresh(c, dst)) },
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) { o.lower(c, *(*unsafe.Pointer)(src), flat) },
		stow:  func(c *Cx, src unsafe.Pointer) { o.stowed(c, *(*unsafe.Pointer)(src)) },
	}
}

// Fail records err as the call's outcome. It reports whether the guest can be told: an error outside the
// interface's error type cannot cross the border.
func (p *Plan[A, R]) Fail(f *Frame[A, R], err error) bool {
	if p.errs == nil || p.result == nil {
		return false
	}
	f.failed, f.err = true, p.errs.convert(err)
	return f.err != nil
}

// LiftParams reads the arguments of a call out of the component (canon lower, lift_flat_values).
func (p *Plan[A, R]) LiftParams(c *Cx, stack []uint64, f *Frame[A, R]) {
	p.liftParams(c, stack, unsafe.Pointer(&f.Args))
}

// LowerResult writes the outcome of a call out of the component: on the stack, or where the guest's last parameter
// points (canon lower, lower_flat_values).
func (p *Plan[A, R]) LowerResult(c *Cx, f *Frame[A, R], stack []uint64) {
	p.lowerResult(c, unsafe.Pointer(f), stack)
}

// LowerParams writes the arguments of a call into the component (canon lift). stack receives the core arguments,
// at most sixteen.
func (p *Plan[A, R]) LowerParams(c *Cx, f *Frame[A, R], stack []uint64) {
	p.lowerParams(c, unsafe.Pointer(&f.Args), stack)
}

// LiftResult reads the result of a call into the component from its core results. What it is to own is the host's with
// HostTable.Deliver, when nothing can fail any more.
func (p *Plan[A, R]) LiftResult(c *Cx, stack []uint64, f *Frame[A, R]) {
	p.liftResult(c, stack, unsafe.Pointer(f))
}

func (s *shape) liftParams(c *Cx, stack []uint64, dst unsafe.Pointer) {
	if s.spillArgs {
		at := uint32(stack[0])
		c.check(at, uint64(s.params.typ.size), s.params.typ.align, "parameters")
		s.params.load(c, at, dst)
	} else {
		s.params.lift(c, stack, dst)
	}
	if s.params.typ.handles {
		c.Host.Deliver()
	}
}

func (s *shape) lowerResult(c *Cx, src unsafe.Pointer, stack []uint64) {
	if s.result == nil {
		return
	}
	s.result.stowed(c, src)
	c.lowering(true)
	if s.spillRes {
		at := uint32(stack[s.flatParams])
		c.check(at, uint64(s.result.typ.size), s.result.typ.align, "result")
		s.result.store(c, src, at)
	} else {
		s.result.lower(c, src, stack)
	}
	c.lowering(false)
}

func (s *shape) lowerParams(c *Cx, src unsafe.Pointer, stack []uint64) {
	if s.flatParams == 0 {
		return
	}
	s.params.stowed(c, src)
	c.lowering(true)
	if s.spillArgs {
		at := c.alloc(uint64(s.params.typ.size), s.params.typ.align, "parameters")
		s.params.store(c, src, at)
		stack[0] = uint64(at)
	} else {
		s.params.lower(c, src, stack)
	}
	c.lowering(false)
}

func (s *shape) liftResult(c *Cx, stack []uint64, dst unsafe.Pointer) {
	if s.result == nil {
		return
	}
	if !s.spillRes {
		s.result.lift(c, stack, dst)
		return
	}
	at := uint32(stack[0])
	c.check(at, uint64(s.result.typ.size), s.result.typ.align, "result")
	s.result.load(c, at, dst)
}

// Err returns the error that a lifted result holds, a value of the plan's error type, or nil.
func (p *Plan[A, R]) Err(f *Frame[A, R]) error {
	if !f.failed {
		return nil
	}
	err, _ := reflect.NewAt(p.errs.typ, f.err).Interface().(error)
	return err
}

// lowering marks the instance while values are lowered into it: realloc must not call out (may_leave). A trap leaves
// the mark, on an instance that nothing enters again.
func (c *Cx) lowering(on bool) {
	if c.MayLeave != nil {
		*c.MayLeave = !on
	}
}
