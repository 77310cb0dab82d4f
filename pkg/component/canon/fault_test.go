package canon_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"

	"astrid/pkg/component/canon"
)

// lifter returns a function that lifts one value of type t from the stack values that it is given.
func lifter(t testing.TB, g *guest, enc canon.Encoding, typ *canon.Type) func(stack ...uint64) canon.Value {
	t.Helper()
	plan, err := canon.NewDynPlan("f", &canon.FuncType{Params: []canon.Field{{Name: "v", Type: typ}}}, canon.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	return func(stack ...uint64) canon.Value { return plan.LiftParams(g.cx(enc), stack)[0] }
}

// Each way to break the rules has its fault, and the last thing that is allowed has none.
func TestFaults(t *testing.T) {
	y, prim := types{t}, canon.PrimOf
	str, u16, u64 := prim(canon.KindString), prim(canon.KindU16), prim(canon.KindU64)
	const end, tag = 1 << 16, 1 << 31
	many := y.tuple(str, str, str, str, str, str, str, str, str) // eighteen flat values: passed in memory
	tests := []struct {
		what  string
		typ   *canon.Type
		enc   canon.Encoding
		put   string // at 4096
		stack []uint64
		want  canon.Fault
	}{
		{"a string that ends with the memory", str, canon.UTF8, "", []uint64{end - 3, 3}, 0},
		{"a string that ends after it", str, canon.UTF8, "", []uint64{end - 3, 4}, canon.FaultBounds},
		{"an empty string at the end", str, canon.UTF8, "", []uint64{end, 0}, 0},
		{"an empty string after it", str, canon.UTF8, "", []uint64{end + 1, 0}, canon.FaultBounds},
		{"a string whose end wraps around", str, canon.UTF8, "", []uint64{1<<32 - 1, 2}, canon.FaultBounds},
		{"a string of 2^28-1 bytes", str, canon.UTF8, "", []uint64{0, 1<<28 - 1}, canon.FaultBounds},
		{"a string of 2^28 bytes", str, canon.UTF8, "", []uint64{0, 1 << 28}, canon.FaultLength},
		{"a string of 2^27 UTF-16 units", str, canon.UTF16, "", []uint64{0, 1 << 27}, canon.FaultLength},
		{"a tagged string of 2^27 units", str, canon.Latin1UTF16, "", []uint64{0, tag | 1<<27}, canon.FaultLength},
		{"a list of 2^28 bytes", canon.ListOf(u64), canon.UTF8, "", []uint64{0, 1 << 25}, canon.FaultLength},
		{"a list of 2^32-1 elements", canon.ListOf(u64), canon.UTF8, "", []uint64{0, 1<<32 - 1}, canon.FaultLength},
		{"a list of 2^28-1 bytes", canon.ListOf(prim(canon.KindU8)), canon.UTF8, "", []uint64{0, 1<<28 - 1}, canon.FaultBounds},
		{"a list that ends with the memory", canon.ListOf(u64), canon.UTF8, "", []uint64{end - 16, 2}, 0},
		{"a list that ends after it", canon.ListOf(u64), canon.UTF8, "", []uint64{end - 16, 3}, canon.FaultBounds},
		{"a list at an odd address", canon.ListOf(u16), canon.UTF8, "", []uint64{4097, 1}, canon.FaultAlign},
		{"an empty list at an odd address", canon.ListOf(u16), canon.UTF8, "", []uint64{4097, 0}, canon.FaultAlign},
		{"UTF-16 at an odd address", str, canon.UTF16, "", []uint64{4097, 1}, canon.FaultAlign},
		{"Latin-1 at an odd address", str, canon.Latin1UTF16, "", []uint64{4097, 1}, canon.FaultAlign},
		{"spilled parameters at 2", many, canon.UTF8, "", []uint64{4098}, canon.FaultAlign},
		{"spilled parameters after the end", many, canon.UTF8, "", []uint64{end - 68}, canon.FaultBounds},
		{"spilled parameters at the end", many, canon.UTF8, "", []uint64{end - 72}, 0},

		{"a byte that begins nothing", str, canon.UTF8, "ab\xff", []uint64{4096, 3}, canon.FaultString},
		{"an overlong NUL", str, canon.UTF8, "\xc0\x80", []uint64{4096, 2}, canon.FaultString},
		{"a surrogate in UTF-8", str, canon.UTF8, "\xed\xa0\x80", []uint64{4096, 3}, canon.FaultString},
		{"a character cut off", str, canon.UTF8, "\xe4\xb8\x96", []uint64{4096, 2}, canon.FaultString},
		{"beyond U+10FFFF", str, canon.UTF8, "\xf4\x90\x80\x80", []uint64{4096, 4}, canon.FaultString},
		{"a high surrogate at the end", str, canon.UTF16, "a\x00\x00\xd8", []uint64{4096, 2}, canon.FaultString},
		{"a high surrogate before a letter", str, canon.UTF16, "\x00\xd8a\x00", []uint64{4096, 2}, canon.FaultString},
		{"a low surrogate alone", str, canon.UTF16, "\x00\xdca\x00", []uint64{4096, 2}, canon.FaultString},
		{"U+FFFD itself", str, canon.UTF16, "\xfd\xff", []uint64{4096, 1}, 0},
		{"a pair", str, canon.Latin1UTF16, "\x3e\xd8\x80\xdd", []uint64{4096, tag | 2}, 0},
		{"a tagged lone surrogate", str, canon.Latin1UTF16, "\x3e\xd8", []uint64{4096, tag | 1}, canon.FaultString},

		{"U+D7FF", prim(canon.KindChar), 0, "", []uint64{0xd7ff}, 0},
		{"U+D800", prim(canon.KindChar), 0, "", []uint64{0xd800}, canon.FaultChar},
		{"U+DFFF", prim(canon.KindChar), 0, "", []uint64{0xdfff}, canon.FaultChar},
		{"U+10FFFF", prim(canon.KindChar), 0, "", []uint64{0x10ffff}, 0},
		{"U+110000", prim(canon.KindChar), 0, "", []uint64{0x110000}, canon.FaultChar},
		{"a char of 2^32-1", prim(canon.KindChar), 0, "", []uint64{1<<32 - 1}, canon.FaultChar},
		{"a char with the upper half set", prim(canon.KindChar), 0, "", []uint64{1<<40 | 'a'}, 0},

		{"the last case", canon.EnumOf(labels(3)), 0, "", []uint64{2}, 0},
		{"one more", canon.EnumOf(labels(3)), 0, "", []uint64{3}, canon.FaultDiscriminant},
		{"case 256 of 256", canon.EnumOf(labels(256)), 0, "", []uint64{256}, canon.FaultDiscriminant},
		{"an option of 2", y.option(u64), 0, "", []uint64{2, 0}, canon.FaultDiscriminant},
		{"a result of 2^31", y.result(nil, nil), 0, "", []uint64{1 << 31}, canon.FaultDiscriminant},
		{"a variant of 2^32-1", y.variant("a", nil), 0, "", []uint64{1<<32 - 1}, canon.FaultDiscriminant},
		{"a case in memory", canon.ListOf(canon.EnumOf(labels(3))), 0, "\x02\x03", []uint64{4096, 2}, canon.FaultDiscriminant},
	}
	g := newGuest(t)
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			g.reset()
			copy(g.bytes()[4096:], test.put)
			lift := lifter(t, g, test.enc, test.typ)
			got, other := fault(func() { lift(test.stack...) })
			if got != test.want || other != nil {
				t.Errorf("%v %v, want %v", got, other, test.want)
			}
		})
	}
}

func TestFaultStrings(t *testing.T) {
	seen := map[string]bool{}
	for f := canon.FaultBounds; f <= canon.FaultBorrow; f++ {
		if s := f.String(); seen[s] || strings.HasPrefix(s, "fault ") {
			t.Errorf("fault %d is called %q", f, s)
		}
		seen[f.String()] = true
	}
	if got := canon.Fault(200).String(); got != "fault 200" {
		t.Error(got)
	}
	for _, trap := range []canon.Trap{{Fault: canon.FaultAlign}, {Fault: canon.FaultAlign, Detail: "list at 0x3"}} {
		if got := trap.Error(); got != strings.TrimSuffix("unaligned pointer: "+trap.Detail, ": ") {
			t.Error(got)
		}
	}
}

// Every bit pattern of a NaN becomes the canonical one, in both directions, on the stack and in memory.
func TestNaN(t *testing.T) {
	g := newGuest(t)
	type floats struct {
		A float32
		B float64
		C []float32
	}
	y, f32, f64 := types{t}, canon.PrimOf(canon.KindF32), canon.PrimOf(canon.KindF64)
	f := &canon.FuncType{Params: y.fields("a", f32, "b", f64, "c", canon.ListOf(f32))}
	plan, err := canon.NewPlan[floats, canon.Unit]("f", f, canon.FormNone, canon.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	const odd32, odd64 = 0xffa00001, 0xfff4000000000001
	g.reset()
	binary.LittleEndian.PutUint32(g.bytes()[64:], odd32)
	var frame canon.Frame[floats, canon.Unit]
	plan.LiftParams(g.cx(canon.UTF8), []uint64{odd32, odd64, 64, 1}, &frame)
	if a, b, c := math.Float32bits(frame.Args.A), math.Float64bits(frame.Args.B), math.Float32bits(frame.Args.C[0]); a != 0x7fc00000 || b != 0x7ff8000000000000 || c != 0x7fc00000 {
		t.Errorf("lifted as %#x, %#x, %#x", a, b, c)
	}
	frame.Args = floats{math.Float32frombits(odd32), math.Float64frombits(odd64), []float32{math.Float32frombits(odd32)}}
	stack := make([]uint64, 4)
	plan.LowerParams(g.cx(canon.UTF8), &frame, stack)
	if c := binary.LittleEndian.Uint32(g.bytes()[stack[2]:]); stack[0] != 0x7fc00000 || stack[1] != 0x7ff8000000000000 || c != 0x7fc00000 {
		t.Errorf("lowered as %#x, %#x, %#x", stack[0], stack[1], c)
	}
}

// Lists that overlap describe more than the memory holds: 4096 times all of it is more than a call may pass, as they take
// some of Go's memory themselves.
func TestBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 256 MiB")
	}
	defer debug.FreeOSMemory()
	g := newGuest(t)
	lift := lifter(t, g, canon.UTF8, canon.ListOf(canon.ListOf(canon.PrimOf(canon.KindU8))))
	for i := range 4096 {
		binary.LittleEndian.PutUint32(g.bytes()[8*i+4:], 1<<16)
	}
	if got, other := fault(func() { lift(0, 4090) }); got != 0 || other != nil {
		t.Errorf("just below the limit: %v %v", got, other)
	}
	_, other := fault(func() { lift(0, 4096) })
	budget, ok := other.(*canon.BudgetError)
	if !ok || budget.Limit != canon.MaxLift || budget.Error() != "a call passed more than 268435456 bytes to the host" {
		t.Errorf("%T %v", other, other)
	}

	// In Go a case is a value of its own: here sixty of them for each byte.
	deep := canon.PrimOf(canon.KindU8)
	for range 60 {
		var err error
		if deep, err = canon.OptionOf(deep); err != nil {
			t.Fatal(err)
		}
	}
	lift = lifter(t, g, canon.UTF8, canon.ListOf(canon.ListOf(deep)))
	for i := range g.bytes() {
		g.bytes()[i] = 1
	}
	for i := range 256 {
		binary.LittleEndian.PutUint32(g.bytes()[8*i:], 4096)
		binary.LittleEndian.PutUint32(g.bytes()[8*i+4:], 1000)
	}
	_, other = fault(func() { lift(0, 256) })
	if _, ok := other.(*canon.BudgetError); !ok {
		t.Errorf("options in options: %T %v", other, other)
	}
}

// The budget is one call's: it does not wear out over calls.
func TestBudgetIsPerCall(t *testing.T) {
	g := newGuest(t)
	plan, err := canon.NewDynPlan("f", &canon.FuncType{Params: []canon.Field{{Type: canon.ListOf(canon.PrimOf(canon.KindU8))}}}, canon.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	c := g.cx(canon.UTF8)
	for range canon.MaxLift/(1<<16) + 2 {
		c.Begin(g.ctx)
		plan.LiftParams(c, []uint64{0, 1 << 16})
	}
}

// TestLarge moves values that take a while, into a guest and out of it: whole, if the call's context lives, and not to
// the end if it has ended.
func TestLarge(t *testing.T) {
	g := newGuest(t)
	if _, ok := g.mod.Memory().Grow(63); !ok {
		t.Fatal("no memory")
	}
	text := func(piece string, n int) string { return strings.Repeat(piece, n/len(piece)+1) }
	large(t, g, canon.UTF8, "of UTF-8", canon.PrimOf(canon.KindString), text("a\u00e9\u20ac\U0001f600", 3<<19))
	large(t, g, canon.UTF16, "of UTF-16", canon.PrimOf(canon.KindString), text("a\u00e9\u20ac\U0001f600", 3<<19))
	large(t, g, canon.Latin1UTF16, "of Latin-1", canon.PrimOf(canon.KindString), text("abc\u00e9", 5<<19))
	large(t, g, canon.UTF8, "of bytes", canon.ListOf(canon.PrimOf(canon.KindU8)), []byte(text("bytes", 3<<20)))
	numbers := make([]uint32, 50_000)
	for i := range numbers {
		numbers[i] = uint32(i * i)
	}
	large(t, g, canon.UTF8, "of numbers", canon.ListOf(canon.PrimOf(canon.KindU32)), numbers)
	large(t, g, canon.UTF8, "of many small", canon.ListOf(canon.PrimOf(canon.KindString)), strings.Fields(strings.Repeat("a ", 5000)))
	array, err := canon.FixedListOf(canon.PrimOf(canon.KindU32), 5000)
	if err != nil {
		t.Fatal(err)
	}
	large(t, g, canon.UTF8, "in an array", array, [5000]uint32(numbers))
	record, err := canon.TupleOf(array, array)
	if err != nil {
		t.Fatal(err)
	}
	type pair struct{ A, B [5000]uint32 }
	large(t, g, canon.UTF8, "of large ones", canon.ListOf(record), make([]pair, 3))
}

func large[V any](t *testing.T, g *guest, enc canon.Encoding, name string, typ *canon.Type, v V) {
	t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
		plan, err := canon.NewPlan[struct{ A V }, canon.Unit]("f", &canon.FuncType{
			Params: []canon.Field{{Name: "a", Type: typ}},
		}, canon.FormNone, canon.Binding{})
		if err != nil {
			t.Fatal(err)
		}
		g.global("next", heap)
		var in, out canon.Frame[struct{ A V }, canon.Unit]
		in.Args.A = v
		c, stack := g.cx(enc), make([]uint64, 2)
		plan.LowerParams(c, &in, stack)
		c.Begin(g.ctx)
		plan.LiftParams(c, stack, &out)
		if !reflect.DeepEqual(in, out) {
			t.Error("another value came out")
		}

		ended, cancel := context.WithCancelCause(g.ctx)
		cancel(errors.New("enough"))
		for what, move := range map[string]func(){
			"lowered": func() { g.global("next", heap); plan.LowerParams(c, &in, make([]uint64, 2)) },
			"lifted":  func() { plan.LiftParams(c, stack, &out) },
		} {
			c.Begin(ended)
			_, other := fault(move)
			if canceled, ok := other.(*canon.CanceledError); !ok || canceled.Error() != "canceled: enough" {
				t.Errorf("%s: %T %v", what, other, other)
			}
		}
	})
}

// The guest's allocator is asked for empty values too, may move the memory, and must tell the truth.
func TestAllocator(t *testing.T) {
	g := newGuest(t)
	plan, err := canon.NewPlan[struct{ A []string }, canon.Unit]("f", &canon.FuncType{
		Params: []canon.Field{{Name: "a", Type: canon.ListOf(canon.PrimOf(canon.KindString))}},
	}, canon.FormNone, canon.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	lower := func(lie uint32, args ...string) (stack []uint64, f canon.Fault, other any) {
		g.reset()
		g.global("lie", lie)
		var frame canon.Frame[struct{ A []string }, canon.Unit]
		frame.Args.A = args
		stack = make([]uint64, 2)
		f, other = fault(func() { plan.LowerParams(g.cx(canon.UTF8), &frame, stack) })
		return stack, f, other
	}
	for _, test := range []struct {
		lie  uint32
		args []string
		want canon.Fault
	}{
		{1 << 16, nil, 0},
		{1<<16 + 4, nil, canon.FaultBounds},
		{2, nil, canon.FaultAlign},
		{1<<16 - 8, []string{""}, 0},
		{1<<16 - 4, []string{""}, canon.FaultBounds},
		{1<<32 - 4, []string{"a"}, canon.FaultBounds},
	} {
		if _, got, other := lower(test.lie, test.args...); got != test.want || other != nil {
			t.Errorf("an allocator that answers %#x for %q: %v %v, want %v", test.lie, test.args, got, other, test.want)
		}
	}
	big := strings.Repeat("x", 60_000)
	stack, f, other := lower(0, big, big, big, "end") // grows the memory twice
	if f != 0 || other != nil || stack[1] != 4 || len(g.bytes()) != 3<<16 {
		t.Fatalf("%v, %v %v; the memory has %d bytes", stack, f, other, len(g.bytes()))
	}
	lift := lifter(t, g, canon.UTF8, canon.ListOf(canon.PrimOf(canon.KindString)))
	if got := fmt.Sprint(lift(stack...)); got != fmt.Sprint([]string{big, big, big, "end"}) {
		t.Errorf("a list of %d characters came back", len(got))
	}

	c := g.cx(canon.UTF8)
	c.Realloc = nil
	var frame canon.Frame[struct{ A []string }, canon.Unit]
	if _, other := fault(func() { plan.LowerParams(c, &frame, stack) }); fmt.Sprint(other) != "the host's value cannot be passed: the guest has no realloc" {
		t.Error(other)
	}
}

// What the host gets wrong is not blamed on the guest.
func TestHostErrors(t *testing.T) {
	y, prim := types{t}, canon.PrimOf
	str := prim(canon.KindString)
	g := newGuest(t)
	for _, test := range []struct {
		typ  *canon.Type
		v    canon.Value
		want string
	}{
		{prim(canon.KindChar), canon.Char(0xd800), "a rune is no Unicode scalar value"},
		{prim(canon.KindChar), canon.Char(-1), "a rune is no Unicode scalar value"},
		{str, "\xff", "a string is not UTF-8, or longer than 2^28-1 bytes"},
		{str, 1, "a int is no string"},
		{prim(canon.KindU8), uint16(1), "a uint16 is no value of type u8"},
		{prim(canon.KindU8), nil, "a <nil> is no value of type u8"},
		{canon.ListOf(str), []byte("a"), "a []uint8 is no value of type list<string>"},
		{y.tuple(str, str), []canon.Value{"a"}, "1 values for the type tuple<string, string>"},
		{y.option(str), "a", "a string is no value of type option<string>"},
		{y.option(str), canon.Variant{Case: 2}, "a variant's tag is out of range"},
		{canon.EnumOf(labels(2)), canon.Variant{Case: 1 << 31}, "a variant's tag is out of range"},
		{y.option(str), canon.Variant{Case: 1}, "a <nil> is no string"},
	} {
		plan, err := canon.NewDynPlan("f", &canon.FuncType{Params: y.fields("v", test.typ)}, canon.Binding{})
		if err != nil {
			t.Fatal(err)
		}
		_, other := fault(func() { plan.LowerParams(g.cx(canon.UTF8), []canon.Value{test.v}, make([]uint64, 18)) })
		if host, ok := other.(*canon.HostError); !ok || host.Reason != test.want {
			t.Errorf("%s of %v: %v, want %s", test.typ, test.v, other, test.want)
		}
	}

	type args struct {
		R rune
		S string
		C colour
		V sum
	}
	f := &canon.FuncType{Params: y.fields("r", prim(canon.KindChar), "s", str, "c", canon.EnumOf([]string{"red", "green", "blue"}),
		"v", y.variant("none", nil, "circle", prim(canon.KindF32), "text", str, "pair", y.tuple(prim(canon.KindU8), prim(canon.KindF64)), "next", y.option(prim(canon.KindU64))))}
	plan, err := canon.NewPlan[args, canon.Unit]("f", f, canon.FormNone, canon.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	for want, a := range map[string]args{
		"":                                  {},
		"a rune is no Unicode scalar value": {R: 0xdfff},
		"a string is not UTF-8":             {S: "\xc0\x80"},
		"an enum value is out of range":     {C: 3},
		"a variant's tag is out of range":   {V: sum{Case: 5}},
	} {
		frame := canon.Frame[args, canon.Unit]{Args: a}
		_, other := fault(func() { plan.LowerParams(g.cx(canon.UTF8), &frame, make([]uint64, 18)) })
		host, _ := other.(*canon.HostError)
		if want == "" && other != nil || want != "" && (host == nil || host.Reason != want) {
			t.Errorf("%v, want %q", other, want)
		}
	}
}

// errorCode is an error type as host interfaces have it.
type errorCode struct {
	Case errorTag
	Text string
}

type errorTag uint8

func (errorTag) WitCases() string { return "denied text" }

func (e *errorCode) Error() string { return fmt.Sprint(e.Case, e.Text) }

// A Go function's (T, error) is a result: the error arrives as the WIT error that it is, that it wraps, or that the
// interface's fallback makes of it.
func TestFallible(t *testing.T) {
	y, str := types{t}, canon.PrimOf(canon.KindString)
	f := &canon.FuncType{Result: y.result(str, y.variant("denied", nil, "text", str))}
	mapped := canon.ErrorType[errorCode](func(err error) errorCode { return errorCode{1, err.Error()} })
	plan, err := canon.NewPlan[struct{}, string]("f", f, canon.FormFallible, canon.Binding{Errors: mapped})
	if err != nil {
		t.Fatal(err)
	}
	g := newGuest(t)
	for _, test := range []struct {
		err  error
		want errorCode
	}{
		{&errorCode{}, errorCode{}},
		{fmt.Errorf("wrapped: %w", &errorCode{1, "inner"}), errorCode{1, "inner"}},
		{errors.New("strange"), errorCode{1, "strange"}},
		{nil, errorCode{}},
	} {
		g.reset()
		c, stack := g.cx(canon.UTF8), []uint64{64}
		var in, out canon.Frame[struct{}, string]
		in.Result = "fine"
		if test.err != nil && !plan.Fail(&in, test.err) {
			t.Errorf("%v cannot be told", test.err)
		}
		plan.LowerResult(c, &in, stack)
		c.Begin(g.ctx)
		plan.LiftResult(c, stack, &out)
		got := plan.Err(&out)
		if test.err == nil {
			if got != nil || out.Result != "fine" {
				t.Errorf("%q, %v", out.Result, got)
			}
			continue
		}
		if code, ok := errors.AsType[*errorCode](got); !ok || *code != test.want || out.Result != "" {
			t.Errorf("%v arrived as %v beside %q", test.err, got, out.Result)
		}
	}

	strict := canon.ErrorType[errorCode](nil)
	if plan, err = canon.NewPlan[struct{}, string]("f", f, canon.FormFallible, canon.Binding{Errors: strict}); err != nil {
		t.Fatal(err)
	}
	var frame canon.Frame[struct{}, string]
	if plan.Fail(&frame, errors.New("strange")) {
		t.Error("an error without a mapping can be told")
	}
}

// The core functions that a canonical definition needs follow from its type.
func TestNeeds(t *testing.T) {
	y, u8, str := types{t}, canon.PrimOf(canon.KindU8), canon.PrimOf(canon.KindString)
	seventeen := make([]canon.Field, 17)
	for i := range seventeen {
		seventeen[i].Type = u8
	}
	for _, test := range []struct {
		f    *canon.FuncType
		d    canon.Direction
		want string
	}{
		{&canon.FuncType{Params: seventeen[:16], Result: u8}, canon.Lift, "false false"},
		{&canon.FuncType{Params: seventeen[:16], Result: u8}, canon.Lower, "false false"},
		{&canon.FuncType{Params: seventeen}, canon.Lift, "true true"},
		{&canon.FuncType{Params: seventeen}, canon.Lower, "true false"},
		{&canon.FuncType{Params: y.fields("s", str)}, canon.Lift, "true true"},
		{&canon.FuncType{Params: y.fields("s", str)}, canon.Lower, "true false"},
		{&canon.FuncType{Result: y.tuple(u8, u8)}, canon.Lift, "true false"},
		{&canon.FuncType{Result: y.tuple(u8, u8)}, canon.Lower, "true false"},
		{&canon.FuncType{Result: str}, canon.Lift, "true false"},
		{&canon.FuncType{Result: str}, canon.Lower, "true true"},
		{&canon.FuncType{Result: y.option(canon.ListOf(u8))}, canon.Lower, "true true"},
	} {
		memory, realloc, err := test.f.Needs(test.d)
		if got := fmt.Sprint(memory, realloc); err != nil || got != test.want {
			t.Errorf("%s in direction %d needs memory, realloc: %s, %v; want %s", test.f, test.d, got, err, test.want)
		}
	}
}

// A call moves values without allocating more than they need.
func TestAllocations(t *testing.T) {
	y, str := types{t}, canon.PrimOf(canon.KindString)
	code := y.variant("denied", nil, "text", str)
	f := &canon.FuncType{Params: y.fields("key", str), Result: y.result(y.option(str), code)}
	plan, err := canon.NewPlan[struct{ Key string }, *string]("f", f, canon.FormFallible, canon.Binding{Errors: canon.ErrorType[errorCode](nil)})
	if err != nil {
		t.Fatal(err)
	}
	g := newGuest(t)
	g.reset()
	copy(g.bytes()[64:], "a-key-of-some-length")
	c, stack, value := g.cx(canon.UTF8), make([]uint64, 3), "a value of 20 bytes."
	var frame canon.Frame[struct{ Key string }, *string]
	got := testing.AllocsPerRun(100, func() {
		stack[0], stack[1], stack[2] = 64, 20, 128
		c.Begin(g.ctx)
		plan.LiftParams(c, stack, &frame)
		frame.Result = &value
		plan.LowerResult(c, &frame, stack)
		frame.Reset()
	})
	if got > 1 {
		t.Errorf("%v allocations, want 1: the key", got)
	}
}
