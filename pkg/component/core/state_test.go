package core

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// data is a module with a memory of two pages, active segments of which the third covers part of the first, a passive
// one, and code that the test may add.
func data(change func(b *builder)) []byte {
	b := &builder{}
	b.add(secMemory, 0, 2)
	b.export("memory", KindMemory, 0)
	b.add(secData, join([]byte{0}, i32c(16), []byte{0x0b, 4}, []byte("abcd"))...)
	b.add(secData, join([]byte{1, 3}, []byte("xyz"))...)
	b.add(secData, join([]byte{2, 0}, i32c(18), []byte{0x0b, 4}, []byte("efgh"))...)
	b.add(secData, join([]byte{0}, i32c(65536*2-1), []byte{0x0b, 1}, []byte("!"))...)
	if change != nil {
		change(b)
	}
	return b.bytes()
}

func parsed(t *testing.T, wasm []byte) *Module {
	t.Helper()
	m, err := Parse(wasm, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// usesData adds code that refers to the passive segment, and to an active one: init(d) copies three bytes of segment d
// to 32.
func usesData(b *builder) {
	b.counts[secDataCount] = 4
	b.typ(nil, nil)
	for d, name := range []string{"active", "passive"} {
		code := join(i32c(32), i32c(0), i32c(3), []byte{0xfc, 8, byte(d), 0, 0x0b})
		b.export(name, KindFunc, b.fn(0, nil, code...))
	}
}

// With the image in its memory, a module without it is the module as it was.
func TestImage(t *testing.T) {
	for name, change := range map[string]func(b *builder){"unused": nil, "used": usesData} {
		t.Run(name, func(t *testing.T) {
			wasm := data(change)
			m := parsed(t, wasm)
			segments, ok := m.Image()
			if !ok || len(segments) != 3 {
				t.Fatal(segments, ok)
			}
			r, err := m.Rewrite(Options{NoImage: true})
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(r.Bytes, []byte("abcd")) {
				t.Error("the data is still there")
			}
			e := newEngine(t, wazero.NewRuntimeConfig())
			plain, err := e.plain(t.Context(), wasm, nil)
			if err != nil {
				t.Fatal(err)
			}
			without, err := e.plain(t.Context(), r.Bytes, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range segments {
				without.Memory().Write(s.Offset, s.Data)
			}
			same(t, plain, without)
			if name == "unused" {
				if bytes.Contains(r.Bytes, []byte("xyz")) {
					t.Error("a segment that nothing refers to is still there")
				}
				return
			}
			for _, mod := range []api.Module{plain, without} {
				if _, err := mod.ExportedFunction("passive").Call(t.Context()); err != nil {
					t.Error(err)
				}
			}
			same(t, plain, without)
			// An active segment is dropped when it has been applied, so that using it traps.
			if _, err := without.ExportedFunction("active").Call(t.Context()); err == nil {
				t.Error("an active segment can be used")
			}
		})
	}
}

func same(t *testing.T, a, b api.Module) {
	t.Helper()
	x, _ := a.Memory().Read(0, a.Memory().Size())
	y, _ := b.Memory().Read(0, b.Memory().Size())
	if !bytes.Equal(x, y) {
		t.Error("the memories differ")
	}
}

func TestNoImage(t *testing.T) {
	global := func(b *builder) {
		b.add(secGlobal, join([]byte{byte(I32), 0}, i32c(8), []byte{0x0b})...)
	}
	for name, wasm := range map[string][]byte{
		"no memory": (&builder{}).bytes(),
		"imported memory": func() []byte {
			b := &builder{}
			b.imp("m", "m", 2, 0, 1)
			b.add(secData, join([]byte{0}, i32c(0), []byte{0x0b, 1, 1})...)
			return b.bytes()
		}(),
		"shared memory": func() []byte {
			b := &builder{}
			b.add(secMemory, 3, 1, 1)
			return b.bytes()
		}(),
		"computed offset": data(func(b *builder) {
			global(b)
			b.add(secData, 0, 0x23, 0, 0x0b, 1, 1)
		}),
		"sum as offset": data(func(b *builder) {
			b.add(secData, join([]byte{0}, i32c(1), i32c(2), []byte{0x6a, 0x0b, 1, 1})...)
		}),
		"ends outside": data(func(b *builder) { b.add(secData, join([]byte{0}, i32c(65536*2-1), []byte{0x0b, 2, 1, 1})...) }),
		"starts far outside": data(func(b *builder) {
			b.add(secData, join([]byte{0}, i32c(-1), []byte{0x0b, 0})...)
		}),
	} {
		if s, ok := parsed(t, wasm).Image(); ok {
			t.Errorf("%s: has an image of %d segments", name, len(s))
		}
	}
}

// The mutable globals that a module defines can be read and set by the names that State gives, in a metered module and
// in one without code.
func TestState(t *testing.T) {
	for name, code := range map[string]bool{"code": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			b := &builder{}
			b.add(secGlobal, join([]byte{byte(I32), 1}, i32c(-7), []byte{0x0b})...)
			b.add(secGlobal, join([]byte{byte(I32), 0}, i32c(1), []byte{0x0b})...)
			b.add(secGlobal, join([]byte{byte(I64), 1}, i64c(1<<40), []byte{0x0b})...)
			b.add(secGlobal, byte(F64), 1, 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0x0b)
			if code {
				b.typ(nil, nil)
				b.export("set", KindFunc, b.fn(0, nil, join(i32c(5), []byte{0x24, 0, 0x0b})...))
			}
			m := parsed(t, b.bytes())
			names, ok := m.State()
			if !ok || len(names) != 3 {
				t.Fatal(names, ok)
			}
			r, err := m.Rewrite(Options{State: true, Meter: &Meter{}})
			if err != nil {
				t.Fatal(err)
			}
			mod, err := newEngine(t, wazero.NewRuntimeConfig()).plain(t.Context(), r.Bytes, nil)
			if err != nil {
				t.Fatal(err)
			}
			if code {
				if _, err := mod.ExportedFunction("set").Call(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range []uint64{api.EncodeI32(map[bool]int32{true: 5, false: -7}[code]), 1 << 40, 0x7ff8 << 48} {
				g, ok := mod.ExportedGlobal(names[i]).(api.MutableGlobal)
				if !ok {
					t.Fatalf("%s cannot be set", names[i])
				}
				if got := g.Get(); got != want {
					t.Errorf("%s is %#x, want %#x", names[i], got, want)
				}
				g.Set(9)
				if got := g.Get(); got != 9 {
					t.Errorf("%s is %#x after it was set", names[i], got)
				}
			}
		})
	}
}

// Names that look like those of State are refused, in a module without code as well.
func TestStateNames(t *testing.T) {
	b := &builder{}
	b.add(secGlobal, join([]byte{byte(I32), 1}, i32c(-7), []byte{0x0b})...)
	b.export("$meter.g0", KindGlobal, 0)
	var e *Error
	if _, err := parsed(t, b.bytes()).Rewrite(Options{State: true, Meter: &Meter{}}); !errors.As(err, &e) || e.Section != "export" {
		t.Errorf("got %v", err)
	}
	if _, err := parsed(t, b.bytes()).Rewrite(Options{Meter: &Meter{}}); err != nil {
		t.Errorf("nothing is added: %v", err)
	}
}

// Whatever else a module's code can change makes it one whose state is unknown.
func TestUnknownState(t *testing.T) {
	table := func(code ...byte) []byte {
		b := &builder{}
		b.typ(nil, nil)
		b.add(secTable, byte(FuncRef), 1, 2, 4)
		b.raw(secElement, 1, 3, 0, 0)
		b.raw(secData, 1, 1, 1, 1)
		b.counts[secDataCount] = 1
		b.add(secMemory, 0, 1)
		b.fn(0, nil, append(code, 0x0b)...)
		return b.bytes()
	}
	zero, null := i32c(0), []byte{0xd0, 0x70}
	for name, wasm := range map[string][]byte{
		"table.set":  table(join(zero, null, []byte{0x26, 0})...),
		"table.grow": table(join(null, zero, []byte{0xfc, 15, 0, 0x1a})...),
		"table.fill": table(join(zero, null, zero, []byte{0xfc, 17, 0})...),
		"table.copy": table(join(zero, zero, zero, []byte{0xfc, 14, 0, 0})...),
		"table.init": table(join(zero, zero, zero, []byte{0xfc, 12, 0, 0})...),
		"elem.drop":  table(0xfc, 13, 0),
		"data.drop":  table(0xfc, 9, 0),
		"v128 global": func() []byte {
			b := &builder{}
			b.add(secGlobal, join([]byte{byte(V128), 1, 0xfd, 12}, make([]byte, 16), []byte{0x0b})...)
			return b.bytes()
		}(),
		"funcref global": func() []byte {
			b := &builder{}
			b.add(secGlobal, byte(FuncRef), 1, 0xd0, 0x70, 0x0b)
			return b.bytes()
		}(),
		"shared memory": func() []byte {
			b := &builder{}
			b.add(secMemory, 3, 1, 1)
			return b.bytes()
		}(),
	} {
		if names, ok := parsed(t, wasm).State(); ok {
			t.Errorf("%s: %v are all of its state", name, names)
		}
	}
	for name, wasm := range map[string][]byte{
		"table.get":   table(join(zero, []byte{0x25, 0, 0x1a})...),
		"table.size":  table(0xfc, 16, 0, 0x1a),
		"memory.init": table(join(zero, zero, zero, []byte{0xfc, 8, 0, 0})...),
		"memory.grow": table(join(zero, []byte{0x40, 0, 0x1a})...),
	} {
		if _, ok := parsed(t, wasm).State(); !ok {
			t.Errorf("%s changes what it does not", name)
		}
	}
}
