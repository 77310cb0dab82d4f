package canon_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"astrid/pkg/component/canon"
)

func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := anyType(4).Draw(t, "type")
		if typ.Size() != size(typ) || typ.Align() != alignment(typ) {
			t.Errorf("%s: size %d, alignment %d; want %d, %d", typ, typ.Size(), typ.Align(), size(typ), alignment(typ))
		}
		f := &canon.FuncType{Params: []canon.Field{{Name: "v", Type: typ}, {Name: "w", Type: typ}}, Result: typ}
		for _, d := range []canon.Direction{canon.Lift, canon.Lower} {
			want, _, _ := signature(f, d)
			if got, err := f.Flatten(d); err != nil || got.String() != want.String() {
				t.Errorf("%s flattens to %s, %v; want %s", f, got, err, want)
			}
		}
	})
}

// The sizes that the specification and its tests give, as a check on both implementations.
func TestLayoutKnown(t *testing.T) {
	prim := canon.PrimOf
	must := func(typ *canon.Type, err error) *canon.Type {
		if err != nil {
			t.Fatal(err)
		}
		return typ
	}
	record := func(types ...*canon.Type) *canon.Type { return must(canon.TupleOf(types...)) }
	option := func(e *canon.Type) *canon.Type { return must(canon.OptionOf(e)) }
	tests := []struct {
		typ         *canon.Type
		size, align uint32
		flat        string
	}{
		{prim(canon.KindBool), 1, 1, "i32"},
		{prim(canon.KindChar), 4, 4, "i32"},
		{prim(canon.KindString), 8, 4, "i32 i32"},
		{canon.ListOf(prim(canon.KindU64)), 8, 4, "i32 i32"},
		{record(prim(canon.KindU8), prim(canon.KindU64), prim(canon.KindU16)), 24, 8, "i32 i64 i32"},
		{record(prim(canon.KindU8), prim(canon.KindU8), prim(canon.KindU16)), 4, 2, "i32 i32 i32"},
		{option(prim(canon.KindU8)), 2, 1, "i32 i32"},
		{option(prim(canon.KindF64)), 16, 8, "i32 f64"},
		{option(option(prim(canon.KindU16))), 6, 2, "i32 i32 i32"},
		{must(canon.ResultOf(nil, nil)), 1, 1, "i32"},
		{must(canon.ResultOf(prim(canon.KindU32), prim(canon.KindF32))), 8, 4, "i32 i32"},
		{must(canon.ResultOf(prim(canon.KindF32), prim(canon.KindU32))), 8, 4, "i32 i32"},
		{must(canon.ResultOf(prim(canon.KindF64), prim(canon.KindF32))), 16, 8, "i32 i64"},
		{must(canon.ResultOf(prim(canon.KindF32), prim(canon.KindF64))), 16, 8, "i32 i64"},
		{must(canon.ResultOf(prim(canon.KindU32), prim(canon.KindU64))), 16, 8, "i32 i64"},
		{must(canon.ResultOf(prim(canon.KindString), prim(canon.KindF32))), 12, 4, "i32 i32 i32"},
		{canon.EnumOf(labels(256)), 1, 1, "i32"},
		{canon.EnumOf(labels(257)), 2, 2, "i32"},
		{canon.EnumOf(labels(65537)), 4, 4, "i32"},
		{canon.FlagsOf(labels(8)), 1, 1, "i32"},
		{canon.FlagsOf(labels(9)), 2, 2, "i32"},
		{canon.FlagsOf(labels(17)), 4, 4, "i32"},
	}
	for _, test := range tests {
		flat := fmt.Sprint(flatten(test.typ))
		sig, err := (&canon.FuncType{Params: []canon.Field{{Type: test.typ}}}).Flatten(canon.Lift)
		if got := fmt.Sprint(sig.Params); err != nil || got != flat {
			t.Errorf("%s flattens to %s, %v", test.typ, got, err)
		}
		if test.typ.Size() != test.size || test.typ.Align() != test.align || flat != "["+test.flat+"]" {
			t.Errorf("%s: size %d, alignment %d, %s; want %d, %d, [%s]", test.typ, test.typ.Size(), test.typ.Align(), flat, test.size, test.align, test.flat)
		}
	}
}

func TestTooLarge(t *testing.T) {
	big := canon.PrimOf(canon.KindU64)
	var err error
	for range 40 { // each as long as two of the one before
		var next *canon.Type
		if next, err = canon.TupleOf(big, big); err != nil {
			break
		}
		big = next
	}
	if want := "a value of type tuple takes more than 268435455 bytes"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if len(big.String()) > 500 {
		t.Errorf("the name of a huge type has %d bytes", len(big.String()))
	}
	// One of many parts, with long names, is not written out to be cut off: hostile files have thousands of uses of one.
	fields := slices.Repeat([]canon.Field{{Name: strings.Repeat("long", 250), Type: big}}, 10_000)
	wide := &canon.FuncType{Params: fields}
	if n := len(wide.String()); n < 4000 || n > 4003 {
		t.Errorf("the text of a huge function has %d bytes", n)
	}
	if n := testing.AllocsPerRun(10, func() { _ = wide.String() }); n > 100 {
		t.Errorf("writing it took %.0f allocations", n)
	}
	f := &canon.FuncType{Params: []canon.Field{{Name: "a", Type: big}, {Name: "b", Type: big}, {Name: "c", Type: big}}}
	if sig, err := f.Flatten(canon.Lift); err == nil {
		t.Errorf("parameters of more than 2^28 bytes flatten to %s", sig)
	}
	if plan, err := canon.NewDynPlan("f", f, canon.Binding{}); err == nil {
		t.Errorf("parameters of more than 2^28 bytes have a plan: %v", plan)
	}
}

// lowerParams is canon lift's half before the call, as the reference has it.
func (m *machine) lowerParams(f *canon.FuncType, args []canon.Value) []uint64 {
	tuple := paramTuple(f)
	if _, spill, _ := signature(f, canon.Lift); spill {
		p := m.alloc(alignment(tuple), size(tuple))
		m.store(args, tuple, p)
		return []uint64{uint64(p)}
	}
	return m.lower(args, tuple)
}

// liftParams is canon lower's half before the call.
func (m *machine) liftParams(f *canon.FuncType, stack []uint64) []canon.Value {
	tuple := paramTuple(f)
	if _, spill, _ := signature(f, canon.Lower); spill {
		p := uint32(stack[0])
		m.admit(p, uint64(size(tuple)), alignment(tuple))
		return m.load(tuple, p).([]canon.Value)
	}
	args, _ := m.lift(tuple, stack)
	return args.([]canon.Value)
}

// Parameters and results pass through a guest's memory in both directions, and leave it byte for byte as the plain
// implementation does.
func TestCalls(t *testing.T) {
	g := newGuest(t)
	rapid.Check(t, func(t *rapid.T) {
		f, enc := anyFunc().Draw(t, "func"), anyEncoding().Draw(t, "encoding")
		args := draw(t, paramTuple(f)).([]canon.Value)
		plan, err := canon.NewDynPlan("f", f, canon.Binding{})
		if err != nil {
			t.Fatal(err)
		}

		g.reset()
		c, m := g.cx(enc), newMachine(enc)
		stack := make([]uint64, 18)
		plan.LowerParams(c, args, stack)
		same(t, f, g, m, stack, m.lowerParams(f, args))
		if !*c.MayLeave {
			t.Error("the instance may not be left after lowering")
		}
		sig, _, _ := signature(f, canon.Lift)
		stack = dirty(stack, sig.Params)
		c.Begin(g.ctx)
		if got := plan.LiftParams(c, stack); !reflect.DeepEqual(plain(got), plain(args)) {
			t.Errorf("%s: parameters %v came back as %v", f, args, got)
		}
		if got := m.liftParams(f, stack); !reflect.DeepEqual(plain(got), plain(args)) {
			t.Errorf("%s: the reference lifts %v as %v", f, args, got)
		}
		if f.Result != nil {
			result(t, g, f, plan, enc)
		}
	})
}

// result checks the way of a result: out of a host function into the guest, and from there as an export's result.
func result(t *rapid.T, g *guest, f *canon.FuncType, plan *canon.DynPlan, enc canon.Encoding) {
	v := draw(t, f.Result)
	g.reset()
	c, m := g.cx(enc), newMachine(enc)
	stack := make([]uint64, 18)
	sig, _, spill := signature(f, canon.Lower)
	if spill {
		at := m.alloc(alignment(f.Result), size(f.Result))
		g.global("next", m.next)
		g.global("calls", m.calls)
		stack[len(sig.Params)-1] = uint64(at)
		plan.LowerResult(c, v, stack)
		m.store(v, f.Result, at)
		same(t, f, g, m, nil, nil)
		stack[0] = uint64(at)
	} else {
		plan.LowerResult(c, v, stack)
		same(t, f, g, m, stack, m.lower(v, f.Result))
		stack = dirty(stack, sig.Results)
	}
	c.Begin(g.ctx)
	if got := plan.LiftResult(c, stack); !reflect.DeepEqual(plain(got), plain(v)) {
		t.Errorf("%s: the result %v came back as %v", f, v, got)
	}
}

// same compares what both implementations did.
func same(t *rapid.T, f *canon.FuncType, g *guest, m *machine, stack, want []uint64) {
	if len(want) > len(stack) || !slices.Equal(stack[:len(want)], want) {
		t.Errorf("%s: the stack is %x, want %x", f, stack, want)
	}
	if g.calls() != m.calls {
		t.Errorf("%s: the allocator was called %d times, want %d", f, g.calls(), m.calls)
	}
	if got := g.bytes(); !bytes.Equal(got, m.mem) {
		for i := range min(len(got), len(m.mem)) {
			if got[i] != m.mem[i] {
				t.Fatalf("%s: the memory differs at %#x: %#x, want %#x", f, i, got[i], m.mem[i])
			}
		}
		t.Fatalf("%s: the memory has %d bytes, want %d", f, len(got), len(m.mem))
	}
}

// dirty sets the upper halves of the values that are 32 bits wide, which no lift may look at.
func dirty(stack []uint64, types []canon.Core) []uint64 {
	out := slices.Clone(stack)
	for i, c := range types {
		if c == canon.I32 || c == canon.F32 {
			out[i] |= 0xdead_beef << 32
		}
	}
	return out
}

// fault runs f and returns what it panicked with: a *canon.Trap's fault, or else another panic's value.
func fault(f func()) (out canon.Fault, other any) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *canon.Trap:
			out = p.Fault
		case canon.Fault: // the reference's
			out = p
		default:
			other = p
		}
	}()
	f()
	return 0, nil
}

// hostile lifts from a memory and a stack that mean nothing. Both implementations see the same value or the same
// fault; one may give up on too much data.
func hostile(g *guest) func(*rapid.T) {
	return func(t *rapid.T) {
		f, enc := anyFunc().Draw(t, "func"), anyEncoding().Draw(t, "encoding")
		plan, err := canon.NewDynPlan("f", f, canon.Binding{})
		if err != nil {
			t.Fatal(err)
		}
		g.reset()
		word := rapid.OneOf(rapid.Uint64Range(0, 40), rapid.Uint64Range(65500, 65540), rapid.Uint64())
		stack := rapid.SliceOfN(word, 18, 18).Draw(t, "stack")
		for i := 0; i < 1<<16; i += 1 << 14 { // random bytes here and there, and at both ends
			copy(g.bytes()[i:], rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "memory"))
			copy(g.bytes()[i+1<<14-60:], rapid.SliceOfN(rapid.Byte(), 60, 60).Draw(t, "memory"))
		}
		m := &machine{mem: g.bytes(), enc: enc}
		lift := func(what string, got func(*canon.Cx) canon.Value, want func() canon.Value) {
			var a, b canon.Value
			got1, other := fault(func() { a = got(g.cx(enc)) })
			if _, budget := other.(*canon.BudgetError); budget {
				return
			}
			if other != nil {
				t.Fatalf("%s: lifting the %s panics with %T %v", f, what, other, other)
			}
			want1, other := fault(func() { b = want() })
			if other != nil {
				t.Fatalf("%s: the reference fails at the %s: %v", f, what, other)
			}
			if got1 != want1 || !reflect.DeepEqual(plain(a), plain(b)) {
				t.Errorf("%s, the %s: %v, %v; want %v, %v", f, what, got1, a, want1, b)
			}
		}
		lift("parameters", func(c *canon.Cx) canon.Value { return plan.LiftParams(c, stack) },
			func() canon.Value { return m.liftParams(f, stack) })
		if f.Result == nil {
			return
		}
		lift("result", func(c *canon.Cx) canon.Value { return plan.LiftResult(c, stack) }, func() canon.Value {
			if _, _, spill := signature(f, canon.Lift); !spill {
				v, _ := m.lift(f.Result, stack)
				return v
			}
			p := uint32(stack[0])
			m.admit(p, uint64(size(f.Result)), alignment(f.Result))
			return m.load(f.Result, p)
		})
	}
}

func TestHostile(t *testing.T) { rapid.Check(t, hostile(newGuest(t))) }

func FuzzLift(f *testing.F) { fuzz(f, hostile(newGuest(f))) }

// Whatever the allocator answers, lowering ends in a trap or writes inside the memory.
func TestHostileAllocator(t *testing.T) { rapid.Check(t, hostileAllocator(newGuest(t))) }

func FuzzLower(f *testing.F) { fuzz(f, hostileAllocator(newGuest(f))) }

// fuzz runs a property on what the fuzzer finds, beginning with inputs that are long enough for a type with values.
func fuzz(f *testing.F, property func(t *rapid.T)) {
	for seed := range byte(16) {
		input := make([]byte, 32<<10)
		rand.NewChaCha8([32]byte{seed}).Read(input)
		f.Add(input)
	}
	f.Fuzz(rapid.MakeFuzz(property))
}

func hostileAllocator(g *guest) func(t *rapid.T) {
	return func(t *rapid.T) {
		f, enc := anyFunc().Draw(t, "func"), anyEncoding().Draw(t, "encoding")
		args := draw(t, paramTuple(f)).([]canon.Value)
		plan, err := canon.NewDynPlan("f", f, canon.Binding{})
		if err != nil {
			t.Fatal(err)
		}
		g.reset()
		g.global("lie", rapid.OneOf(rapid.Uint32Range(1, 100), rapid.Uint32Range(65400, 65600), rapid.Uint32Range(1, 1<<32-1)).Draw(t, "lie"))
		got, other := fault(func() { plan.LowerParams(g.cx(enc), args, make([]uint64, 18)) })
		if other != nil || got != 0 && got != canon.FaultBounds && got != canon.FaultAlign {
			t.Errorf("%s of %v: %v %v", f, args, got, other)
		}
	}
}

// What Check lets pass can be lowered, and it lets every value of the type pass and none of another.
func TestCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ, other := anyType(3).Draw(t, "type"), anyType(3).Draw(t, "other")
		plan, err := canon.NewDynPlan("f", &canon.FuncType{Params: []canon.Field{{Name: "v", Type: typ}}}, canon.Binding{})
		if err != nil {
			t.Fatal(err)
		}
		if v := draw(t, typ); plan.Check([]canon.Value{v}) != nil {
			t.Errorf("%v is no value of %s: %v", v, typ, plan.Check([]canon.Value{v}))
		}
		v := draw(t, other)
		if got, want := plan.Check([]canon.Value{v}) == nil, isValue(v, typ); got != want {
			t.Errorf("%#v is a value of %s: %t, want %t", v, typ, got, want)
		}
	})
}

// isValue reports whether v is a value of t, whatever type it was made for.
func isValue(v canon.Value, t *canon.Type) bool {
	each := func(list []canon.Value, elem func(i int) *canon.Type) bool {
		for i, e := range list {
			if !isValue(e, elem(i)) {
				return false
			}
		}
		return true
	}
	switch t.Kind {
	case canon.KindList, canon.KindMap, canon.KindFixedList:
		if b, ok := v.([]byte); ok || t.Elem.Kind == canon.KindU8 {
			return ok && t.Elem.Kind == canon.KindU8 && (t.Kind != canon.KindFixedList || len(b) == int(t.Length))
		}
		list, ok := v.([]canon.Value)
		return ok && (t.Kind != canon.KindFixedList || len(list) == int(t.Length)) &&
			each(list, func(int) *canon.Type { return t.Elem })
	case canon.KindRecord, canon.KindTuple:
		list, ok := v.([]canon.Value)
		return ok && len(list) == len(t.Fields) && each(list, func(i int) *canon.Type { return t.Fields[i].Type })
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		x, ok := v.(canon.Variant)
		if !ok || int(x.Case) >= len(t.Cases) {
			return false
		}
		if c := t.Cases[x.Case].Type; c != nil {
			return isValue(x.Value, c)
		}
		return x.Value == nil
	case canon.KindString:
		_, ok := v.(string)
		return ok
	case canon.KindFlags:
		_, ok := v.(canon.Bits)
		return ok
	}
	return reflect.TypeOf(v) == reflect.TypeOf(unbits(t, 0))
}
