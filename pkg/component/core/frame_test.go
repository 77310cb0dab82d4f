package core

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// overflow is the size from which wazero refuses to let a stack grow, having doubled it from 10 KiB.
const overflow = 50_000_000

// TestFrame holds the estimate of a frame against what the engine makes of it: functions that call themselves until
// wazero's stack is full, which says how much of it one of them took.
func TestFrame(t *testing.T) {
	if testing.Short() {
		t.Skip("fills stacks of a hundred megabytes")
	}
	get, set := func(l uint32) []byte { return op(0x20, l) }, func(l uint32) []byte { return op(0x21, l) }
	add := []byte{0x7c}
	value := func(i int) []byte { return join(get(0), []byte{0x42}, appendS64(nil, int64(i)), add) }
	self := join(get(0), op(0x10, 1))
	times := func(n int, code func(i int) []byte) []byte {
		var out []byte
		for i := range n {
			out = append(out, code(i)...)
		}
		return out
	}
	// The functions take an i64 and give one, and have 200 locals.
	tests := map[string][]byte{
		"little":   join(get(0), self, add),
		"operands": join(times(2000, value), self, bytes.Repeat(add, 2000)),
		"locals": join(times(200, func(i int) []byte { return join(value(i), set(1+uint32(i))) }), self,
			times(200, func(i int) []byte { return join(get(1+uint32(i)), add) })),
		"locals again and again": join(times(20, func(int) []byte {
			return join(times(200, func(i int) []byte { return join(value(i), set(1+uint32(i))) }), op(0x10, 0),
				times(199, func(i int) []byte { return join(get(1+uint32(i)), get(2+uint32(i)), add, set(2+uint32(i))) }))
		}), self, times(200, func(i int) []byte { return join(get(1+uint32(i)), add) })),
		"meetings": join(times(200, func(i int) []byte { return join(value(i), set(1+uint32(i))) }),
			times(30, func(int) []byte {
				return join(get(0), []byte{0xa7, 0x04, void}, times(200, func(i int) []byte {
					return join(get(1+uint32(i)), value(i), add, set(1+uint32(i)))
				}), []byte{end}, op(0x10, 0))
			}), self, times(200, func(i int) []byte { return join(get(1+uint32(i)), add) })),
		"loops": join(times(30, func(int) []byte {
			return join([]byte{0x03, void}, times(200, func(i int) []byte {
				return join(get(1+uint32(i)), value(i), add, set(1+uint32(i)))
			}), op(0x10, 0), get(1), []byte{0x50, 0x0d, 0, end})
		}), self, times(200, func(i int) []byte { return join(get(1+uint32(i)), add) })),
		"nested meetings": join(
			bytes.Repeat([]byte{0x02, void}, 60), times(200, func(i int) []byte { return join(value(i), set(1+uint32(i))) }),
			times(60, func(n int) []byte {
				return join(op(0x10, 0), get(0), []byte{0xa7}, op(0x0d, 0), times(200, func(i int) []byte {
					return join(get(1+uint32(i)), value(n), add, set(1+uint32(i)))
				}), []byte{end})
			}), self, times(200, func(i int) []byte { return join(get(1+uint32(i)), add) })),
		"loads": join(times(1000, func(i int) []byte {
			return join(get(0), []byte{0xa7, 0x29, 3}, appendU32(nil, uint32(i)*8))
		}), self, bytes.Repeat(add, 1000)),
		"results": join(times(100, func(int) []byte { return join(get(0), op(0x10, 2)) }), self, bytes.Repeat(add, 3000-1+1)),
		"vectors": join(times(500, func(int) []byte { return join(get(0), []byte{0xfd, 0x12}) }), self, []byte{0xfd, 0x12},
			bytes.Repeat([]byte{0xfd, 0xce, 1}, 500), []byte{0xfd, 0x1d, 0}),
	}
	// Each of ten paths has called, and passes on all globals as it found them then.
	tests["globals"] = join(bytes.Repeat([]byte{0x02, void}, 11),
		times(10, func(i int) []byte {
			return join(op(0x10, 0), get(0), []byte{0xa7}, op(0x0d, uint32(10-i)), []byte{end})
		}), []byte{end},
		times(100, func(i int) []byte { return op(0x23, uint32(i)) }), bytes.Repeat(add, 99), self, add)
	for name, code := range tests {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			b := builder{}
			many := make([]ValType, 30)
			for i := range many {
				many[i] = I64
			}
			b.typ([]ValType{I64}, []ValType{I64})
			b.typ(nil, nil)
			b.typ([]ValType{I64}, many)
			b.imp("host", "tick", 0, 1)
			b.add(secMemory, 0, 1)
			for range 100 {
				b.add(secGlobal, byte(I64), 1, 0x42, 0, end)
			}
			b.fn(0, []byte{0xc8, 1, byte(I64)}, append(code, end)...)
			b.fn(2, nil, join(op(0x10, 0), bytes.Repeat(get(0), 30), []byte{end})...)
			b.export("f", KindFunc, 1)
			ticks := 0
			e := newEngine(t, wazero.NewRuntimeConfig())
			host, err := e.r.NewHostModuleBuilder("host").NewFunctionBuilder().WithFunc(func() { ticks++ }).Export("tick").Compile(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			mod, err := e.r.InstantiateModule(t.Context(), host, wazero.NewModuleConfig().WithName(""))
			if err != nil {
				t.Fatal(err)
			}
			p, err := Parse(b.bytes(), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Rewrite(Options{Meter: &Meter{Depth: math.MaxInt32}})
			if err != nil {
				t.Fatal(err)
			}
			m, err := e.metered(t.Context(), r, metered{}, func(string) api.Module { return mod })
			if err != nil {
				t.Fatal(err)
			}
			weight := p.callGraph().weight(0)
			_, err = m.call(t.Context(), math.MaxInt32, "f", 1)
			if err == nil || !strings.Contains(err.Error(), "stack overflow") {
				t.Fatal(err)
			}
			left := int32(m.mod.ExportedGlobal(DepthExport).Get())
			calls := (math.MaxInt32 - int64(left)) / int64(weight)
			least := overflow / (calls + 1)
			estimate := int64(p.bodies[0].frame) * 8
			if estimate < least {
				t.Errorf("%d calls: frames of at least %d bytes are estimated to be %d", calls, least, estimate)
			}
		})
	}
}
