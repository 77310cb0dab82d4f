package canon

import (
	"fmt"
	"reflect"
	"unicode/utf8"
)

// Check reports as a *HostError what in args is no value of the parameter that it is for, so that nothing has been
// lowered when it is found.
func (p *DynPlan) Check(args []Value) error {
	if len(args) != len(p.Type.Params) {
		return &HostError{fmt.Sprintf("%d arguments for %s", len(args), p.Type)}
	}
	for i, f := range p.Type.Params {
		if err := p.check(args[i], f.Type); err != nil {
			return err
		}
	}
	return nil
}

func (p *DynPlan) check(v Value, t *Type) error {
	switch t.Kind {
	case KindBool:
		return is[bool](v, t)
	case KindS8:
		return is[int8](v, t)
	case KindU8:
		return is[uint8](v, t)
	case KindS16:
		return is[int16](v, t)
	case KindU16:
		return is[uint16](v, t)
	case KindS32:
		return is[int32](v, t)
	case KindU32:
		return is[uint32](v, t)
	case KindS64:
		return is[int64](v, t)
	case KindU64:
		return is[uint64](v, t)
	case KindF32:
		return is[float32](v, t)
	case KindF64:
		return is[float64](v, t)
	case KindFlags:
		return is[Bits](v, t)
	case KindChar:
		if c, ok := v.(Char); ok && !scalar(uint32(c)) {
			return &HostError{"a rune is no Unicode scalar value"}
		}
		return is[Char](v, t)
	case KindString:
		if s, ok := v.(string); ok && !validString(s) {
			return errString()
		}
		return is[string](v, t)
	case KindList, KindFixedList, KindMap:
		return p.checkList(v, t)
	case KindRecord, KindTuple:
		return p.checkRecord(v, t)
	case KindOwn, KindBorrow:
		return p.checkHandle(v, t)
	}
	return p.checkVariant(v, t)
}

// is reports whether a Value holds a T.
func is[T any](v Value, t *Type) error {
	if _, ok := v.(T); !ok {
		return notA(v, t)
	}
	return nil
}

func notA(v Value, t *Type) error {
	return &HostError{fmt.Sprintf("a %T is no value of type %s", v, t)}
}

func validString(s string) bool { return len(s) <= maxByteLength && utf8.ValidString(s) }

func errString() error { return &HostError{"a string is not UTF-8, or longer than 2^28-1 bytes"} }

func (p *DynPlan) checkList(v Value, t *Type) error {
	fits := func(n int) error {
		if t.Kind == KindFixedList && uint64(n) != uint64(t.Length) {
			return &HostError{fmt.Sprintf("%d values for the type %s", n, t)}
		}
		return nil
	}
	if t.Elem.Kind == KindU8 {
		bytes, ok := v.([]byte)
		if !ok {
			return notA(v, t)
		}
		return fits(len(bytes))
	}
	list, ok := v.([]Value)
	if !ok {
		return notA(v, t)
	}
	if err := fits(len(list)); err != nil {
		return err
	}
	for _, x := range list {
		if err := p.check(x, t.Elem); err != nil {
			return err
		}
	}
	return nil
}

func (p *DynPlan) checkRecord(v Value, t *Type) error {
	fields, ok := v.([]Value)
	if !ok {
		return notA(v, t)
	}
	if len(fields) != len(t.Fields) {
		return &HostError{fmt.Sprintf("%d values for the type %s", len(fields), t)}
	}
	for i, f := range t.Fields {
		if err := p.check(fields[i], f.Type); err != nil {
			return err
		}
	}
	return nil
}

func (p *DynPlan) checkVariant(v Value, t *Type) error {
	x, ok := v.(Variant)
	switch {
	case !ok:
		return notA(v, t)
	case uint64(x.Case) >= uint64(len(t.Cases)):
		return &HostError{fmt.Sprintf("case %d of the type %s, which has %d", x.Case, t, len(t.Cases))}
	case t.Cases[x.Case].Type != nil:
		return p.check(x.Value, t.Cases[x.Case].Type)
	case x.Value != nil:
		return &HostError{fmt.Sprintf("a value in a case of %s that has none", t)}
	}
	return nil
}

func (p *DynPlan) checkHandle(v Value, t *Type) error {
	if t.Resource.Host {
		return hostValueFits(v, p.resources[t.Resource], t)
	}
	ref, ok := v.(*Ref)
	switch {
	case !ok || ref == nil:
		return notA(v, t)
	case ref.Resource != t.Resource:
		return &HostError{"a handle is not one to " + t.Resource.Name}
	case t.Kind == KindOwn && !ref.Owned:
		return &HostError{"a handle to " + t.Resource.Name + " is not owned, or has been passed on"}
	}
	return nil
}

// hostValueFits reports whether v can stand for a handle to a resource that the host represents by host: any value
// can where host is nil.
func hostValueFits(v Value, host reflect.Type, t *Type) error {
	if host == nil || reflect.TypeOf(v) == host {
		return nil
	}
	return &HostError{fmt.Sprintf("a %T is no value of type %s, which the host represents by %s", v, t, host)}
}
