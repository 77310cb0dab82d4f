package canon

import (
	"reflect"
	"unsafe"
)

// DynPlan is a Plan for Values: for tools, and for calls from one component to another. It is immutable.
type DynPlan struct {
	shape
	Type      *FuncType
	resources map[*Resource]reflect.Type
}

// NewDynPlan plans the function type ft. Of the binding the resources count. name leads the path of an error.
func NewDynPlan(name string, ft *FuncType, b Binding) (*DynPlan, error) {
	return newDynPlan(name, ft, &planner{done: map[planKey]*op{}, resources: b.Resources})
}

// NewTransferPlan plans ft for calls from one component to another. A value that was lifted with the plan is only
// good for lowering it with the same plan: it keeps what the receiver must see of the form that it had.
func NewTransferPlan(name string, ft *FuncType) (*DynPlan, error) {
	return newDynPlan(name, ft, &planner{done: map[planKey]*op{}, transcode: true})
}

func newDynPlan(name string, ft *FuncType, pl *planner) (*DynPlan, error) {
	tuple, err := ft.params()
	if err != nil {
		return nil, err
	}
	params, err := pl.values(name, tuple)
	if err != nil {
		return nil, err
	}
	params.typ = tuple
	var result *op
	if ft.Result != nil {
		if result, err = pl.plan(name+" result", valueType(), ft.Result); err != nil {
			return nil, err
		}
	}
	return &DynPlan{newShape(params, result), ft, pl.resources}, nil
}

// LiftParams is Plan.LiftParams. It returns one Value for each parameter.
func (p *DynPlan) LiftParams(c *Cx, stack []uint64) []Value {
	args := make([]Value, len(p.Type.Params))
	p.liftParams(c, stack, unsafe.Pointer(unsafe.SliceData(args)))
	return args
}

// LowerResult is Plan.LowerResult. Without a result, v is ignored.
func (p *DynPlan) LowerResult(c *Cx, v Value, stack []uint64) {
	p.lowerResult(c, unsafe.Pointer(&v), stack)
}

// LowerParams is Plan.LowerParams, of as many Values as there are parameters.
func (p *DynPlan) LowerParams(c *Cx, args []Value, stack []uint64) {
	if len(args) != len(p.Type.Params) {
		panic(&HostError{"the number of arguments is wrong"})
	}
	p.lowerParams(c, unsafe.Pointer(unsafe.SliceData(args)), stack)
}

// LiftResult is Plan.LiftResult. Without a result it returns nil.
func (p *DynPlan) LiftResult(c *Cx, stack []uint64) (v Value) {
	p.liftResult(c, stack, unsafe.Pointer(&v))
	return v
}

func valueType() reflect.Type { return reflect.TypeFor[Value]() }

func sliceType() reflect.Type { return reflect.TypeFor[[]Value]() }
