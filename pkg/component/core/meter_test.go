package core

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// meteredModule rewrites and instantiates a module.
func meteredModule(t *testing.T, wasm []byte, o Meter, m metered) *metered {
	t.Helper()
	p, err := Parse(wasm, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Rewrite(Options{Meter: &o})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Metered || r.Start != p.HasStart() {
		t.Fatalf("metered %t, start %t", r.Metered, r.Start)
	}
	x, err := newEngine(t, wazero.NewRuntimeConfig()).metered(t.Context(), r, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// addI32 and the like name the opcodes that the tests below use.
const (
	end    = 0x0b
	void   = 0x40
	i32add = 0x6a
	i32sub = 0x6b
	drop   = 0x1a
)

// countdown is a loop over the i32 local l, from its value down to zero, around code.
func countdown(l uint32, code ...byte) []byte {
	return join([]byte{0x03, void}, code, op(0x20, l), i32c(1), []byte{i32sub}, op(0x22, l), op(0x0d, 0), []byte{end})
}

func TestMeterFuel(t *testing.T) {
	tests := []struct {
		name string
		code []byte
		arg  uint64
		fuel int64
	}{
		// The loop's get, const, sub, tee and br_if run 1000 times.
		{"loop", countdown(0), 1000, 5 * 1000},
		{"nothing", []byte{0x01, 0x01}, 0, 0},
		// Each addition with its operands and drop is four.
		{"straight", repeat(100, 0x20, 0, 0x20, 0, i32add, drop), 1, 400},
		// The long arm is charged only when it runs: get and if, and the arm's 400.
		{"arm not taken", join(op(0x20, 0), []byte{0x04, void}, repeat(100, 0x20, 0, 0x20, 0, i32add, drop), []byte{end}), 0, 2},
		{"arm taken", join(op(0x20, 0), []byte{0x04, void}, repeat(100, 0x20, 0, 0x20, 0, i32add, drop), []byte{end}), 1, 402},
		// A short arm is charged either way.
		{"short arm", join(op(0x20, 0), []byte{0x04, void}, repeat(3, 0x01), i32c(1), []byte{drop, end}), 0, 4},
		// What follows an unconditional branch does not run and costs nothing.
		{"dead code", join([]byte{0x0f}, repeat(100, 0x20, 0, drop)), 0, 1},
		{"division", join(i32c(7), i32c(2), []byte{0x6d, drop}), 0, 1 + 1 + 8 + 1},
		// Three constants, 8, and 6400/32 for the length.
		{"fill by constant", join(i32c(0), i32c(0), i32c(6400), []byte{0xfc, 11, 0}), 0, 3 + 8 + 200},
		{"fill by length", join(i32c(0), i32c(0), op(0x20, 0), []byte{0xfc, 11, 0}), 6400, 3 + 8 + 200},
		{"grow", join(op(0x20, 0), []byte{0x40, 0, drop}), 2, 1 + 1000 + 1 + 2*256},
		{"grow too far", join(i32c(-1), []byte{0x40, 0, drop}), 0, 1 + 1000 + 1 + 65536*256},
		// A call of a leaf: get, call, and what the leaf costs.
		{"leaf", join(op(0x20, 0), op(0x10, 1)), 0, 1 + 3 + 2},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			b := builder{}
			b.typ([]ValType{I32}, nil)
			b.add(secMemory, 0, 1)
			b.fn(0, nil, append(x.code, end)...)
			b.fn(0, nil, 0x20, 0, drop, end)
			b.export("f", KindFunc, 0)
			for _, slice := range []int64{1 << 40, 1000, 1} {
				m := meteredModule(t, b.bytes(), Meter{Slice: slice}, metered{slice: slice})
				for range 2 {
					before := m.fuel()
					if _, err := m.call(t.Context(), 100, "f", x.arg); err != nil {
						t.Fatal(err)
					}
					if got := m.fuel() - before; got != x.fuel {
						t.Errorf("slice %d: %d units, want %d", slice, got, x.fuel)
					}
				}
			}
		})
	}
}

// endless are functions of type (i32) -> () that do not come back, none of them by recursion.
func endless() map[string]func(b *builder) {
	return map[string]func(b *builder){
		"loop": func(b *builder) { b.fn(0, nil, 0x03, void, 0x0c, 0, end, end) },
		"loop through a block": func(b *builder) {
			b.fn(0, nil, 0x03, void, 0x02, void, 0x0c, 1, end, 0x0c, 0, end, end)
		},
		"loop by branch table": func(b *builder) { b.fn(0, nil, 0x03, void, 0x41, 0, 0x0e, 0, 0, end, end) },
		"loop of fills": func(b *builder) {
			b.fn(0, nil, join([]byte{0x03, void}, i32c(0), i32c(0), i32c(65536), []byte{0xfc, 11, 0, 0x0c, 0, end, end})...)
		},
		"loop of leaf calls": func(b *builder) {
			b.fn(0, nil, 0x03, void, 0x41, 0, 0x10, 1, 0x0c, 0, end, end)
			b.fn(0, nil, end)
		},
		"tail calls": func(b *builder) { b.fn(0, nil, 0x20, 0, 0x12, 0, end) },
		"indirect tail calls": func(b *builder) {
			b.fn(0, nil, 0x20, 0, 0x41, 0, 0x13, 0, 0, end)
			b.add(secTable, byte(FuncRef), 0, 1)
			b.add(secElement, 0, 0x41, 0, end, 1, 0)
		},
		// What ends the call is no exception: it must get past this.
		"behind a catch of all": func(b *builder) {
			b.fn(0, nil, 0x03, void, 0x02, void, 0x1f, void, 1, 2, 0, 0x03, void, 0x0c, 0, end, end, end, 0x0c, 0, end, end)
		},
		"caught exceptions": func(b *builder) {
			b.add(secTag, 0, 1)
			b.fn(0, nil, 0x03, void, 0x1f, void, 1, 0, 0, 0, 0x08, 0, end, 0x0c, 0, end, end)
		},
	}
}

func TestMeterInterrupts(t *testing.T) {
	for name, make := range endless() {
		t.Run(name, func(t *testing.T) {
			b := builder{}
			b.typ([]ValType{I32}, nil)
			b.typ(nil, nil)
			b.add(secMemory, 0, 1)
			make(&b)
			b.export("f", KindFunc, 0)
			m := meteredModule(t, b.bytes(), Meter{Exceptions: true}, metered{})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err := m.call(ctx, 1000, "f", 0); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("cancelled: %v", err)
			}
			m = meteredModule(t, b.bytes(), Meter{Slice: 100, Exceptions: true}, metered{slice: 100, budget: 50_000})
			if _, err := m.call(t.Context(), 1000, "f", 0); !errors.Is(err, errFuel) || m.fuel() < 50_000 || m.fuel() > 60_000 {
				t.Errorf("fuel: %v after %d units", err, m.fuel())
			}
		})
	}
}

func TestMeterDepth(t *testing.T) {
	tests := map[string]func(b *builder){
		"direct": func(b *builder) { b.fn(0, nil, 0x20, 0, 0x10, 0, end) },
		"mutual": func(b *builder) {
			b.fn(0, nil, 0x20, 0, 0x10, 1, end)
			b.fn(0, nil, 0x20, 0, 0x10, 0, end)
		},
		"indirect": func(b *builder) {
			b.fn(0, nil, 0x20, 0, 0x41, 0, 0x11, 0, 0, end)
			b.add(secElement, 0, 0x41, 0, end, 1, 0)
		},
		"by reference": func(b *builder) {
			b.fn(0, nil, 0x20, 0, 0xd2, 0, 0x14, 0, end)
		},
		"below an indirect call": func(b *builder) {
			b.fn(0, nil, 0x20, 0, 0x41, 0, 0x11, 0, 0, end)
			b.fn(0, nil, 0x20, 0, 0x10, 0, end)
			b.add(secElement, 0, 0x41, 0, end, 1, 1)
		},
		"through a leak": func(b *builder) {
			b.fn(0, nil, 0x1f, void, 1, 2, 0, 0x20, 0, 0x10, 0, end, end)
		},
		// Tail calls with more parameters than registers keep their frames.
		"tail calls": func(b *builder) {
			b.fn(0, nil, join(repeat(9, 0x20, 0), op(0x10, 1), []byte{end})...)
			b.fn(1, nil, join(repeat(9, 0x20, 0), op(0x12, 1), []byte{end})...)
		},
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			b := builder{}
			b.typ([]ValType{I32}, nil)
			b.typ([]ValType{I32, I32, I32, I32, I32, I32, I32, I32, I32}, nil)
			b.add(secTable, byte(FuncRef), 0, 1)
			make(&b)
			b.export("f", KindFunc, 0)
			m := meteredModule(t, b.bytes(), Meter{Exceptions: true}, metered{})
			if _, err := m.call(t.Context(), 500, "f", 0); !errors.Is(err, errDepth) {
				t.Errorf("got %v", err)
			}
			if fuel := m.fuel(); fuel > 500*(100+int64(WeightTry)) {
				t.Errorf("%d units of fuel at a depth of 500", fuel)
			}
		})
	}
}

// TestMeterDepthOfChains has no recursion at all, but calls that are nested as deep as there are functions.
func TestMeterDepthOfChains(t *testing.T) {
	b := builder{}
	b.typ(nil, nil)
	for i := range uint32(4000) {
		b.fn(0, nil, append(op(0x10, i+1), end)...)
	}
	b.fn(0, nil, end)
	b.export("f", KindFunc, 0)
	m := meteredModule(t, b.bytes(), Meter{}, metered{})
	if _, err := m.call(t.Context(), 4000/chainLength+1, "f"); err != nil {
		t.Error(err)
	}
	if _, err := m.call(t.Context(), 4000/chainLength-1, "f"); !errors.Is(err, errDepth) {
		t.Errorf("got %v", err)
	}
}

// TestMeterDepthIsGivenBack leaves recursive functions in every way there is, more often than the depth allows
// to leave any of it behind.
func TestMeterDepthIsGivenBack(t *testing.T) {
	// Every function calls itself until its argument is zero, and then leaves.
	recurse := join(op(0x20, 0), []byte{0x04, void}, op(0x20, 0), i32c(1), []byte{i32sub}, op(0x10, 1), []byte{end})
	tests := map[string][]byte{
		"end":                    recurse,
		"return":                 join(recurse, []byte{0x0f}),
		"branch":                 join(recurse, []byte{0x02, void, 0x0c, 1, end}),
		"branch if":              join(recurse, i32c(1), []byte{0x0d, 0}),
		"branch table":           join(recurse, i32c(1), []byte{0x02, void, 0x41, 1, 0x0e, 1, 0, 1, end, drop}),
		"tail call":              join(recurse, op(0x20, 0), []byte{0x12, 2}),
		"tail call that grows":   join(recurse, repeat(9, 0x20, 0), []byte{0x12, 3}),
		"two calls":              join(op(0x20, 0), []byte{0x04, void}, i32c(0), op(0x10, 1), i32c(0), op(0x10, 1), []byte{end}),
		"caught at the function": join([]byte{0x02, void, 0x1f, void, 1, 2, 1}, recurse, []byte{0x08, 0, end, end}),
		"caught in a block":      join([]byte{0x02, void, 0x1f, void, 1, 2, 0}, recurse, []byte{0x08, 0, end, end}, recurse),
		"caught around a loop": join(i32c(20), op(0x21, 1), countdown(1, join([]byte{0x02, void, 0x1f, void, 1, 2, 0}, op(0x20, 0),
			[]byte{0x04, void}, i32c(0), op(0x10, 1), []byte{0x08, 0, end, end, end})...)),
		"thrown from below": join([]byte{0x02, void, 0x1f, void, 1, 2, 0}, op(0x20, 0), op(0x10, 4), []byte{end, end}),
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			b := builder{}
			b.typ([]ValType{I32}, nil)
			b.typ([]ValType{I32, I32, I32, I32, I32, I32, I32, I32, I32}, nil)
			b.typ(nil, nil)
			b.add(secTag, 0, 2)
			b.fn(0, nil, join(countdown(0, join(i32c(10), op(0x10, 1))...), []byte{end})...)
			b.fn(0, []byte{1, byte(I32)}, append(code, end)...)
			b.fn(0, nil, end)
			b.fn(1, nil, end)
			// Recurses and then throws through all of its frames.
			b.fn(0, nil, join(op(0x20, 0), []byte{0x04, void}, op(0x20, 0), i32c(1), []byte{i32sub}, op(0x10, 4), []byte{end, 0x08, 0, end})...)
			b.export("f", KindFunc, 0)
			m := meteredModule(t, b.bytes(), Meter{Exceptions: true}, metered{})
			if _, err := m.call(t.Context(), 40, "f", 300); err != nil {
				t.Fatal(err)
			}
			if got := int32(m.mod.ExportedGlobal(DepthExport).Get()); got != 40 {
				t.Errorf("depth %d of 40 is left", got)
			}
		})
	}
}

// TestMeterStart has a start function that runs longer than a slice: it must not run before the table is filled.
func TestMeterStart(t *testing.T) {
	b := builder{}
	b.typ(nil, nil)
	b.add(secGlobal, join([]byte{byte(I32), 1}, i32c(0), []byte{end})...)
	b.fn(0, []byte{1, byte(I32)}, join(i32c(10_000), op(0x21, 0), countdown(0), i32c(7), op(0x24, 0), []byte{end})...)
	b.start(0)
	b.export("g", KindGlobal, 0)
	m := meteredModule(t, b.bytes(), Meter{Slice: 50}, metered{slice: 50})
	if got := m.mod.ExportedGlobal("g").Get(); got != 7 || m.slow == 0 {
		t.Errorf("global %d after %d slow paths", got, m.slow)
	}
}

func TestMeterRefuses(t *testing.T) {
	tests := map[string]struct {
		make func(b *builder)
		want string
	}{
		"its own exports": {func(b *builder) { b.export("$meter.f", KindFunc, 0) }, "$meter."},
		"catching":        {func(b *builder) { b.fn(0, nil, 0x1f, void, 1, 2, 0, end, end) }, "exceptions"},
		"waiting": {func(b *builder) {
			b.add(secMemory, 3, 1, 1)
			b.fn(0, nil, 0x41, 0, 0x41, 0, 0x42, 0, 0xfe, 1, 2, 0, drop, end)
		}, "memory.atomic.wait"},
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			b := builder{}
			b.typ(nil, nil)
			b.fn(0, nil, end)
			x.make(&b)
			m, err := Parse(b.bytes(), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Rewrite(Options{}); err != nil {
				t.Errorf("without a meter: %v", err)
			}
			var e *Error
			if _, err = m.Rewrite(Options{Meter: &Meter{}}); !errors.As(err, &e) || !strings.Contains(e.Reason, x.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestMeterLeavesAlone has modules that define no function: there is nothing to meter in them.
func TestMeterLeavesAlone(t *testing.T) {
	m, err := Parse(filler(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Rewrite(Options{Meter: &Meter{}})
	if err != nil || r.Metered || string(r.Bytes) != string(filler()) {
		t.Errorf("metered %t, %v", r.Metered, err)
	}
}

func TestRewriteCapsTables(t *testing.T) {
	b := builder{}
	b.typ([]ValType{I32}, []ValType{I32})
	b.add(secTable, byte(FuncRef), 0, 3)                           // no maximum
	b.add(secTable, byte(FuncRef), 1, 3, 200, 1)                   // a larger one
	b.add(secTable, byte(ExternRef), 1, 3, 5)                      // a smaller one
	b.add(secTable, 0x40, 0, byte(FuncRef), 0, 3, 0xd0, 0x70, end) // no maximum, with an initial value
	for i := range uint32(4) {
		null := byte(FuncRef)
		if i == 2 {
			null = byte(ExternRef)
		}
		b.fn(0, nil, join([]byte{0xd0, null}, op(0x20, 0), []byte{0xfc, 15}, op(byte(i)), []byte{end})...)
		b.export(string(rune('a'+i)), KindFunc, i)
	}
	m, err := Parse(b.bytes(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, meter := range []*Meter{nil, {}} {
		r, err := m.Rewrite(Options{MaxTable: 10, Meter: meter})
		if err != nil {
			t.Fatal(err)
		}
		mod, err := newEngine(t, wazero.NewRuntimeConfig()).plain(t.Context(), r.Bytes, nil)
		if err != nil {
			t.Fatal(err)
		}
		grow := func(name string, n, want int32) {
			t.Helper()
			rs, err := mod.ExportedFunction(name).Call(t.Context(), uint64(uint32(n)))
			if err != nil || api.DecodeI32(rs[0]) != want {
				t.Errorf("%s: growing by %d gave %v, %v; want %d", name, n, rs, err, want)
			}
		}
		for _, name := range []string{"a", "b", "d"} {
			grow(name, 8, -1)
			grow(name, 7, 3)
			grow(name, 1, -1)
		}
		grow("c", 3, -1)
		grow("c", 2, 3)
	}
	var limit *LimitError
	if _, err := m.Rewrite(Options{MaxTable: 2}); !errors.As(err, &limit) || limit.Got != 3 {
		t.Errorf("minimum above the cap: %v", err)
	}
}

func TestRewriteRenamesImports(t *testing.T) {
	b := builder{}
	b.typ(nil, nil)
	b.imp("a", "f", 0, 0)
	b.imp("a", "t", 1, byte(FuncRef), 0, 1)
	b.imp("a", "m", 2, 1, 1, 2)
	b.imp("a", "g", 3, byte(I64), 1)
	b.imp("b", "tag", 4, 0, 0)
	m, err := Parse(b.bytes(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Rewrite(Options{Imports: func(i int, imp Import) (string, string) {
		return "slot", imp.Name + strings.Repeat("!", i*50)
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(r.Bytes, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, imp := range got.Imports() {
		old := m.Imports()[i]
		if imp.Module != "slot" || imp.Name != old.Name+strings.Repeat("!", i*50) {
			t.Errorf("%d is %q %q", i, imp.Module, imp.Name)
		}
		if imp.Kind != old.Kind || !imp.Func.Equal(old.Func) || imp.Table != old.Table || imp.Memory != old.Memory || imp.Global != old.Global {
			t.Errorf("type of %d changed: %+v, was %+v", i, imp, old)
		}
	}
}

// A reference to a function is one to that function, whether it was made before or after a call, or never.
func TestMeterReferences(t *testing.T) {
	b := builder{}
	b.typ(nil, []ValType{I32})
	b.typ([]ValType{I32}, []ValType{I32})
	b.add(secTable, byte(FuncRef), 0, 1)
	b.add(secElement, 3, 0, 2, 0, 1)
	b.fn(0, nil, join(i32c(10), []byte{end})...)
	b.fn(0, nil, join(i32c(20), []byte{end})...)
	choose := func(which byte) []byte {
		// A call that is counted, and right after it the reference, with an index that is longer than it has to be.
		return join(i32c(0), i32c(0), []byte{0x11, 0, 0, drop, 0xd2, 0x80 | which, 0x00, 0x26, 0})
	}
	b.fn(1, nil, join(
		i32c(0), []byte{0xd2, 1, 0x26, 0},
		op(0x20, 0), []byte{0x04, void}, choose(0), []byte{0x05}, choose(1), []byte{0x0c, 0, 0xd2, 0, drop, end},
		i32c(0), []byte{0x11, 0, 0, end})...)
	b.export("pick", KindFunc, 2)
	m := meteredModule(t, b.bytes(), Meter{}, metered{})
	for arg, want := range []uint64{20, 10} {
		if got, err := m.call(t.Context(), DefaultDepth, "pick", uint64(arg)); err != nil || got[0] != want {
			t.Errorf("pick(%d) is %d, %v, want %d", arg, got, err, want)
		}
	}
}
