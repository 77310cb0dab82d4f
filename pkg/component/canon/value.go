package canon

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Value is a value of any type, for callers that learn the types at run time. It holds
//
//	bool, int8 to uint64, float32, float64, string   for the types of that name
//	Char                                             for char
//	[]byte                                           for list<u8>, of a fixed length too
//	[]Value                                          for any other list, records (in field order) and tuples; for maps, of
//	                                                 a []Value with key and value each
//	Variant                                          for variant, enum, option and result
//	Bits                                             for flags, the first label in the lowest bit
//	*Ref                                             for own and borrow, a Go value for a host's resource
type Value any

// Char is a Unicode scalar value.
type Char rune

// Bits are the flags that are set.
type Bits uint32

// Variant is a case of a variant, enum, option (0 none, 1 some) or result (0 ok, 1 error). Value is nil for a case
// without payload.
type Variant struct {
	Case  uint32
	Value Value
}

// dynamic makes the op that moves a Value of type t.
func (pl *planner) dynamic(path string, t *Type) (*op, error) {
	switch t.Kind {
	case KindBool:
		return boxed[bool](t), nil
	case KindS8:
		return boxed[int8](t), nil
	case KindU8:
		return boxed[uint8](t), nil
	case KindS16:
		return boxed[int16](t), nil
	case KindU16:
		return boxed[uint16](t), nil
	case KindS32:
		return boxed[int32](t), nil
	case KindU32:
		return boxed[uint32](t), nil
	case KindS64:
		return boxed[int64](t), nil
	case KindU64:
		return boxed[uint64](t), nil
	case KindF32:
		return boxed[float32](t), nil
	case KindF64:
		return boxed[float64](t), nil
	case KindChar:
		return boxed[Char](t), nil
	case KindFlags:
		return bitsOp(t), nil
	case KindString:
		return pl.dynamicString(), nil
	case KindOwn, KindBorrow:
		return dynamicHandle(t, pl.transcode, pl.resources[t.Resource]), nil
	case KindList, KindMap:
		return pl.dynamicList(path, t)
	case KindFixedList:
		return pl.dynamicArray(path, t)
	case KindRecord, KindTuple:
		return pl.dynamicRecord(path, t)
	}
	return pl.dynamicVariant(path, t)
}

// as returns the Go value that a Value must hold, or blames the host.
func as[T any](v Value, t *Type) T {
	x, ok := v.(T)
	if !ok {
		panic(notA(v, t))
	}
	return x
}

// boxOp makes the op of a Value from the op of the Go type T that it holds.
func boxOp[T any](t *Type, o *op) *op {
	size := uint64(unsafe.Sizeof(*new(T)))
	return &op{
		typ: t,
		load: func(c *Cx, p uint32, dst unsafe.Pointer) {
			c.spend(size)
			var x T
			o.load(c, p, unsafe.Pointer(&x))
			*(*Value)(dst) = x
		},
		store: func(c *Cx, src unsafe.Pointer, p uint32) {
			x := as[T](*(*Value)(src), t)
			o.store(c, unsafe.Pointer(&x), p)
		},
		lift: func(c *Cx, flat []uint64, dst unsafe.Pointer) {
			c.spend(size)
			var x T
			o.lift(c, flat, unsafe.Pointer(&x))
			*(*Value)(dst) = x
		},
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) {
			x := as[T](*(*Value)(src), t)
			o.lower(c, unsafe.Pointer(&x), flat)
		},
		stow: func(c *Cx, src unsafe.Pointer) {
			x := as[T](*(*Value)(src), t)
			o.stowed(c, unsafe.Pointer(&x))
		},
	}
}

func boxed[T any](t *Type) *op { return boxOp[T](t, scalarOp(t.Kind)) }

func bitsOp(t *Type) *op {
	mask := uint32(1)<<len(t.Labels) - 1
	size := t.size
	return boxOp[Bits](t, &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*uint32)(dst) = c.uint(p, size) & mask },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.putUint(p, size, *(*uint32)(src)&mask) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*uint32)(dst) = uint32(flat[0]) & mask },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(*(*uint32)(src) & mask) },
	})
}

// dynamicString holds a Go string, or between components a text, which remembers the form it had.
func (pl *planner) dynamicString() *op {
	keep := pl.transcode
	return pairOp(func(c *Cx, p, n uint32, dst unsafe.Pointer) {
		t := c.liftString(p, n)
		c.spend(uint64(unsafe.Sizeof(t)))
		if keep {
			*(*Value)(dst) = t
		} else {
			*(*Value)(dst) = t.s
		}
	}, func(c *Cx, src unsafe.Pointer) (p, n uint32) {
		switch v := (*(*Value)(src)).(type) {
		case text:
			return c.lowerString(v)
		case string:
			if !validString(v) {
				panic(errString())
			}
			return c.lowerString(text{v, origin{units: uint64(len(v))}})
		default:
			panic(&HostError{fmt.Sprintf("a %T is no string", v)})
		}
	})
}

// dynamicHandle holds a *Ref. A handle to a host's resource holds the host's value instead, unless it only passes
// between components: a value of the Go type that the host represents the resource by.
func dynamicHandle(t *Type, between bool, host reflect.Type) *op {
	r := t.Resource
	if r.Host && !between {
		return hostHandleOp(t, func(dst unsafe.Pointer, v any) { *(*Value)(dst) = v }, func(src unsafe.Pointer) any {
			v := *(*Value)(src)
			if err := hostValueFits(v, host, t); err != nil {
				panic(err)
			}
			return v
		})
	}
	return handleOp(func(c *Cx, i uint32, dst unsafe.Pointer) {
		c.spend(uint64(unsafe.Sizeof(Ref{})))
		*(*Value)(dst) = c.liftRef(i, t)
	}, func(c *Cx, src unsafe.Pointer) uint32 {
		ref := as[*Ref](*(*Value)(src), t)
		if ref == nil || ref.Resource != r {
			panic(&HostError{"a handle is not one to " + r.Name})
		}
		return c.lowerRef(ref, t)
	})
}

func (pl *planner) dynamicList(path string, t *Type) (*op, error) {
	if t.Elem.Kind == KindU8 {
		return boxOp[[]byte](t, bytesOp()), nil
	}
	elem, err := pl.plan(path+"[]", valueType(), t.Elem)
	if err != nil {
		return nil, err
	}
	return boxOp[[]Value](t, listOp(sliceType(), t, elem)), nil
}

// valueSize is the size of a Value in Go's memory.
const valueSize = unsafe.Sizeof(Value(nil))

func (pl *planner) dynamicRecord(path string, t *Type) (*op, error) {
	o, err := pl.values(path, t)
	if err != nil {
		return nil, err
	}
	return sequenceOp[Value](t, len(t.Fields), o), nil
}

// dynamicArray holds a list of a fixed length as any list is held.
func (pl *planner) dynamicArray(path string, t *Type) (*op, error) {
	if t.Elem.Kind == KindU8 {
		return sequenceOp[byte](t, int(t.Length), arrayOp(t, scalarOp(KindU8), 1)), nil
	}
	elem, err := pl.plan(path+"[]", valueType(), t.Elem)
	if err != nil {
		return nil, err
	}
	return sequenceOp[Value](t, int(t.Length), arrayOp(t, elem, valueSize)), nil
}

// sequenceOp makes the op of a Value that holds n Ts in a slice from the op of n Ts in a row.
func sequenceOp[T any](t *Type, n int, o *op) *op {
	get := func(src unsafe.Pointer) unsafe.Pointer {
		s := as[[]T](*(*Value)(src), t)
		if len(s) != n {
			panic(&HostError{fmt.Sprintf("%d values for the type %s", len(s), t)})
		}
		return unsafe.Pointer(unsafe.SliceData(s))
	}
	size := uint64(n) * uint64(unsafe.Sizeof(*new(T)))
	fresh := func(c *Cx, dst unsafe.Pointer) unsafe.Pointer {
		c.spend(size)
		s := make([]T, n)
		*(*Value)(dst) = s
		return unsafe.Pointer(unsafe.SliceData(s))
	}
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { o.load(c, p, fresh(c, dst)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { o.store(c, get(src), p) },
		lift:  func(c *Cx, flat []uint64, dst unsafe.Pointer) { o.lift(c, flat, fresh(c, dst)) },
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) { o.lower(c, get(src), flat) },
		stow:  func(c *Cx, src unsafe.Pointer) { o.stowed(c, get(src)) },
	}
}

// values plans the fields of t as consecutive Values.
func (pl *planner) values(path string, t *Type) (*op, error) {
	ops := make([]fieldOp, len(t.Fields))
	var offset uint64
	flat := 0
	for i, f := range t.Fields {
		o, err := pl.plan(path+"."+f.Name, valueType(), f.Type)
		if err != nil {
			return nil, err
		}
		offset = alignTo(offset, f.Type.align)
		ops[i] = fieldOp{o, uintptr(i) * valueSize, uint32(offset), flat}
		offset += uint64(f.Type.size)
		flat += len(f.Type.flat)
	}
	return recordOp(ops), nil
}

func (pl *planner) dynamicVariant(path string, t *Type) (*op, error) {
	arms := make([]payload, len(t.Cases))
	for i, c := range t.Cases {
		if c.Type == nil {
			continue
		}
		o, err := pl.plan(path+"."+c.Name, valueType(), c.Type)
		if err != nil {
			return nil, err
		}
		arms[i] = payload{o, unsafe.Offsetof(Variant{}.Value)}
	}
	return boxOp[Variant](t, sumOp(sumShape{
		typ:  t,
		tag:  func(src unsafe.Pointer) uint32 { return (*Variant)(src).Case },
		set:  func(dst unsafe.Pointer, tag uint32) { (*Variant)(dst).Case = tag },
		arms: arms,
	})), nil
}
