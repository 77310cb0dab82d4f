package canon

import (
	"fmt"
	"reflect"
	"unsafe"
)

// op moves values of one Go type and one WIT type between Go and a guest. Addresses in guest memory have been
// checked by whoever calls load or store; flat holds at least len(typ.flat) values and Go's side is a valid
// pointer to the Go type.
type op struct {
	typ   *Type
	load  func(c *Cx, p uint32, dst unsafe.Pointer)      // CanonicalABI.md, "Loading"
	store func(c *Cx, src unsafe.Pointer, p uint32)      // "Storing"
	lift  func(c *Cx, flat []uint64, dst unsafe.Pointer) // "Flat Lifting"
	lower func(c *Cx, src unsafe.Pointer, flat []uint64) // "Flat Lowering"

	// stow enters the host's values that are passed as own into its table, in the order in which store and lower meet
	// them. It comes before either, as the guest can trap between two of them. Nil where the type has no handles.
	stow func(c *Cx, src unsafe.Pointer)
}

func (o *op) stowed(c *Cx, src unsafe.Pointer) {
	if o.stow != nil {
		o.stow(c, src)
	}
}

// BindError says that a Go type cannot stand for a WIT type. Path leads from the function to the value.
type BindError struct {
	Path   string
	Go     reflect.Type
	Type   *Type
	Reason string
}

func (e *BindError) Error() string {
	msg := fmt.Sprintf("%s: WIT %s cannot be bound to Go %s", e.Path, e.Type, e.Go)
	if e.Reason != "" {
		msg += ": " + e.Reason
	}
	return msg
}

// planner makes ops. It remembers pairs that it has met, so that a type used twice is planned once.
type planner struct {
	done      map[planKey]*op
	resources map[*Resource]reflect.Type // what the host represents its resources by
	transcode bool                       // strings are on their way to another component
}

type planKey struct {
	g reflect.Type
	t *Type
}

// Cases is implemented by the Go integer type of an enum and by the tag type of a variant. WitCases returns the
// names of the cases in order, separated by spaces: order is the ABI, so it is spelled out and checked.
type Cases interface{ WitCases() string }

// Labels is implemented by the Go unsigned integer type of a flags type. WitFlags returns the labels in order,
// from the lowest bit, separated by spaces.
type Labels interface{ WitFlags() string }

// plan returns the op for g and t, or a *BindError.
func (pl *planner) plan(path string, g reflect.Type, t *Type) (*op, error) {
	key := planKey{g, t}
	if o := pl.done[key]; o != nil {
		return o, nil
	}
	o, err := pl.make(path, g, t)
	if err != nil {
		return nil, err
	}
	o.typ = t
	if !t.handles {
		o.stow = nil
	}
	pl.done[key] = o
	return o, nil
}

func (pl *planner) make(path string, g reflect.Type, t *Type) (*op, error) {
	bad := func() (*op, error) { return nil, &BindError{path, g, t, ""} }
	if g == reflect.TypeFor[Value]() {
		return pl.dynamic(path, t)
	}
	switch t.Kind {
	case KindBool, KindS8, KindU8, KindS16, KindU16, KindS32, KindU32, KindS64, KindU64, KindF32, KindF64, KindChar:
		if g.Kind() != scalarKind(t.Kind) || names(g) != nil {
			return bad()
		}
		return scalarOp(t.Kind), nil
	case KindString:
		if g.Kind() != reflect.String {
			return bad()
		}
		return stringOp(), nil
	case KindFixedList:
		return pl.array(path, g, t)
	case KindList, KindMap:
		if g.Kind() != reflect.Slice {
			return bad()
		}
		elem, err := pl.plan(path+"[]", g.Elem(), t.Elem)
		if err != nil {
			return nil, err
		}
		return listOp(g, t, elem), nil
	case KindRecord, KindTuple:
		return pl.record(path, g, t)
	case KindEnum:
		return pl.enum(path, g, t)
	case KindFlags:
		return pl.flags(path, g, t)
	case KindOption:
		return pl.option(path, g, t)
	case KindResult:
		return pl.result(path, g, t)
	case KindVariant:
		return pl.variant(path, g, t)
	case KindOwn, KindBorrow:
		return pl.handle(path, g, t)
	}
	return bad()
}
