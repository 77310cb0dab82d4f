package canon_test

import (
	"fmt"
	"math"

	"pgregory.net/rapid"

	"astrid/pkg/component/canon"
)

// anyType draws a type without handles, of the given depth at most.
func anyType(depth int) *rapid.Generator[*canon.Type] {
	return rapid.Custom(func(t *rapid.T) *canon.Type {
		last := canon.KindMap
		if depth == 0 {
			last = canon.KindString
		}
		kind := canon.Kind(rapid.IntRange(int(canon.KindBool), int(last)).Draw(t, "kind"))
		inner := anyType(max(0, depth-1))
		payload := func() *canon.Type {
			if rapid.Bool().Draw(t, "empty") {
				return nil
			}
			return inner.Draw(t, "payload")
		}
		var out *canon.Type
		var err error
		switch kind {
		case canon.KindList:
			out = canon.ListOf(inner.Draw(t, "element"))
		case canon.KindFixedList:
			out, err = canon.FixedListOf(inner.Draw(t, "element"), rapid.SampledFrom([]uint32{1, 2, 3, 9}).Draw(t, "length"))
		case canon.KindMap:
			key := rapid.SampledFrom([]canon.Kind{canon.KindBool, canon.KindU8, canon.KindS32, canon.KindU64, canon.KindChar, canon.KindString}).Draw(t, "key")
			out, err = canon.MapOf(canon.PrimOf(key), inner.Draw(t, "value"))
		case canon.KindRecord:
			fields := make([]canon.Field, rapid.IntRange(1, 5).Draw(t, "fields"))
			for i := range fields {
				fields[i] = canon.Field{Name: fmt.Sprintf("f%d", i), Type: inner.Draw(t, "field")}
			}
			out, err = canon.RecordOf(fields)
		case canon.KindTuple:
			out, err = canon.TupleOf(rapid.SliceOfN(inner, 1, 5).Draw(t, "elements")...)
		case canon.KindVariant:
			cases := make([]canon.Case, rapid.SampledFrom([]int{1, 2, 3, 7, 256, 257}).Draw(t, "cases"))
			for i := range cases {
				cases[i].Name = fmt.Sprintf("c%d", i)
				if i < 4 || i > 254 {
					cases[i].Type = payload()
				}
			}
			out, err = canon.VariantOf(cases)
		case canon.KindEnum:
			out = canon.EnumOf(labels(rapid.SampledFrom([]int{1, 3, 256, 257, 65537}).Draw(t, "cases")))
		case canon.KindOption:
			out, err = canon.OptionOf(inner.Draw(t, "element"))
		case canon.KindResult:
			out, err = canon.ResultOf(payload(), payload())
		case canon.KindFlags:
			out = canon.FlagsOf(labels(rapid.SampledFrom([]int{1, 7, 8, 9, 16, 17, 31, 32}).Draw(t, "labels")))
		default:
			out = canon.PrimOf(kind)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	})
}

func labels(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("c%d", i)
	}
	return out
}

// anyFunc draws a function type.
func anyFunc() *rapid.Generator[*canon.FuncType] {
	return rapid.Custom(func(t *rapid.T) *canon.FuncType {
		f := &canon.FuncType{}
		for i, p := range rapid.SliceOfN(anyType(3), 0, 6).Draw(t, "params") {
			f.Params = append(f.Params, canon.Field{Name: fmt.Sprintf("p%d", i), Type: p})
		}
		if rapid.Bool().Draw(t, "has result") {
			f.Result = anyType(3).Draw(t, "result")
		}
		return f
	})
}

func anyEncoding() *rapid.Generator[canon.Encoding] {
	return rapid.SampledFrom([]canon.Encoding{canon.UTF8, canon.UTF16, canon.Latin1UTF16})
}

// anyValue draws a value of type t.
func anyValue(t *canon.Type) *rapid.Generator[canon.Value] {
	return rapid.Custom(func(rt *rapid.T) canon.Value { return draw(rt, t) })
}

func draw(rt *rapid.T, t *canon.Type) canon.Value {
	switch t.Kind {
	case canon.KindBool:
		return rapid.Bool().Draw(rt, "bool")
	case canon.KindS8:
		return rapid.Int8().Draw(rt, "s8")
	case canon.KindU8:
		return rapid.Uint8().Draw(rt, "u8")
	case canon.KindS16:
		return rapid.Int16().Draw(rt, "s16")
	case canon.KindU16:
		return rapid.Uint16().Draw(rt, "u16")
	case canon.KindS32:
		return rapid.Int32().Draw(rt, "s32")
	case canon.KindU32:
		return rapid.Uint32().Draw(rt, "u32")
	case canon.KindS64:
		return rapid.Int64().Draw(rt, "s64")
	case canon.KindU64:
		return rapid.Uint64().Draw(rt, "u64")
	case canon.KindF32:
		return math.Float32frombits(rapid.Uint32().Draw(rt, "f32"))
	case canon.KindF64:
		return math.Float64frombits(rapid.Uint64().Draw(rt, "f64"))
	case canon.KindChar:
		return canon.Char(rapid.Rune().Filter(func(r rune) bool { return r < 0xd800 || r > 0xdfff }).Draw(rt, "char"))
	case canon.KindString:
		return anyString().Draw(rt, "string")
	case canon.KindList:
		if t.Elem.Kind == canon.KindU8 {
			return rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "bytes")
		}
		return rapid.SliceOfN(anyValue(t.Elem), 0, 4).Draw(rt, "list")
	case canon.KindMap:
		return rapid.SliceOfN(anyValue(t.Elem), 0, 4).Draw(rt, "map")
	case canon.KindFixedList:
		n := int(t.Length)
		if t.Elem.Kind == canon.KindU8 {
			return rapid.SliceOfN(rapid.Byte(), n, n).Draw(rt, "bytes")
		}
		return rapid.SliceOfN(anyValue(t.Elem), n, n).Draw(rt, "list")
	case canon.KindRecord, canon.KindTuple:
		out := make([]canon.Value, len(t.Fields))
		for i, f := range t.Fields {
			out[i] = draw(rt, f.Type)
		}
		return out
	case canon.KindFlags:
		return canon.Bits(rapid.Uint32().Draw(rt, "flags") & (1<<len(t.Labels) - 1))
	}
	v := canon.Variant{Case: rapid.Uint32Range(0, uint32(len(t.Cases)-1)).Draw(rt, "case")}
	if c := t.Cases[v.Case].Type; c != nil {
		v.Value = draw(rt, c)
	}
	return v
}

// anyString draws strings that differ in what their encodings do: ASCII, Latin-1, two, three and four bytes, long ones.
func anyString() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(0, 10, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'é', 'ÿ'}), 0, 20, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'ÿ', 'Ā', '世', '\ufffd', '🦀'}), 0, 2000, -1),
	)
}

// plain is v so that reflect.DeepEqual compares it as a WIT value: floats by their bits, list<u8> as any list.
func plain(v canon.Value) any {
	switch v := v.(type) {
	case float32, float64:
		return [2]any{fmt.Sprintf("%T", v), bits(v)}
	case []byte, []canon.Value:
		out := []any{}
		for _, e := range elements(v) {
			out = append(out, plain(e))
		}
		return out
	case canon.Variant:
		return [2]any{v.Case, plain(v.Value)}
	}
	return v
}
