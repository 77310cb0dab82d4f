package canon_test

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"astrid/pkg/component/canon"
)

// The Canonical ABI once more, as plainly as it can be said: what the package does with plans is compared to this.
// Memory is a byte slice, values are canon.Values, and a violation is a panic with the canon.Fault.

// paramTuple is the parameters as one value.
func paramTuple(f *canon.FuncType) *canon.Type {
	return &canon.Type{Kind: canon.KindTuple, Fields: f.Params}
}

// machine is a memory, and an allocator that does what the guest's does.
type machine struct {
	mem   []byte
	next  uint32
	enc   canon.Encoding
	calls uint32 // of the allocator
}

func newMachine(enc canon.Encoding) *machine {
	return &machine{mem: make([]byte, 1<<16), next: heap, enc: enc}
}

func (m *machine) alloc(align, n uint32) uint32 {
	p := roundUp(m.next, align)
	m.resize(p, n)
	return p
}

// resize gives the last block another size.
func (m *machine) resize(p, n uint32) {
	m.next = p + n
	m.calls++
	for uint32(len(m.mem)) < m.next {
		m.mem = append(m.mem, make([]byte, 1<<16)...)
	}
}

func (m *machine) put(p uint32, bytes uint32, v uint64) {
	for i := range bytes {
		m.mem[p+i] = byte(v >> (8 * i))
	}
}

func (m *machine) get(p uint32, bytes uint32) (v uint64) {
	for i := range bytes {
		v |= uint64(m.mem[p+i]) << (8 * i)
	}
	return v
}

// bits is a scalar as an integer of the width that it has in memory.
func bits(v canon.Value) uint64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case int8:
		return uint64(uint8(v))
	case uint8:
		return uint64(v)
	case int16:
		return uint64(uint16(v))
	case uint16:
		return uint64(v)
	case int32:
		return uint64(uint32(v))
	case uint32:
		return uint64(v)
	case int64:
		return uint64(v)
	case uint64:
		return v
	case canon.Char:
		return uint64(v)
	case canon.Bits:
		return uint64(v)
	case float32:
		if v != v {
			return 0x7fc00000
		}
		return uint64(math.Float32bits(v))
	case float64:
		if v != v {
			return 0x7ff8000000000000
		}
		return math.Float64bits(v)
	}
	panic("no scalar")
}

// unbits makes the scalar of type t from an integer of which the low bits count.
func unbits(t *canon.Type, v uint64) canon.Value {
	switch t.Kind {
	case canon.KindBool:
		return v != 0
	case canon.KindS8:
		return int8(v)
	case canon.KindU8:
		return uint8(v)
	case canon.KindS16:
		return int16(v)
	case canon.KindU16:
		return uint16(v)
	case canon.KindS32:
		return int32(v)
	case canon.KindU32:
		return uint32(v)
	case canon.KindS64:
		return int64(v)
	case canon.KindU64:
		return v
	case canon.KindF32:
		return math.Float32frombits(uint32(v))
	case canon.KindF64:
		return math.Float64frombits(v)
	case canon.KindFlags:
		return canon.Bits(v & (1<<len(t.Labels) - 1))
	}
	if v >= 0x110000 || 0xd800 <= v && v <= 0xdfff {
		panic(canon.FaultChar)
	}
	return canon.Char(v)
}

// store writes a value at p.
func (m *machine) store(v canon.Value, t *canon.Type, p uint32) {
	switch t.Kind {
	case canon.KindFixedList:
		for i, e := range elements(v) {
			m.store(e, t.Elem, p+uint32(i)*size(t.Elem))
		}
	case canon.KindString, canon.KindList, canon.KindMap:
		at, n := m.storeOut(v, t)
		m.put(p, 4, uint64(at))
		m.put(p+4, 4, uint64(n))
	case canon.KindRecord, canon.KindTuple:
		for i, f := range t.Fields {
			p = roundUp(p, alignment(f.Type))
			m.store(v.([]canon.Value)[i], f.Type, p)
			p += size(f.Type)
		}
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		x := v.(canon.Variant)
		m.put(p, tagSize(t), uint64(x.Case))
		if c := t.Cases[x.Case].Type; c != nil {
			m.store(x.Value, c, p+payloadOffset(t))
		}
	default:
		m.put(p, size(t), bits(v))
	}
}

// storeOut writes what a string or list points to.
func (m *machine) storeOut(v canon.Value, t *canon.Type) (p, n uint32) {
	if t.Kind == canon.KindString {
		return m.storeString(v.(string))
	}
	elems := elements(v)
	p = m.alloc(alignment(t.Elem), uint32(len(elems))*size(t.Elem))
	for i, e := range elems {
		m.store(e, t.Elem, p+uint32(i)*size(t.Elem))
	}
	return p, uint32(len(elems))
}

// elements returns the values of a list.
func elements(v canon.Value) []canon.Value {
	b, ok := v.([]byte)
	if !ok {
		return v.([]canon.Value)
	}
	out := make([]canon.Value, len(b))
	for i := range b {
		out[i] = b[i]
	}
	return out
}

func (m *machine) storeString(s string) (p, n uint32) {
	worst := uint32(len(s))
	switch m.enc {
	case canon.UTF8:
		p = m.alloc(1, worst)
		copy(m.mem[p:], s)
		return p, worst
	case canon.UTF16:
		p = m.alloc(2, 2*worst)
		return p, m.putUnits(p, s)
	}
	p = m.alloc(2, worst)
	runes := []rune(s)
	if slices.ContainsFunc(runes, func(r rune) bool { return r > 0xff }) {
		m.resize(p, 2*worst)
		return p, m.putUnits(p, s) | 1<<31
	}
	for i, r := range runes {
		m.mem[p+uint32(i)] = byte(r)
	}
	if n := uint32(len(runes)); n < worst {
		m.resize(p, n)
	}
	return p, uint32(len(runes))
}

// putUnits writes UTF-16 into the last block, which has two bytes for each of the string's, and returns the number of code units.
func (m *machine) putUnits(p uint32, s string) uint32 {
	units := utf16.Encode([]rune(s))
	for i, u := range units {
		m.put(p+2*uint32(i), 2, uint64(u))
	}
	if len(units) < len(s) {
		m.resize(p, 2*uint32(len(units)))
	}
	return uint32(len(units))
}

// lower puts a value on the stack.
func (m *machine) lower(v canon.Value, t *canon.Type) []uint64 {
	switch t.Kind {
	case canon.KindFixedList:
		var out []uint64
		for _, e := range elements(v) {
			out = append(out, m.lower(e, t.Elem)...)
		}
		return out
	case canon.KindString, canon.KindList, canon.KindMap:
		p, n := m.storeOut(v, t)
		return []uint64{uint64(p), uint64(n)}
	case canon.KindRecord, canon.KindTuple:
		var out []uint64
		for i, f := range t.Fields {
			out = append(out, m.lower(v.([]canon.Value)[i], f.Type)...)
		}
		return out
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		x := v.(canon.Variant)
		out := []uint64{uint64(x.Case)}
		if c := t.Cases[x.Case].Type; c != nil {
			out = append(out, m.lower(x.Value, c)...)
		}
		for len(out) < len(flatten(t)) {
			out = append(out, 0)
		}
		return out
	case canon.KindS8: // the narrow signed integers are sign-extended to i32
		return []uint64{uint64(uint32(v.(int8)))}
	case canon.KindS16:
		return []uint64{uint64(uint32(v.(int16)))}
	}
	return []uint64{bits(v)}
}

// admit traps unless n bytes at p are aligned and in memory.
func (m *machine) admit(p uint32, n uint64, align uint32) {
	switch {
	case p%align != 0:
		panic(canon.FaultAlign)
	case uint64(p)+n > uint64(len(m.mem)):
		panic(canon.FaultBounds)
	}
}

// load reads the value at p.
func (m *machine) load(t *canon.Type, p uint32) canon.Value {
	switch t.Kind {
	case canon.KindString:
		return m.loadString(uint32(m.get(p, 4)), uint32(m.get(p+4, 4)))
	case canon.KindFixedList:
		out := make([]canon.Value, t.Length)
		for i := range out {
			out[i] = m.load(t.Elem, p+uint32(i)*size(t.Elem))
		}
		return out
	case canon.KindList, canon.KindMap:
		return m.loadList(t.Elem, uint32(m.get(p, 4)), uint32(m.get(p+4, 4)))
	case canon.KindRecord, canon.KindTuple:
		out := make([]canon.Value, len(t.Fields))
		for i, f := range t.Fields {
			p = roundUp(p, alignment(f.Type))
			out[i] = m.load(f.Type, p)
			p += size(f.Type)
		}
		return out
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		x := caseOf(t, m.get(p, tagSize(t)))
		if c := t.Cases[x.Case].Type; c != nil {
			x.Value = m.load(c, p+payloadOffset(t))
		}
		return x
	}
	return unbits(t, m.get(p, size(t)))
}

func caseOf(t *canon.Type, tag uint64) canon.Variant {
	if tag >= uint64(len(t.Cases)) {
		panic(canon.FaultDiscriminant)
	}
	return canon.Variant{Case: uint32(tag)}
}

func (m *machine) loadList(elem *canon.Type, p, n uint32) canon.Value {
	bytes := uint64(n) * uint64(size(elem))
	if bytes >= 1<<28 {
		panic(canon.FaultLength)
	}
	m.admit(p, bytes, alignment(elem))
	out := make([]canon.Value, n)
	for i := range n {
		out[i] = m.load(elem, p+i*size(elem))
	}
	return out
}

func (m *machine) loadString(p, n uint32) canon.Value {
	enc, align := m.enc, uint32(2)
	switch {
	case enc == canon.UTF8:
		align = 1
	case enc == canon.Latin1UTF16 && n>>31 == 1:
		enc, n = canon.UTF16, n&^(1<<31)
	}
	bytes := uint64(n)
	if enc == canon.UTF16 {
		bytes *= 2
	}
	if bytes >= 1<<28 {
		panic(canon.FaultLength)
	}
	m.admit(p, bytes, align)
	b := m.mem[p:][:bytes]
	switch enc {
	case canon.UTF8:
		if !utf8.Valid(b) {
			panic(canon.FaultString)
		}
		return string(b)
	case canon.UTF16:
		units := make([]uint16, n)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		s := string(utf16.Decode(units))
		if !slices.Equal(utf16.Encode([]rune(s)), units) { // a lone surrogate became another character
			panic(canon.FaultString)
		}
		return s
	}
	runes := make([]rune, n)
	for i := range runes {
		runes[i] = rune(b[i])
	}
	return string(runes)
}

// lift takes a value off the stack and returns what is left of it.
func (m *machine) lift(t *canon.Type, stack []uint64) (canon.Value, []uint64) {
	switch t.Kind {
	case canon.KindString:
		return m.loadString(uint32(stack[0]), uint32(stack[1])), stack[2:]
	case canon.KindFixedList:
		out := make([]canon.Value, t.Length)
		for i := range out {
			out[i], stack = m.lift(t.Elem, stack)
		}
		return out, stack
	case canon.KindList, canon.KindMap:
		return m.loadList(t.Elem, uint32(stack[0]), uint32(stack[1])), stack[2:]
	case canon.KindRecord, canon.KindTuple:
		out := make([]canon.Value, len(t.Fields))
		for i, f := range t.Fields {
			out[i], stack = m.lift(f.Type, stack)
		}
		return out, stack
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		x := caseOf(t, uint64(uint32(stack[0])))
		if c := t.Cases[x.Case].Type; c != nil {
			x.Value, _ = m.lift(c, stack[1:])
		}
		return x, stack[len(flatten(t)):]
	case canon.KindS64, canon.KindU64, canon.KindF64:
		return unbits(t, stack[0]), stack[1:]
	}
	return unbits(t, uint64(uint32(stack[0]))), stack[1:]
}
