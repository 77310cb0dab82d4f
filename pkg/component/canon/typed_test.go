package canon_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"astrid/pkg/component/canon"
)

type (
	colour  uint8
	wide    uint16
	few     uint8
	nine    uint16
	all     uint32
	sumTag  uint8
	joinTag uint8
	text    string
	count   uint32

	scalars struct {
		Bool bool
		S8   int8
		U8   uint8
		S16  int16
		U16  uint16
		S32  int32
		U32  uint32
		S64  int64
		U64  uint64
		F32  float32
		F64  float64
		Text string
	}
	shuffled struct { // the order is the record's, whatever Go's
		Last  uint8  `wit:"z"`
		hide  int    //nolint:unused // an unexported field is none of the record
		First uint64 `wit:"a"`
		HTTPServer,
		SourceID text
	}
	pair struct { // a tuple
		A uint8
		B float64
	}
	entry struct { // of a map
		Key   string
		Value uint32
	}
	sum struct {
		Case   sumTag
		Circle float32
		Text   string
		Pair   pair
		Next   *uint64
	}
	join struct {
		Case   joinTag
		Int    int32
		Long   int64
		Single float32
		Double float64
		Bytes  []byte
	}
	nested struct {
		Rows    []scalars
		Sums    []sum
		Maybe   canon.Option[[]string]
		Pointer *shuffled
		Flags   nine
		Any     canon.Value
	}
)

func (colour) WitCases() string  { return "red green blue" }
func (wide) WitCases() string    { return strings.Join(labels(257), " ") }
func (few) WitFlags() string     { return "a b c" }
func (nine) WitFlags() string    { return strings.Join(labels(9), " ") }
func (all) WitFlags() string     { return strings.Join(labels(32), " ") }
func (sumTag) WitCases() string  { return "none circle text pair next" }
func (joinTag) WitCases() string { return "int long single double bytes" }

// types makes WIT types, for tests that write them down.
type types struct{ t testing.TB }

func (y types) must(typ *canon.Type, err error) *canon.Type {
	y.t.Helper()
	if err != nil {
		y.t.Fatal(err)
	}
	return typ
}

func (y types) tuple(ts ...*canon.Type) *canon.Type { return y.must(canon.TupleOf(ts...)) }
func (y types) fixed(e *canon.Type, n uint32) *canon.Type {
	return y.must(canon.FixedListOf(e, n))
}
func (y types) dict(k, v *canon.Type) *canon.Type   { return y.must(canon.MapOf(k, v)) }
func (y types) option(e *canon.Type) *canon.Type    { return y.must(canon.OptionOf(e)) }
func (y types) result(o, e *canon.Type) *canon.Type { return y.must(canon.ResultOf(o, e)) }

// record takes names and types in turn.
func (y types) record(fields ...any) *canon.Type {
	return y.must(canon.RecordOf(y.fields(fields...)))
}

func (y types) fields(fields ...any) []canon.Field {
	var out []canon.Field
	for i := 0; i < len(fields); i += 2 {
		out = append(out, canon.Field{Name: fields[i].(string), Type: fields[i+1].(*canon.Type)})
	}
	return out
}

// variant takes names and types, or nil, in turn.
func (y types) variant(cases ...any) *canon.Type {
	var out []canon.Case
	for i := 0; i < len(cases); i += 2 {
		typ, _ := cases[i+1].(*canon.Type)
		out = append(out, canon.Case{Name: cases[i].(string), Type: typ})
	}
	return y.must(canon.VariantOf(out))
}

// Values of Go's types lie in memory and on the stack as the plain implementation has them, and come back the same.
func TestTyped(t *testing.T) {
	y, prim := types{t}, canon.PrimOf
	u8, u32, u64, f32, f64, str := prim(canon.KindU8), prim(canon.KindU32), prim(canon.KindU64), prim(canon.KindF32), prim(canon.KindF64), prim(canon.KindString)
	scalarRecord := y.record("bool", prim(canon.KindBool), "s8", prim(canon.KindS8), "u8", u8, "s16", prim(canon.KindS16), "u16", prim(canon.KindU16),
		"s32", prim(canon.KindS32), "u32", u32, "s64", prim(canon.KindS64), "u64", u64, "f32", f32, "f64", f64, "text", str)
	shuffledRecord := y.record("a", u64, "http-server", str, "source-id", str, "z", u8)
	sumVariant := y.variant("none", nil, "circle", f32, "text", str, "pair", y.tuple(u8, f64), "next", y.option(u64))
	joinVariant := y.variant("int", prim(canon.KindS32), "long", prim(canon.KindS64), "single", f32, "double", f64, "bytes", canon.ListOf(u8))

	typed[bool](t, prim(canon.KindBool))
	typed[int8](t, prim(canon.KindS8))
	typed[rune](t, prim(canon.KindChar))
	typed[float32](t, f32)
	typed[float64](t, f64)
	typed[text](t, str)
	typed[count](t, u32)
	typed[[]byte](t, canon.ListOf(u8))
	typed[[]bool](t, canon.ListOf(prim(canon.KindBool)))
	typed[[]rune](t, canon.ListOf(prim(canon.KindChar)))
	typed[[]string](t, canon.ListOf(str))
	typed[[][]uint32](t, canon.ListOf(canon.ListOf(u32)))
	typed[[][]byte](t, canon.ListOf(canon.ListOf(u8)))
	typed[[3]uint16](t, y.fixed(prim(canon.KindU16), 3))
	typed[[2][4]byte](t, y.fixed(y.fixed(u8, 4), 2))
	typed[[5]string](t, y.fixed(str, 5))
	typed[[]*[2]float32](t, canon.ListOf(y.option(y.fixed(f32, 2))))
	typed[[]entry](t, y.dict(str, u32))
	typed[[][1][]entry](t, canon.ListOf(y.fixed(y.dict(str, u32), 1)))
	typed[scalars](t, scalarRecord)
	typed[shuffled](t, shuffledRecord)
	typed[pair](t, y.tuple(u8, f64))
	typed[[]pair](t, canon.ListOf(y.tuple(u8, f64)))
	typed[colour](t, canon.EnumOf([]string{"red", "green", "blue"}))
	typed[[]wide](t, canon.ListOf(canon.EnumOf(labels(257))))
	typed[few](t, canon.FlagsOf([]string{"a", "b", "c"}))
	typed[[]nine](t, canon.ListOf(canon.FlagsOf(labels(9))))
	typed[all](t, canon.FlagsOf(labels(32)))
	typed[*uint32](t, y.option(u32))
	typed[**bool](t, y.option(y.option(prim(canon.KindBool))))
	typed[canon.Option[*string]](t, y.option(y.option(str)))
	typed[[]canon.Option[uint64]](t, canon.ListOf(y.option(u64)))
	typed[canon.Result[canon.Unit, canon.Unit]](t, y.result(nil, nil))
	typed[canon.Result[uint32, canon.Unit]](t, y.result(u32, nil))
	typed[canon.Result[canon.Unit, string]](t, y.result(nil, str))
	typed[canon.Result[*uint32, []byte]](t, y.result(y.option(u32), canon.ListOf(u8)))
	typed[[]canon.Result[uint8, float64]](t, canon.ListOf(y.result(u8, f64)))
	typed[sum](t, sumVariant)
	typed[[]join](t, canon.ListOf(joinVariant))
	typed[nested](t, y.record("rows", canon.ListOf(scalarRecord), "sums", canon.ListOf(sumVariant), "maybe", y.option(canon.ListOf(str)),
		"pointer", y.option(shuffledRecord), "flags", canon.FlagsOf(labels(9)), "any", joinVariant))
}

// typed checks T against the WIT type typ, as a parameter beside another and as a result.
func typed[T any](t *testing.T, typ *canon.Type) {
	type args struct {
		V T
		N uint16
	}
	t.Run(reflect.TypeFor[T]().String(), func(t *testing.T) {
		f := &canon.FuncType{Params: types{t}.fields("v", typ, "n", canon.PrimOf(canon.KindU16)), Result: typ}
		plan, err := canon.NewPlan[args, T]("f", f, canon.FormValue, canon.Binding{})
		if err != nil {
			t.Fatal(err)
		}
		g := newGuest(t)
		rapid.Check(t, func(t *rapid.T) {
			v, n, enc := draw(t, typ), rapid.Uint16().Draw(t, "n"), anyEncoding().Draw(t, "encoding")
			var in, out canon.Frame[args, T]
			toGo(reflect.ValueOf(&in.Args.V).Elem(), v, typ)
			in.Args.N, in.Result = n, in.Args.V

			g.reset()
			c, m, stack := g.cx(enc), newMachine(enc), make([]uint64, 18)
			plan.LowerParams(c, &in, stack)
			same(t, f, g, m, stack, m.lowerParams(f, []canon.Value{v, n}))
			sig, _, _ := signature(f, canon.Lift)
			stack = dirty(stack, sig.Params)
			c.Begin(g.ctx)
			plan.LiftParams(c, stack, &out)
			if got := fromGo(reflect.ValueOf(out.Args.V), typ); !reflect.DeepEqual(plain(got), plain(v)) || out.Args.N != n {
				t.Errorf("%v came back as %v", v, got)
			}

			g.reset()
			c, m, stack = g.cx(enc), newMachine(enc), make([]uint64, 18)
			sig, _, spill := signature(f, canon.Lower)
			if spill {
				at := m.alloc(alignment(typ), size(typ))
				g.global("next", m.next)
				g.global("calls", m.calls)
				stack[len(sig.Params)-1] = uint64(at)
				plan.LowerResult(c, &in, stack)
				m.store(v, typ, at)
				same(t, f, g, m, nil, nil)
				stack[0] = uint64(at)
			} else {
				plan.LowerResult(c, &in, stack)
				same(t, f, g, m, stack, m.lower(v, typ))
				stack = dirty(stack, sig.Results)
			}
			c.Begin(g.ctx)
			plan.LiftResult(c, stack, &out)
			if got := fromGo(reflect.ValueOf(out.Result), typ); !reflect.DeepEqual(plain(got), plain(v)) {
				t.Errorf("the result %v came back as %v", v, got)
			}
		})
	})
}

// toGo sets a Go value to a dynamic one.
func toGo(dst reflect.Value, v canon.Value, t *canon.Type) {
	if dst.Type() == reflect.TypeFor[canon.Value]() {
		dst.Set(reflect.ValueOf(v))
		return
	}
	switch t.Kind {
	case canon.KindList, canon.KindMap, canon.KindFixedList:
		elems := elements(v)
		if t.Kind == canon.KindFixedList {
			dst.SetZero()
		} else {
			dst.Set(reflect.MakeSlice(dst.Type(), len(elems), len(elems)))
		}
		for i, e := range elems {
			toGo(dst.Index(i), e, t.Elem)
		}
	case canon.KindRecord, canon.KindTuple:
		for i, f := range t.Fields {
			toGo(field(dst, f.Name, i), v.([]canon.Value)[i], f.Type)
		}
	case canon.KindEnum:
		dst.SetUint(uint64(v.(canon.Variant).Case))
	case canon.KindOption, canon.KindResult, canon.KindVariant:
		x := v.(canon.Variant)
		if p := setCase(dst, t, x.Case); t.Cases[x.Case].Type != nil {
			toGo(p, x.Value, t.Cases[x.Case].Type)
		}
	default:
		dst.Set(reflect.ValueOf(v).Convert(dst.Type()))
	}
}

// setCase sets the tag of a Go value and returns where the payload goes.
func setCase(dst reflect.Value, t *canon.Type, tag uint32) reflect.Value {
	switch {
	case t.Kind == canon.KindVariant:
		dst.Field(0).SetUint(uint64(tag))
	case t.Kind == canon.KindResult:
		dst.FieldByName("Failed").SetBool(tag == 1)
	case dst.Kind() == reflect.Struct:
		dst.FieldByName("Some").SetBool(tag == 1)
	case tag == 1:
		dst.Set(reflect.New(dst.Type().Elem()))
	}
	return casePayload(dst, t, tag)
}

func casePayload(v reflect.Value, t *canon.Type, tag uint32) reflect.Value {
	switch {
	case t.Kind == canon.KindVariant:
		return field(v, t.Cases[tag].Name, -1)
	case t.Kind == canon.KindResult:
		return v.Field(int(tag))
	case v.Kind() == reflect.Struct:
		return v.FieldByName("Value")
	}
	return v.Elem()
}

// field is the Go field that stands for a WIT name, or the i-th exported one of a tuple.
func field(v reflect.Value, name string, i int) reflect.Value {
	if name == "" {
		return v.Field(i)
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Tag.Get("wit") == name || strings.EqualFold(f.Name, strings.ReplaceAll(name, "-", "")) {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// fromGo is the dynamic value that a Go value stands for.
func fromGo(v reflect.Value, t *canon.Type) canon.Value {
	if v.Kind() == reflect.Interface {
		return v.Interface()
	}
	switch t.Kind {
	case canon.KindList, canon.KindMap, canon.KindFixedList:
		out := make([]canon.Value, v.Len())
		for i := range out {
			out[i] = fromGo(v.Index(i), t.Elem)
		}
		return out
	case canon.KindRecord, canon.KindTuple:
		out := make([]canon.Value, len(t.Fields))
		for i, f := range t.Fields {
			out[i] = fromGo(field(v, f.Name, i), f.Type)
		}
		return out
	case canon.KindFlags:
		return canon.Bits(v.Uint())
	case canon.KindEnum:
		return canon.Variant{Case: uint32(v.Uint())}
	case canon.KindChar:
		return canon.Char(v.Int())
	case canon.KindString:
		return v.String()
	case canon.KindU32:
		return uint32(v.Uint())
	case canon.KindOption, canon.KindResult, canon.KindVariant:
		out := canon.Variant{Case: tagOf(v, t)}
		if p := t.Cases[out.Case].Type; p != nil {
			out.Value = fromGo(casePayload(v, t, out.Case), p)
		}
		return out
	}
	return v.Interface()
}

func tagOf(v reflect.Value, t *canon.Type) uint32 {
	var set bool
	switch {
	case t.Kind == canon.KindVariant:
		return uint32(v.Field(0).Uint())
	case t.Kind == canon.KindResult:
		set = v.FieldByName("Failed").Bool()
	case v.Kind() == reflect.Struct:
		set = v.FieldByName("Some").Bool()
	default:
		set = !v.IsNil()
	}
	if set {
		return 1
	}
	return 0
}
