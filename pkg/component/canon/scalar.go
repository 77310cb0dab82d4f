package canon

import (
	"math"
	"reflect"
	"strings"
	"unsafe"
)

// scalarKind is the Go kind that stands for a scalar type.
func scalarKind(k Kind) reflect.Kind {
	switch k {
	case KindBool:
		return reflect.Bool
	case KindS8:
		return reflect.Int8
	case KindU8:
		return reflect.Uint8
	case KindS16:
		return reflect.Int16
	case KindU16:
		return reflect.Uint16
	case KindS32, KindChar: // a char is a rune
		return reflect.Int32
	case KindU32:
		return reflect.Uint32
	case KindS64:
		return reflect.Int64
	case KindU64:
		return reflect.Uint64
	case KindF32:
		return reflect.Float32
	case KindF64:
		return reflect.Float64
	}
	return reflect.Invalid
}

func scalarOp(k Kind) *op {
	switch k {
	case KindBool:
		return boolOp()
	case KindS8:
		return int8Op[int8]()
	case KindU8:
		return int8Op[uint8]()
	case KindS16:
		return int16Op[int16]()
	case KindU16:
		return int16Op[uint16]()
	case KindS32:
		return int32Op[int32]()
	case KindU32:
		return int32Op[uint32]()
	case KindS64, KindU64:
		return int64Op()
	case KindF32:
		return f32Op()
	case KindF64:
		return f64Op()
	default:
		return charOp()
	}
}

func boolOp() *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*bool)(dst) = c.u8(p) != 0 },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put8(p, uint8(bit(*(*bool)(src)))) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*bool)(dst) = uint32(flat[0]) != 0 },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = bit(*(*bool)(src)) },
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// The narrow integers flatten to i32: lifting keeps the low bits, lowering sign-extends the signed ones to 32 bits
// and leaves the upper half of the stack's 64 clear.

func int8Op[T int8 | uint8]() *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*T)(dst) = T(c.u8(p)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put8(p, uint8(*(*T)(src))) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*T)(dst) = T(flat[0]) },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(uint32(*(*T)(src))) },
	}
}

func int16Op[T int16 | uint16]() *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*T)(dst) = T(c.u16(p)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put16(p, uint16(*(*T)(src))) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*T)(dst) = T(flat[0]) },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(uint32(*(*T)(src))) },
	}
}

func int32Op[T int32 | uint32]() *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*T)(dst) = T(c.u32(p)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put32(p, uint32(*(*T)(src))) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*T)(dst) = T(flat[0]) },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(uint32(*(*T)(src))) },
	}
}

func int64Op() *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*uint64)(dst) = c.u64(p) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put64(p, *(*uint64)(src)) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*uint64)(dst) = flat[0] },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = *(*uint64)(src) },
	}
}

// A NaN that crosses the border becomes the canonical one, so that no payload leaks through it
// (canonicalize_nan32, canonicalize_nan64).
const (
	canonicalNaN32 = 0x7fc00000
	canonicalNaN64 = 0x7ff8000000000000
)

func canonicalF32(bits uint32) uint32 {
	if f := math.Float32frombits(bits); f != f {
		return canonicalNaN32
	}
	return bits
}

func canonicalF64(bits uint64) uint64 {
	if f := math.Float64frombits(bits); f != f {
		return canonicalNaN64
	}
	return bits
}

// Floats are moved as bits: a float32 that passes through a register may be quieted on the way.

func f32Op() *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*uint32)(dst) = canonicalF32(c.u32(p)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put32(p, canonicalF32(*(*uint32)(src))) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*uint32)(dst) = canonicalF32(uint32(flat[0])) },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(canonicalF32(*(*uint32)(src))) },
	}
}

func f64Op() *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*uint64)(dst) = canonicalF64(c.u64(p)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put64(p, canonicalF64(*(*uint64)(src))) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*uint64)(dst) = canonicalF64(flat[0]) },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = canonicalF64(*(*uint64)(src)) },
	}
}

func charOp() *op {
	fromGuest := func(v uint32) uint32 {
		if !scalar(v) {
			trap(FaultChar, "%#x", v)
		}
		return v
	}
	fromHost := func(src unsafe.Pointer) uint32 {
		v := *(*uint32)(src)
		if !scalar(v) {
			panic(&HostError{"a rune is no Unicode scalar value"})
		}
		return v
	}
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { *(*uint32)(dst) = fromGuest(c.u32(p)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.put32(p, fromHost(src)) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { *(*uint32)(dst) = fromGuest(uint32(flat[0])) },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(fromHost(src)) },
	}
}

// scalar reports whether v is a Unicode scalar value (convert_i32_to_char).
func scalar(v uint32) bool { return v < 0xd800 || 0xdfff < v && v < 0x110000 }

// names returns the case names that a Go type declares, or nil when it declares none.
func names(g reflect.Type) []string {
	if c, ok := reflect.Zero(g).Interface().(Cases); ok {
		return strings.Fields(c.WitCases())
	}
	return nil
}

// enum binds an unsigned Go integer type with WitCases.
func (pl *planner) enum(path string, g reflect.Type, t *Type) (*op, error) {
	if err := checkCases(g, t); err != "" {
		return nil, &BindError{path, g, t, err}
	}
	cases, get, put := uint32(len(t.Cases)), getUint(g.Kind()), putUint(g.Kind())
	toGuest := func(src unsafe.Pointer) uint32 {
		v := get(src)
		if v >= cases {
			panic(&HostError{"an enum value is out of range"})
		}
		return v
	}
	disc := t.disc
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { put(dst, c.discriminant(p, disc, cases)) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.putDiscriminant(p, disc, toGuest(src)) },
		lift: func(_ *Cx, flat []uint64, dst unsafe.Pointer) {
			put(dst, checkDiscriminant(uint32(flat[0]), cases))
		},
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(toGuest(src)) },
	}, nil
}

// checkCases returns why the Go integer type g does not have the cases of t, or "".
func checkCases(g reflect.Type, t *Type) string {
	limit := map[reflect.Kind]int{reflect.Uint8: 1 << 8, reflect.Uint16: 1 << 16, reflect.Uint32: 1 << 31}[g.Kind()]
	declared := names(g)
	switch {
	case limit == 0:
		return "want a type on uint8, uint16 or uint32 with a method WitCases() string"
	case declared == nil:
		return "it has no method WitCases() string that names the cases in order"
	case len(t.Cases) > limit:
		return "it is too narrow for the cases"
	case len(declared) != len(t.Cases):
		return "its WitCases are " + strings.Join(declared, ", ")
	}
	for i, name := range declared {
		if name != t.Cases[i].Name {
			return "its WitCases are " + strings.Join(declared, ", ")
		}
	}
	return ""
}

func getUint(k reflect.Kind) func(unsafe.Pointer) uint32 {
	switch k {
	case reflect.Uint8:
		return func(p unsafe.Pointer) uint32 { return uint32(*(*uint8)(p)) }
	case reflect.Uint16:
		return func(p unsafe.Pointer) uint32 { return uint32(*(*uint16)(p)) }
	default:
		return func(p unsafe.Pointer) uint32 { return *(*uint32)(p) }
	}
}

func putUint(k reflect.Kind) func(unsafe.Pointer, uint32) {
	switch k {
	case reflect.Uint8:
		return func(p unsafe.Pointer, v uint32) { *(*uint8)(p) = uint8(v) }
	case reflect.Uint16:
		return func(p unsafe.Pointer, v uint32) { *(*uint16)(p) = uint16(v) }
	default:
		return func(p unsafe.Pointer, v uint32) { *(*uint32)(p) = v }
	}
}

// flags binds an unsigned Go integer type with WitFlags, wide enough for the labels. Bits that a guest sets
// beyond the labels are dropped (unpack_flags_from_int).
func (pl *planner) flags(path string, g reflect.Type, t *Type) (*op, error) {
	bits := map[reflect.Kind]int{reflect.Uint8: 8, reflect.Uint16: 16, reflect.Uint32: 32}[g.Kind()]
	l, declares := reflect.Zero(g).Interface().(Labels)
	switch {
	case bits == 0 || !declares:
		return nil, &BindError{path, g, t, "want a type on uint8, uint16 or uint32 with a method WitFlags() string"}
	case strings.Join(strings.Fields(l.WitFlags()), " ") != strings.Join(t.Labels, " "):
		return nil, &BindError{path, g, t, "its WitFlags are " + l.WitFlags()}
	case len(t.Labels) > bits:
		return nil, &BindError{path, g, t, "it is too narrow for the labels"}
	}
	mask := uint32(1)<<len(t.Labels) - 1
	get, put, size := getUint(g.Kind()), putUint(g.Kind()), t.size
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { put(dst, c.uint(p, size)&mask) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { c.putUint(p, size, get(src)&mask) },
		lift:  func(_ *Cx, flat []uint64, dst unsafe.Pointer) { put(dst, uint32(flat[0])&mask) },
		lower: func(_ *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(get(src) & mask) },
	}, nil
}

func (c *Cx) uint(p, size uint32) uint32 {
	switch size {
	case 1:
		return uint32(c.u8(p))
	case 2:
		return uint32(c.u16(p))
	default:
		return c.u32(p)
	}
}

func (c *Cx) putUint(p, size, v uint32) {
	switch size {
	case 1:
		c.put8(p, uint8(v))
	case 2:
		c.put16(p, uint16(v))
	default:
		c.put32(p, v)
	}
}

func (c *Cx) discriminant(p, size, cases uint32) uint32 {
	return checkDiscriminant(c.uint(p, size), cases)
}

func (c *Cx) putDiscriminant(p, size, v uint32) { c.putUint(p, size, v) }

func checkDiscriminant(v, cases uint32) uint32 {
	if v >= cases {
		trap(FaultDiscriminant, "case %d of %d", v, cases)
	}
	return v
}
