package canon

import "fmt"

// Kind is the kind of a value type.
type Kind uint8

// The kinds of value type.
const (
	KindBool Kind = iota + 1
	KindS8
	KindU8
	KindS16
	KindU16
	KindS32
	KindU32
	KindS64
	KindU64
	KindF32
	KindF64
	KindChar
	KindString
	KindList
	KindRecord
	KindTuple
	KindVariant
	KindEnum
	KindOption
	KindResult
	KindFlags
	KindFixedList
	KindMap
	KindOwn
	KindBorrow
)

// Core is a core value type, by the opcode of the core binary format.
type Core byte

// The core value types that the Canonical ABI flattens to.
const (
	I32 Core = 0x7f
	I64 Core = 0x7e
	F32 Core = 0x7d
	F64 Core = 0x7c
)

// MaxValueSize bounds the size of a value of any type in bytes, as validation does (Binary.md, "Type
// Definitions").
const MaxValueSize = 1<<28 - 1

// Limits of flattening (CanonicalABI.md, "Flattening").
const (
	maxFlatParams  = 16
	maxFlatResults = 1
)

// Type is a value type with its layout. Types are made by the constructors below and never change.
type Type struct {
	Kind   Kind
	Elem   *Type    // list, option; of a map the tuple of key and value
	Length uint32   // of a list of a fixed length
	Fields []Field  // record; tuple with empty names
	Cases  []Case   // variant, enum; option and result as the variants they stand for
	Labels []string // flags

	Resource *Resource // own, borrow

	size, align uint32
	payload     uint32 // offset of a variant's payload
	disc        uint32 // size of a variant's discriminant
	pointers    bool   // a value's bytes lie in memory even when it is passed flat
	handles     bool   // a value can hold handles
	flat        []Core // at most maxFlatParams+1: beyond that only the fact counts
}

// Field is a record field or a tuple element.
type Field struct {
	Name string
	Type *Type
}

// Case is a case of a variant. Type is nil for a case without payload.
type Case struct {
	Name string
	Type *Type
}

// Size is the bytes that a value takes in memory (CanonicalABI.md, "Element Size").
func (t *Type) Size() uint32 { return t.size }

// Align is the alignment of a value in memory (CanonicalABI.md, "Alignment").
func (t *Type) Align() uint32 { return t.align }

// TooLargeError is returned for a type whose values would take more than MaxValueSize bytes.
type TooLargeError struct{ Type string }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("a value of type %s takes more than %d bytes", e.Type, MaxValueSize)
}

// PrimOf returns the primitive type of kind k, which must be one of KindBool to KindString.
func PrimOf(k Kind) *Type {
	t := &Type{Kind: k}
	switch k {
	case KindBool, KindS8, KindU8:
		t.size, t.flat = 1, []Core{I32}
	case KindS16, KindU16:
		t.size, t.flat = 2, []Core{I32}
	case KindS32, KindU32, KindChar:
		t.size, t.flat = 4, []Core{I32}
	case KindS64, KindU64:
		t.size, t.flat = 8, []Core{I64}
	case KindF32:
		t.size, t.flat = 4, []Core{F32}
	case KindF64:
		t.size, t.flat = 8, []Core{F64}
	case KindString:
		t.size, t.align, t.flat, t.pointers = 8, 4, []Core{I32, I32}, true
		return t
	default:
		panic(fmt.Sprintf("canon: kind %d is not primitive", k))
	}
	t.align = t.size
	return t
}

// ListOf returns list<elem>.
func ListOf(elem *Type) *Type {
	return &Type{Kind: KindList, Elem: elem, size: 8, align: 4, flat: []Core{I32, I32}, pointers: true, handles: elem.handles}
}

// FixedListOf returns list<elem, length>, of which length is not 0. It fails with a *TooLargeError.
func FixedListOf(elem *Type, length uint32) (*Type, error) {
	t := &Type{Kind: KindFixedList, Elem: elem, Length: length, align: elem.align, pointers: elem.pointers, handles: elem.handles}
	for n := uint32(0); n < length && len(t.flat) <= maxFlatParams; n++ {
		t.flat = appendFlat(t.flat, elem.flat)
	}
	return t.sized(uint64(elem.size) * uint64(length))
}

// MapOf returns map<key, value>: what list<tuple<key, value>> is (despecialize). It fails with a *TooLargeError.
func MapOf(key, value *Type) (*Type, error) {
	pair, err := TupleOf(key, value)
	if err != nil {
		return nil, err
	}
	t := ListOf(pair)
	t.Kind = KindMap
	return t, nil
}

// RecordOf returns a record type. It fails with a *TooLargeError.
func RecordOf(fields []Field) (*Type, error) { return product(KindRecord, fields) }

// TupleOf returns a tuple type. It fails with a *TooLargeError.
func TupleOf(types ...*Type) (*Type, error) {
	fields := make([]Field, len(types))
	for i, t := range types {
		fields[i].Type = t
	}
	return product(KindTuple, fields)
}

func product(k Kind, fields []Field) (*Type, error) {
	t := &Type{Kind: k, Fields: fields, align: 1}
	var size uint64
	for _, f := range fields {
		t.align = max(t.align, f.Type.align)
		size = alignTo(size, f.Type.align) + uint64(f.Type.size)
		if size > MaxValueSize {
			return nil, &TooLargeError{k.String()}
		}
		t.flat = appendFlat(t.flat, f.Type.flat)
		t.pointers = t.pointers || f.Type.pointers
		t.handles = t.handles || f.Type.handles
	}
	return t.sized(size)
}

// VariantOf returns a variant type. It fails with a *TooLargeError.
func VariantOf(cases []Case) (*Type, error) { return sum(&Type{Kind: KindVariant, Cases: cases}) }

// EnumOf returns an enum type.
func EnumOf(labels []string) *Type {
	cases := make([]Case, len(labels))
	for i, l := range labels {
		cases[i].Name = l
	}
	t, _ := sum(&Type{Kind: KindEnum, Cases: cases}) // without payloads it is 4 bytes at most
	return t
}

// OptionOf returns option<elem>. It fails with a *TooLargeError.
func OptionOf(elem *Type) (*Type, error) {
	return sum(&Type{Kind: KindOption, Elem: elem, Cases: []Case{{Name: "none"}, {"some", elem}}})
}

// ResultOf returns result<ok, err>; either may be nil. It fails with a *TooLargeError.
func ResultOf(ok, err *Type) (*Type, error) {
	return sum(&Type{Kind: KindResult, Cases: []Case{{"ok", ok}, {"error", err}}})
}

// FlagsOf returns a flags type of 1 to 32 labels.
func FlagsOf(labels []string) *Type {
	t := &Type{Kind: KindFlags, Labels: labels, flat: []Core{I32}}
	switch n := len(labels); {
	case n <= 8:
		t.size = 1
	case n <= 16:
		t.size = 2
	default:
		t.size = 4
	}
	t.align = t.size
	return t
}

// OwnOf returns own<r>.
func OwnOf(r *Resource) *Type {
	return &Type{Kind: KindOwn, Resource: r, size: 4, align: 4, flat: []Core{I32}, handles: true}
}

// BorrowOf returns borrow<r>.
func BorrowOf(r *Resource) *Type {
	return &Type{Kind: KindBorrow, Resource: r, size: 4, align: 4, flat: []Core{I32}, handles: true}
}

// sum lays out a variant: a discriminant of the smallest width, then the payload at the alignment of the widest
// case; flattened, the discriminant and the position-wise join of the cases (flatten_variant).
func sum(t *Type) (*Type, error) {
	switch n := len(t.Cases); {
	case n <= 1<<8:
		t.disc = 1
	case n <= 1<<16:
		t.disc = 2
	default:
		t.disc = 4
	}
	t.align = t.disc
	var widest, payloadAlign uint32 = 0, 1
	var flat []Core
	for _, c := range t.Cases {
		if c.Type == nil {
			continue
		}
		t.pointers = t.pointers || c.Type.pointers
		t.handles = t.handles || c.Type.handles
		widest = max(widest, c.Type.size)
		payloadAlign = max(payloadAlign, c.Type.align)
		for i, f := range c.Type.flat {
			if i < len(flat) {
				flat[i] = join(flat[i], f)
			} else {
				flat = append(flat, f)
			}
		}
	}
	t.align = max(t.align, payloadAlign)
	t.payload = uint32(alignTo(uint64(t.disc), payloadAlign))
	t.flat = appendFlat([]Core{I32}, flat)
	return t.sized(uint64(t.payload) + uint64(widest))
}

func (t *Type) sized(size uint64) (*Type, error) {
	size = alignTo(size, t.align)
	if size > MaxValueSize {
		return nil, &TooLargeError{t.Kind.String()}
	}
	t.size = uint32(size)
	return t, nil
}

// appendFlat concatenates flattenings. Nothing distinguishes lengths beyond maxFlatParams, and types can grow
// exponentially in their description, so it stops there.
func appendFlat(to, more []Core) []Core {
	room := max(0, maxFlatParams+1-len(to))
	return append(to, more[:min(len(more), room)]...)
}

// join is the core type that can hold either of two flattened payloads.
func join(a, b Core) Core {
	switch {
	case a == b:
		return a
	case (a == I32 && b == F32) || (a == F32 && b == I32):
		return I32
	default:
		return I64
	}
}

func alignTo(n uint64, align uint32) uint64 {
	a := uint64(align)
	return (n + a - 1) &^ (a - 1)
}

// Equal reports whether two types are the same structurally.
func Equal(a, b *Type) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Kind != b.Kind || len(a.Fields) != len(b.Fields) ||
		len(a.Cases) != len(b.Cases) || a.Length != b.Length || len(a.Labels) != len(b.Labels) || a.Resource != b.Resource {
		return false
	}
	for i := range a.Fields {
		if a.Fields[i].Name != b.Fields[i].Name || !Equal(a.Fields[i].Type, b.Fields[i].Type) {
			return false
		}
	}
	for i := range a.Cases {
		if a.Cases[i].Name != b.Cases[i].Name || !Equal(a.Cases[i].Type, b.Cases[i].Type) {
			return false
		}
	}
	for i := range a.Labels {
		if a.Labels[i] != b.Labels[i] {
			return false
		}
	}
	return Equal(a.Elem, b.Elem)
}

// String returns the word for the kind in WIT.
func (k Kind) String() string {
	names := [...]string{
		KindBool: "bool", KindS8: "s8", KindU8: "u8", KindS16: "s16", KindU16: "u16", KindS32: "s32", KindU32: "u32",
		KindS64: "s64", KindU64: "u64", KindF32: "f32", KindF64: "f64", KindChar: "char", KindString: "string",
		KindList: "list", KindRecord: "record", KindTuple: "tuple", KindVariant: "variant", KindEnum: "enum",
		KindOption: "option", KindResult: "result", KindFlags: "flags", KindFixedList: "list", KindMap: "map",
		KindOwn: "own", KindBorrow: "borrow",
	}
	if int(k) < len(names) && names[k] != "" {
		return names[k]
	}
	return fmt.Sprintf("kind(%d)", k)
}

// maxShown and maxFuncShown bound what String prints, in bytes, of a type or a function that a hostile binary describes.
const (
	maxShown     = 400
	maxFuncShown = 4000
)

// shown is the text of a type, as far as it is shown.
type shown struct {
	text []byte
	max  int
}

func (s *shown) write(text string) {
	s.text = append(s.text, text[:min(len(text), s.max+1-len(s.text))]...)
}

// full reports whether there is more than is shown.
func (s *shown) full() bool { return len(s.text) > s.max }

// sep begins item i of a list. It reports false if no more of it is shown.
func (s *shown) sep(i int) bool {
	if i > 0 {
		s.write(", ")
	}
	return !s.full()
}

func (s *shown) String() string {
	if s.full() {
		return string(s.text[:s.max]) + "…"
	}
	return string(s.text)
}

// String writes the type out in WIT, in full, cut off with "…" when it is long.
func (t *Type) String() string {
	s := shown{max: maxShown}
	t.write(&s)
	return s.String()
}

func (t *Type) write(s *shown) {
	if s.full() {
		return
	}
	switch t.Kind {
	case KindList, KindOption:
		s.write(t.Kind.String() + "<")
		t.Elem.write(s)
		s.write(">")
	case KindFixedList:
		s.write("list<")
		t.Elem.write(s)
		s.write(fmt.Sprintf(", %d>", t.Length))
	case KindTuple, KindMap:
		s.write(t.Kind.String() + "<")
		if t.Kind == KindMap {
			t = t.Elem
		}
		for i, f := range t.Fields {
			if !s.sep(i) {
				return
			}
			f.Type.write(s)
		}
		s.write(">")
	case KindRecord:
		s.write("record{")
		for i, f := range t.Fields {
			if !s.sep(i) {
				return
			}
			s.write(f.Name)
			s.write(": ")
			f.Type.write(s)
		}
		s.write("}")
	case KindVariant, KindEnum:
		s.write(t.Kind.String() + "{")
		for i, c := range t.Cases {
			if !s.sep(i) {
				return
			}
			s.write(c.Name)
			if c.Type != nil {
				s.write("(")
				c.Type.write(s)
				s.write(")")
			}
		}
		s.write("}")
	case KindResult:
		t.writeResult(s)
	case KindOwn, KindBorrow:
		s.write(t.Kind.String() + "<")
		s.write(t.Resource.Name)
		s.write(">")
	case KindFlags:
		s.write("flags{")
		for i, label := range t.Labels {
			if !s.sep(i) {
				return
			}
			s.write(label)
		}
		s.write("}")
	default:
		s.write(t.Kind.String())
	}
}

func (t *Type) writeResult(s *shown) {
	ok, err := t.Cases[0].Type, t.Cases[1].Type
	s.write("result")
	if ok == nil && err == nil {
		return
	}
	s.write("<")
	if ok == nil {
		s.write("_")
	} else {
		ok.write(s)
	}
	if err != nil {
		s.write(", ")
		err.write(s)
	}
	s.write(">")
}
