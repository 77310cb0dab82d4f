package canon

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Option is option<T> without an allocation. A *T stands for the same WIT type.
type Option[T any] struct {
	Value T
	Some  bool
}

// Some returns the option that holds v.
func Some[T any](v T) Option[T] { return Option[T]{v, true} }

func (Option[T]) isOption() {}

// Result is result<T, E> where it is not a function's own result, which is (T, error). Unit stands for an absent
// payload.
type Result[T, E any] struct {
	Ok     T
	Err    E
	Failed bool
}

func (Result[T, E]) isResult() {}

// Unit is the payload of a case that has none.
type Unit struct{}

// payload is one case of a sum: its op, nil without payload, and where the payload lies in the Go value.
type payload struct {
	op  *op
	off uintptr
}

// sumShape is what the kinds of variant share: how to tell a Go value's case, how to set it, and the payloads.
type sumShape struct {
	typ  *Type
	tag  func(src unsafe.Pointer) uint32
	set  func(dst unsafe.Pointer, tag uint32)
	arms []payload
}

// sumOp makes the op of a variant (load_variant, store_variant, lift_flat_variant, lower_flat_variant). The
// flattened payloads of all cases share their slots: wazero holds every core type in the low bits of 64, so that
// the conversions of the specification's join are the truncations that each lift makes anyway.
func sumOp(s sumShape) *op {
	cases, disc, off, nflat := uint32(len(s.arms)), s.typ.disc, s.typ.payload, len(s.typ.flat)
	return &op{
		load: func(c *Cx, p uint32, dst unsafe.Pointer) {
			tag := c.discriminant(p, disc, cases)
			s.set(dst, tag)
			if a := &s.arms[tag]; a.op != nil {
				a.op.load(c, p+off, unsafe.Add(dst, a.off))
			}
		},
		store: func(c *Cx, src unsafe.Pointer, p uint32) {
			tag := s.tagOf(src)
			c.putDiscriminant(p, disc, tag)
			if a := &s.arms[tag]; a.op != nil {
				a.op.store(c, unsafe.Add(src, a.off), p+off)
			}
		},
		lift: func(c *Cx, flat []uint64, dst unsafe.Pointer) {
			tag := checkDiscriminant(uint32(flat[0]), cases)
			s.set(dst, tag)
			if a := &s.arms[tag]; a.op != nil {
				a.op.lift(c, flat[1:], unsafe.Add(dst, a.off))
			}
		},
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) {
			tag := s.tagOf(src)
			clear(flat[:nflat])
			flat[0] = uint64(tag)
			if a := &s.arms[tag]; a.op != nil {
				a.op.lower(c, unsafe.Add(src, a.off), flat[1:])
			}
		},
		stow: func(c *Cx, src unsafe.Pointer) {
			if a := &s.arms[s.tagOf(src)]; a.op != nil {
				a.op.stowed(c, unsafe.Add(src, a.off))
			}
		},
	}
}

func (s *sumShape) tagOf(src unsafe.Pointer) uint32 {
	tag := s.tag(src)
	if int(tag) >= len(s.arms) {
		panic(&HostError{"a variant's tag is out of range"})
	}
	return tag
}

// boolTag returns the tag functions of a Go value that tells its two cases by a bool at off.
func boolTag(off uintptr) (func(unsafe.Pointer) uint32, func(unsafe.Pointer, uint32)) {
	return func(src unsafe.Pointer) uint32 { return uint32(bit(*(*bool)(unsafe.Add(src, off)))) },
		func(dst unsafe.Pointer, tag uint32) { *(*bool)(unsafe.Add(dst, off)) = tag != 0 }
}

// option binds an Option[T] or a *T.
func (pl *planner) option(path string, g reflect.Type, t *Type) (*op, error) {
	if g.Kind() == reflect.Pointer {
		elem, err := pl.plan(path, g.Elem(), t.Elem)
		if err != nil {
			return nil, err
		}
		return pointerOp(g.Elem(), t, elem), nil
	}
	if _, ok := reflect.Zero(g).Interface().(interface{ isOption() }); !ok {
		return nil, &BindError{path, g, t, "want a pointer or an Option"}
	}
	value, some := g.Field(0), g.Field(1)
	elem, err := pl.plan(path, value.Type, t.Elem)
	if err != nil {
		return nil, err
	}
	tag, set := boolTag(some.Offset)
	return sumOp(sumShape{t, tag, set, []payload{{}, {elem, value.Offset}}}), nil
}

// pointerOp is sumOp for *T: nil is none.
func pointerOp(g reflect.Type, t *Type, elem *op) *op {
	disc, off, nflat := t.disc, t.payload, len(t.flat)
	size := uint64(g.Size())
	fresh := func(c *Cx, dst unsafe.Pointer) unsafe.Pointer {
		c.spend(size)
		p := reflect.New(g).UnsafePointer()
		*(*unsafe.Pointer)(dst) = p
		return p
	}
	return &op{
		load: func(c *Cx, p uint32, dst unsafe.Pointer) {
			if c.discriminant(p, disc, 2) == 0 {
				*(*unsafe.Pointer)(dst) = nil
				return
			}
			elem.load(c, p+off, fresh(c, dst))
		},
		store: func(c *Cx, src unsafe.Pointer, p uint32) {
			v := *(*unsafe.Pointer)(src)
			c.putDiscriminant(p, disc, uint32(bit(v != nil)))
			if v != nil {
				elem.store(c, v, p+off)
			}
		},
		lift: func(c *Cx, flat []uint64, dst unsafe.Pointer) {
			if checkDiscriminant(uint32(flat[0]), 2) == 0 {
				*(*unsafe.Pointer)(dst) = nil
				return
			}
			elem.lift(c, flat[1:], fresh(c, dst))
		},
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) {
			v := *(*unsafe.Pointer)(src)
			clear(flat[:nflat])
			if v != nil {
				flat[0] = 1
				elem.lower(c, v, flat[1:])
			}
		},
		stow: func(c *Cx, src unsafe.Pointer) {
			if v := *(*unsafe.Pointer)(src); v != nil {
				elem.stowed(c, v)
			}
		},
	}
}

// result binds a Result[T, E].
func (pl *planner) result(path string, g reflect.Type, t *Type) (*op, error) {
	if _, ok := reflect.Zero(g).Interface().(interface{ isResult() }); !ok {
		return nil, &BindError{path, g, t, "want a Result"}
	}
	arms := make([]payload, 2)
	for i, name := range []string{"ok", "error"} {
		f := g.Field(i)
		if t.Cases[i].Type == nil {
			if f.Type != reflect.TypeFor[Unit]() {
				return nil, &BindError{path, g, t, fmt.Sprintf("the case %s has no payload: want a Unit", name)}
			}
			continue
		}
		o, err := pl.plan(path+"."+name, f.Type, t.Cases[i].Type)
		if err != nil {
			return nil, err
		}
		arms[i] = payload{o, f.Offset}
	}
	tag, set := boolTag(g.Field(2).Offset)
	return sumOp(sumShape{t, tag, set, arms}), nil
}

// variant binds a Go struct: a first field Case of a tag type with WitCases, then one field for each case that has
// a payload, by name.
func (pl *planner) variant(path string, g reflect.Type, t *Type) (*op, error) {
	if !isVariant(g) {
		return nil, &BindError{path, g, t, "want a struct whose first field is Case, of a type with WitCases() string"}
	}
	tagType := g.Field(0).Type
	if reason := checkCases(tagType, t); reason != "" {
		return nil, &BindError{path + ".case", tagType, t, reason}
	}
	fields := map[string]reflect.StructField{}
	for i := 1; i < g.NumField(); i++ {
		fields[witName(g.Field(i))] = g.Field(i)
	}
	arms := make([]payload, len(t.Cases))
	for i, c := range t.Cases {
		f, ok := fields[c.Name]
		delete(fields, c.Name)
		switch {
		case c.Type == nil && ok:
			return nil, &BindError{path, g, t, fmt.Sprintf("the case %q has no payload for Go's %s", c.Name, f.Name)}
		case c.Type == nil:
			continue
		case !ok:
			return nil, &BindError{path, g, t, fmt.Sprintf("no Go field for the case %q", c.Name)}
		}
		o, err := pl.plan(path+"."+c.Name, f.Type, c.Type)
		if err != nil {
			return nil, err
		}
		arms[i] = payload{o, f.Offset}
	}
	for name := range fields {
		return nil, &BindError{path, g, t, fmt.Sprintf("the variant has no case %q", name)}
	}
	tag, set := getUint(tagType.Kind()), putUint(tagType.Kind())
	return sumOp(sumShape{t, tag, set, arms}), nil
}

func isVariant(g reflect.Type) bool {
	return g.Kind() == reflect.Struct && g.NumField() > 0 && g.Field(0).Name == "Case" && names(g.Field(0).Type) != nil
}
