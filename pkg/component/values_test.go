package component_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"astrid/pkg/component"
)

type (
	colour uint8
	wide   uint16
	f3     uint8
	f8     uint8
	f9     uint16
	f16    uint16
	f17    uint32
	f32    uint32

	row struct {
		Flag   bool
		Big    uint64
		Small  uint16
		Name   string
		Letter rune
	}
	point struct{ X, Y int32 }
	line  struct {
		Label    string
		From, To point
	}
	one struct{ A uint32 }
	age struct { // of a map
		Name  string
		Years uint32
	}
	mixed struct {
		A uint8
		B uint64
		C string
		D float32
	}

	narrowTag uint8
	wideTag   uint8
	mixedTag  uint8

	narrowVariant struct {
		Case  narrowTag
		Int   uint32
		Float float32
	}
	wideVariant struct {
		Case   wideTag
		Int    int32
		Long   int64
		Single float32
		Double float64
	}
	mixedVariant struct {
		Case   mixedTag
		Text   string
		Double float64
		Pair   struct {
			A float32
			B uint64
		}
	}
)

func (colour) WitCases() string    { return "red green blue" }
func (wide) WitCases() string      { return labels("c", 257) }
func (f3) WitFlags() string        { return labels("f", 3) }
func (f8) WitFlags() string        { return labels("f", 8) }
func (f9) WitFlags() string        { return labels("f", 9) }
func (f16) WitFlags() string       { return labels("f", 16) }
func (f17) WitFlags() string       { return labels("f", 17) }
func (f32) WitFlags() string       { return labels("f", 32) }
func (narrowTag) WitCases() string { return "none int float" }
func (wideTag) WitCases() string   { return "none int long single double" }
func (mixedTag) WitCases() string  { return "text double pair" }

func labels(prefix string, n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "%s%d ", prefix, i)
	}
	return s.String()
}

// passage is a function that a guest imports and exports, and the values that pass through it.
type passage struct {
	name  string
	host  component.HostFunc
	check func(t *testing.T, g *guest)
}

// through passes values into the guest's export, from there to the import of the same name, and all the way back.
func through[T any](name string, values ...T) passage {
	var seen []T
	return passage{name, component.Infallible1(func(_ context.Context, v T) T {
		seen = append(seen, v)
		return v
	}), func(t *testing.T, g *guest) {
		for _, v := range values {
			got, err := call1[T](g, name, v)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, v) {
				t.Errorf("%#v came back as %#v", v, got)
			}
		}
		if !reflect.DeepEqual(seen, values) {
			t.Errorf("the host saw %#v, want %#v", seen, values)
		}
	}}
}

func TestValues(t *testing.T) {
	type opt[T any] = component.Option[T]
	some, none := func(s string) opt[string] { return opt[string]{Value: s, Some: true} }, opt[string]{}
	shape := line{"l", point{1, -2}, point{3, 4}}
	long := strings.Repeat("0123456789", 10_000)
	for fixture, passages := range map[string][]passage{
		"ints": {
			through[uint8]("u8", 0, math.MaxUint8), through[int8]("s8", math.MinInt8, math.MaxInt8),
			through[uint16]("u16", 0, math.MaxUint16), through[int16]("s16", math.MinInt16, -1),
			through[uint32]("u32", 0, math.MaxUint32), through[int32]("s32", math.MinInt32, -1),
			through[uint64]("u64", 0, math.MaxUint64), through[int64]("s64", math.MinInt64, -1),
		},
		"floats": {
			through("f32", 1.5, float32(math.Inf(-1)), math.SmallestNonzeroFloat32),
			through("f64", math.Copysign(0, -1), 5e-324, math.Inf(1)),
		},
		"char-bool":     {through("char", '🦀', '\ud7ff', '\ue000', '\U0010ffff'), through("bool", true, false)},
		"string":        {through("string", "", "hello", "grüße, 世界 🦀", long)},
		"list-u8":       {through("list-u8", []byte{}, []byte{0, 1, 255}, []byte(long))},
		"list-string":   {through("list-string", nil, []string{""}, []string{"a", "", "世界"})},
		"list-list-u32": {through("list-list-u32", nil, [][]uint32{nil}, [][]uint32{{1}, nil, {2, math.MaxUint32}})},
		"list-fixed": {
			through("three", [3]uint16{1, 2, 65535}), through("words", [2]string{"a", "bç"}), through("many", [17]byte{1, 16: 255}),
			through("rows", [2][2]uint32{{1, 2}, {3, math.MaxUint32}}), through("ages", nil, []age{{"a", 1}, {"", 2}}),
		},
		"list-scalar": {
			through("list-bool", []bool{true, false}), through("list-u16", []uint16{1, 65535}), through("list-s64", []int64{-1}),
			through("list-f32", []float32{0.5}), through("list-f64", []float64{0.25}), through("list-char", []rune{'a', '🦀'}),
		},
		"record":        {through("row", row{true, 1 << 63, 7, "n", 'x'})},
		"record-nested": {through("line", shape), through("lines", []line{shape, shape})},
		"tuple":         {through("one", one{7}), through("mixed", mixed{1, 1 << 40, "s", 0.5})},
		"variant-join": {
			through("narrow", narrowVariant{}, narrowVariant{Case: 1, Int: math.MaxUint32}, narrowVariant{Case: 2, Float: 1.5}),
			through("wide", wideVariant{}, wideVariant{Case: 1, Int: -1}, wideVariant{Case: 2, Long: math.MinInt64},
				wideVariant{Case: 3, Single: 1.5}, wideVariant{Case: 4, Double: -2.5}),
			through("mixed", mixedVariant{Text: "t"}, mixedVariant{Case: 1, Double: 0.1}, mixedVariant{Case: 2, Pair: struct {
				A float32
				B uint64
			}{0.5, 1 << 63}}),
		},
		"enum": {through[colour]("colour", 0, 2), through[wide]("wide", 0, 256), through("wides", []wide{0, 256})},
		"option": {
			through("maybe-u32", nil, new(uint32(0))), through("maybe-u64", nil, new(uint64(math.MaxUint64))),
			through("maybe-string", none, some("")), through("nested", nil, new((*bool)(nil)), new(new(true))),
			through("maybes", []opt[string]{none, some("a")}),
		},
		"result": {
			through[component.Result[component.Unit, component.Unit]]("bare", component.Result[component.Unit, component.Unit]{}, component.Result[component.Unit, component.Unit]{Failed: true}),
			through("ok-only", component.Result[uint32, component.Unit]{Ok: 7}, component.Result[uint32, component.Unit]{Failed: true}),
			through("err-only", component.Result[component.Unit, string]{}, component.Result[component.Unit, string]{Err: "e", Failed: true}),
			through("both", component.Result[string, uint64]{Ok: "s"}, component.Result[string, uint64]{Err: math.MaxUint64, Failed: true}),
			through("nested", component.Result[*uint32, []byte]{}, component.Result[*uint32, []byte]{Err: []byte{1}, Failed: true}),
			through("results", []component.Result[uint8, float64]{{Ok: 1}, {Err: 0.5, Failed: true}}),
		},
		"flags": {
			through[f3]("three", 0, 5, 7), through[f8]("eight", 0, 255), through[f9]("nine", 0, 1<<8), through[f16]("sixteen", 0, math.MaxUint16),
			through[f17]("seventeen", 0, 1<<16), through[f32]("thirty-two", 0, 1<<31, math.MaxUint32), through("list-nine", []f9{1 << 8, 0}),
		},
	} {
		t.Run(fixture, func(t *testing.T) { pass(t, fixture, passages) })
	}
}

func pass(t *testing.T, fixture string, passages []passage) {
	iface := component.NewInterface(echo)
	for _, p := range passages {
		iface.Func(p.name, p.host)
	}
	g := open(t, fixture, iface)
	for _, p := range passages {
		t.Run(p.name, func(t *testing.T) { p.check(t, g) })
	}
}

// Strings arrive whatever encoding the guest keeps them in, and it is told the length in that one.
func TestEncodings(t *testing.T) {
	t.Run("utf16", func(t *testing.T) {
		p := through("string", "", "hello", "grüße, 世界 🦀")
		g := open(t, "utf16", component.NewInterface(echo).Func("string", p.host))
		p.check(t, g)
		want1(g, "units", "🦀", uint32(2))
		want0(g, "literal", "Aé世🦀")
	})
	t.Run("latin1+utf16", func(t *testing.T) {
		p := through("string", "", "hello", "grüße", "世界 🦀")
		g := open(t, "latin1-utf16", component.NewInterface(echo).Func("string", p.host))
		p.check(t, g)
		want1(g, "units", "grüße", uint32(5))
		want1(g, "units", "世🦀", uint32(0x80000003))
		want0(g, "latin1", "é")
		want0(g, "wide", "Aé世🦀")
	})
	t.Run("transcode", func(t *testing.T) {
		g := open(t, "transcode")
		want1(g, "length-utf16", "grüße 🦀", uint32(8))
		want1(g, "length-compact", "grüße", uint32(5))
		want1(g, "length-compact", "grüße 🦀", uint32(0x80000008))
	})
}

// A NaN is some NaN on the other side.
func TestNaN(t *testing.T) {
	p32, p64 := through[float32]("f32"), through[float64]("f64")
	g := open(t, "floats", component.NewInterface(echo).Func("f32", p32.host).Func("f64", p64.host))
	if v, err := call1[float32](g, "f32", float32(math.NaN())); err != nil || v == v {
		t.Errorf("f32(NaN) is %v, %v", v, err)
	}
	if v, err := call1[float64](g, "f64", math.NaN()); err != nil || v == v {
		t.Errorf("f64(NaN) is %v, %v", v, err)
	}
}

func TestNarrow(t *testing.T) {
	g := open(t, "narrow")
	want0(g, "u8", uint8(0xff))
	want0(g, "s8", int8(-1))
	want0(g, "u16", uint16(0xffff))
	want0(g, "s16", int16(-32768))
	want0(g, "bool", true)
	want0(g, "flags", f3(5))
	if got, err := call0[[]bool](g, "bools"); err != nil || !reflect.DeepEqual(got, []bool{true, false, true}) {
		t.Errorf("bools() is %v, %v", got, err)
	}
}

func TestParamsMixed(t *testing.T) {
	type pair struct {
		A uint32
		B uint64
	}
	type described struct {
		Name  string
		Len   uint32
		Maybe component.Option[float64]
		Sum   uint64
	}
	g := open(t, "params-mixed")
	fn, err := component.ExportFunc4[string, []uint16, *float64, pair, described](g.linked, "describe")
	if err != nil {
		t.Fatal(err)
	}
	got, err := fn.Call(t.Context(), g.inst, "n", []uint16{1, 2, 3}, new(2.5), pair{1, 2})
	if want := (described{"n", 3, component.Option[float64]{Value: 2.5, Some: true}, 3}); err != nil || got != want {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

// wideRecord takes more flat values than travel on the stack.
type wideRecord struct {
	A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P uint8
	Q                                              uint64
}

// spiller is a core module that imports sum(record) -> record and exports it: parameters and result go through memory.
//
//	(module
//	  (import "h" "sum" (func $sum (param i32 i32)))
//	  (memory (export "memory") 1)
//	  (global $top (mut i32) (i32.const 1024))
//	  (func (export "sum") (param i32) (result i32) (call $sum (local.get 0) (i32.const 16)) (i32.const 16))
//	  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
//	    (global.get $top) (global.set $top (i32.add (global.get $top) (i32.const 64)))))
func spiller() []byte {
	const i32 = 0x7f
	return moduleOf(
		section(1, vec(b(0x60, 2, i32, i32, 0), b(0x60, 1, i32, 1, i32), b(0x60, 4, i32, i32, i32, i32, 1, i32))),
		section(2, vec(b(name("h"), name("sum"), 0, 0))),
		section(3, vec(b(1), b(2))),
		section(5, vec(b(0, 1))),
		section(6, vec(b(i32, 1, 0x41, 0x80, 0x08, 0x0b))),
		section(7, vec(b(name("memory"), 2, 0), b(name("sum"), 0, 1), b(name("cabi_realloc"), 0, 2))),
		section(10, vec(
			b(10, 0, 0x20, 0, 0x41, 16, 0x10, 0, 0x41, 16, 0x0b),
			b(12, 0, 0x23, 0, 0x23, 0, 0x41, 0xc0, 0x00, 0x6a, 0x24, 0, 0x0b),
		)),
	)
}

func TestSpilled(t *testing.T) {
	var seen wideRecord
	double := component.Infallible1(func(_ context.Context, r wideRecord) wideRecord {
		seen = r
		r.Q *= 2
		return r
	})
	l := link(t, component.Config{}, spiller(), component.NewInterface("h").Func("sum", double))
	g := &guest{t, l, instantiate(t, l)}
	in := wideRecord{A: 1, H: 8, P: 255, Q: 1 << 40}
	out := in
	out.Q *= 2
	want1(g, "sum", in, out)
	if seen != in {
		t.Errorf("the host saw %v", seen)
	}
}
