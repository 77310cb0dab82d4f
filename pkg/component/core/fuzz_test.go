package core

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// logged is where the generated modules' log goes.
type logged struct{}

// env instantiates what generated modules import.
func (e *engine) env(tb testing.TB) experimental.ImportResolver {
	ctx := tb.Context()
	c, err := e.r.NewHostModuleBuilder("env").NewFunctionBuilder().
		WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
			out := ctx.Value(logged{}).(*strings.Builder)
			fmt.Fprintf(out, "log %d\n", uint32(stack[0]))
		}), []api.ValueType{api.ValueTypeI32}, nil).Export("log").Compile(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	mod, err := e.r.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		tb.Fatal(err)
	}
	return func(string) api.Module { return mod }
}

// trap is an error without its stack trace, which names functions and offsets.
func trap(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\nwasm stack trace")
	return strings.TrimSuffix(s, " (recovered by wazero)")
}

// observe calls every function of a generated module once and writes down all that can be seen. A trap ends it:
// nothing runs after one.
func observe(m *Module, mod api.Module, start bool, call func(ctx context.Context, name string, args ...uint64) ([]uint64, error)) string {
	var out strings.Builder
	ctx := context.WithValue(context.Background(), logged{}, &out)
	show := func(name string, f FuncType, args ...uint64) bool {
		rs, err := call(ctx, name, args...)
		if err != nil {
			fmt.Fprintf(&out, "%s: %s\n", name, trap(err))
			return false
		}
		for i, r := range rs {
			switch t := f.Results[i]; {
			case t == F32 && math.IsNaN(float64(api.DecodeF32(r))), t == F64 && math.IsNaN(api.DecodeF64(r)):
				fmt.Fprintf(&out, "%s: NaN\n", name)
			case t == I32 || t == F32:
				fmt.Fprintf(&out, "%s: %#x\n", name, uint32(r))
			default:
				fmt.Fprintf(&out, "%s: %#x\n", name, r)
			}
		}
		return true
	}
	ok := !start || show(StartExport, FuncType{})
	for _, e := range m.Exports() {
		if e.Kind != KindFunc || !ok {
			continue
		}
		mod.ExportedGlobal("g0").(api.MutableGlobal).Set(60) // gas
		f, _ := m.FuncTypeOf(e.Index)
		args := make([]uint64, len(f.Params))
		for i, t := range f.Params {
			switch t {
			case F32:
				args[i] = api.EncodeF32(1.5)
			case F64:
				args[i] = api.EncodeF64(-2.25)
			default:
				args[i] = uint64(i + 3)
			}
		}
		ok = show(e.Name, f, args...)
	}
	memory, _ := mod.ExportedMemory("memory").Read(0, mod.ExportedMemory("memory").Size())
	sum := sha256.Sum256(memory)
	fmt.Fprintf(&out, "memory %d %s\n", len(memory), hex.EncodeToString(sum[:8]))
	for _, e := range m.Exports() {
		if e.Kind == KindGlobal {
			v := mod.ExportedGlobal(e.Name).Get()
			if e.Name == "g3" && math.IsNaN(api.DecodeF64(v)) {
				v = 0
			}
			fmt.Fprintf(&out, "%s %#x\n", e.Name, v)
		}
	}
	return out.String()
}

// exact is a meter that charges every instruction on its own, to compare the real one with: it cannot charge
// what does not run. What is charged by length it leaves out.
func exact(t testing.TB, m *Module) *Rewritten {
	t.Helper()
	p := &plan{m: m, o: Meter{Slice: DefaultSlice, Depth: DefaultDepth}, graph: m.callGraph(), bodies: make([]bodyPlan, len(m.bodies))}
	p.graph.leaks = false
	w := &meterWalk{plan: p, parser: parser{reader: reader{b: m.wasm}, m: m, limits: DefaultLimits()}}
	for i := range m.bodies {
		f, b := &m.bodies[i], &p.bodies[i]
		w.parser.pos, w.parser.end = f.code.start, f.code.end
		b.ins.start = len(p.ins)
		depth := 1
		for depth > 0 {
			at := w.parser.pos
			c := w.parser.instr(&w.parser.code.in)
			switch c.role {
			case roleOpen:
				depth++
			case roleEnd:
				depth--
			}
			weight := c.weight
			if c.imm == immFunc && c.role != roleNone && int(w.parser.code.in.index) < m.imported.funcs {
				weight += WeightImport
			}
			if weight > 0 {
				p.points = append(p.points, point{cost: weight, parent: none})
				w.insert(at, insCharge, len(p.points)-1)
			}
		}
		b.ins.end = len(p.ins)
	}
	out := &writer{m: m, plan: p}
	if err := out.module(); err != nil {
		t.Fatal(err)
	}
	return &Rewritten{Bytes: out.out, Metered: true, Start: m.hasStart}
}

// differential runs a generated module plain and metered, with several slices, and compares.
func differential(t *testing.T, data []byte, eh bool) {
	t.Helper()
	wasm := generate(data, eh)
	m, err := Parse(wasm, Limits{})
	if err != nil {
		t.Fatalf("%v\n% x", err, wasm)
	}
	ctx := t.Context()
	e := newEngine(t, wazero.NewRuntimeConfig())
	env := e.env(t)
	mod, err := e.plain(context.WithValue(ctx, logged{}, &strings.Builder{}), stripStart(t, m), env)
	if err != nil {
		t.Fatalf("%v\n% x", err, wasm)
	}
	want := observe(m, mod, m.HasStart(), func(ctx context.Context, name string, args ...uint64) ([]uint64, error) {
		return mod.ExportedFunction(name).Call(ctx, args...)
	})
	run := func(r *Rewritten, slice int64) (string, int64) {
		start := r.Start
		r = &Rewritten{Bytes: r.Bytes, Metered: true}
		x, err := e.metered(ctx, r, metered{slice: slice}, env)
		if err != nil {
			t.Fatalf("%v\n% x", err, wasm)
		}
		got := observe(m, x.mod, start, func(ctx context.Context, name string, args ...uint64) ([]uint64, error) {
			return x.call(ctx, DefaultDepth, name, args...)
		})
		return got, x.fuel()
	}
	lower, least := run(exact(t, m), 1<<40)
	if lower != want {
		t.Fatalf("counting instructions:\n%s\nplain:\n%s\n% x", lower, want, wasm)
	}
	var fuel int64
	for i, slice := range []int64{DefaultSlice, 100, 7} {
		r, err := m.Rewrite(Options{Meter: &Meter{Slice: slice, Exceptions: true}})
		if err != nil {
			t.Fatal(err)
		}
		got, used := run(r, slice)
		if got != want {
			t.Fatalf("slice %d, metered:\n%s\nplain:\n%s\n% x", slice, got, want, wasm)
		}
		if i == 0 {
			fuel = used
		}
		if used != fuel {
			t.Fatalf("slice %d: %d units of fuel, %d with the default\n% x", slice, used, fuel, wasm)
		}
	}
	if fuel < least {
		t.Fatalf("%d units of fuel for at least %d\n% x", fuel, least, wasm)
	}
}

// stripStart is the module with its start function exported, as metering has it.
func stripStart(t testing.TB, m *Module) []byte {
	t.Helper()
	if !m.HasStart() {
		return m.wasm
	}
	w := bytes.Clone(m.wasm)
	s, x := m.section(secStart), m.section(secExport)
	r := reader{b: w, pos: x.body.start, end: x.body.end}
	n := r.u32()
	content := appendU32(nil, n+1)
	content = append(content, w[r.pos:x.body.end]...)
	content = appendU32(append(appendName(content, StartExport), byte(KindFunc)), m.start)
	out := slices.Concat(w[:x.all.start], []byte{byte(secExport)}, appendU32(nil, uint32(len(content))), content)
	return slices.Concat(out, w[x.all.end:s.all.start], w[s.all.end:])
}

func FuzzMeterDifferential(f *testing.F) {
	f.Add([]byte("seed"), false)
	f.Add(bytes.Repeat([]byte{3, 10, 1, 16, 9, 4, 22}, 40), false)
	f.Add(bytes.Repeat([]byte{23, 1, 16, 7, 10, 2}, 40), true)
	f.Fuzz(differential)
}

// TestMeterDifferential runs the fuzz target on random bytes, so that each test run covers new ground.
func TestMeterDifferential(t *testing.T) {
	n := 150
	if testing.Short() {
		n = 20
	}
	for range n {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("%#x", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			data := make([]byte, r.IntN(3000))
			for i := range data {
				data[i] = byte(r.Uint32())
			}
			differential(t, data, seed%4 == 0)
		})
	}
}

// FuzzParse checks that Parse takes what wazero takes, and that both read it the same.
func FuzzParse(f *testing.F) {
	f.Add(filler())
	f.Add(generate([]byte("seed"), true))
	f.Add(generate(bytes.Repeat([]byte{3, 10, 1, 16, 9, 4, 22}, 40), false))
	for _, m := range opcodeModules() {
		f.Add(m.wasm)
	}
	r := newRuntime(f)
	f.Fuzz(func(t *testing.T, wasm []byte) {
		if len(wasm) > 1<<16 {
			return
		}
		agree(t, r, wasm)
		m, err := Parse(wasm, Limits{})
		if err != nil {
			return
		}
		out, err := m.Rewrite(Options{KeepCustom: true})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes, wasm) {
			t.Fatal("rewriting without options changed the module")
		}
	})
}
