package core

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
)

func repeat(n int, code ...byte) []byte { return bytes.Repeat(code, n) }

// one is a module with one function of one group of i32 locals.
func one(locals uint32, code []byte) []byte {
	b := builder{}
	b.typ(nil, nil)
	b.add(secFunction, 0)
	body := join([]byte{1}, appendU32(nil, locals), []byte{byte(I32)}, code, []byte{0x0b})
	b.add(secCode, append(appendU32(nil, uint32(len(body))), body...)...)
	return b.bytes()
}

func made(f func(b *builder)) []byte {
	b := builder{}
	f(&b)
	return b.bytes()
}

// bombs are modules that are out of proportion to what an engine makes of them, with the limit that each meets.
func bombs() map[string][]byte {
	many := func(id sectionID, n uint32, item ...byte) []byte {
		return made(func(b *builder) {
			b.typ(nil, nil)
			b.add(secTable, byte(FuncRef), 0, 0)
			b.counts[id] += n
			b.sections[id] = append(b.sections[id], repeat(int(n), item...)...)
		})
	}
	return map[string][]byte{
		"locals":                    one(100_000_000, nil),
		"loops":                     one(0, repeat(1_001, 0x03, 0x40, 0x0b)),
		"locals times nested loops": one(300, join(repeat(50, 0x03, 0x40), repeat(50, 0x0b))),
		"locals times branches":     one(1_900, repeat(600, 0x02, 0x40, 0x0b)),
		"branches":                  one(1, repeat(20_001, 0x02, 0x40, 0x0b)),
		"nested blocks":             one(0, join(repeat(2_000, 0x02, 0x40), repeat(2_000, 0x0b))),
		"branch table labels":       one(0, join([]byte{0x41, 0, 0x0e}, appendU32(nil, 10_001), make([]byte, 10_002))),
		"body bytes":                one(0, repeat(1<<20, 0x01)),
		"types":                     many(secType, 10_001, 0x60, 0, 0),
		"parameters":                made(func(b *builder) { b.typ(make([]ValType, 1_001), nil) }),
		"results":                   made(func(b *builder) { b.typ(nil, make([]ValType, 1_001)) }),
		"imports":                   many(secImport, 10_001, 0, 0, 0, 0),
		"functions":                 many(secFunction, 100_001, 0),
		"globals":                   many(secGlobal, 10_001, byte(I32), 0, 0x41, 0, 0x0b),
		"tables":                    many(secTable, 1_001, byte(FuncRef), 0, 0),
		"tags":                      many(secTag, 1_001, 0, 0),
		"exports":                   many(secExport, 10_001, 0, 0, 0),
		"element segments":          many(secElement, 100_001, 1, 0, 0),
		"elements":                  made(func(b *builder) { b.add(secElement, append([]byte{1, 0}, appendU32(nil, 1_000_001)...)...) }),
		"table elements":            made(func(b *builder) { b.add(secTable, append([]byte{byte(FuncRef), 0}, appendU32(nil, 1<<27)...)...) }),
		"memory pages":              made(func(b *builder) { b.add(secMemory, append([]byte{0}, appendU32(nil, 1<<16)...)...) }),
		"data segments":             many(secData, 100_001, 1, 0),
		// A thousand blocks that are left early, after six thousand loads, each of the address that the one before it loaded.
		"addresses times branches": made(func(b *builder) {
			b.typ(nil, nil)
			b.add(secMemory, 0, 1)
			b.fn(0, []byte{1, byte(I32)}, join(op(0x20, 0), repeat(6_000, 0x28, 2, 0), op(0x21, 0),
				repeat(1_000, 0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b), []byte{0x0b})...)
		}),
		"values passed": made(func(b *builder) {
			b.typ(nil, slices.Repeat([]ValType{I32}, 999))
			b.typ(nil, nil)
			b.fn(0, nil, append(repeat(999, 0x41, 0), 0x0b)...)
			b.fn(1, nil, append(repeat(600, 0x02, 0x40, 0x10, 0, 0x0c, 0, 0x0b), 0x0b)...)
		}),
		"values passed in all": made(func(b *builder) {
			b.typ(nil, slices.Repeat([]ValType{I32}, 999))
			b.typ(nil, nil)
			b.fn(0, nil, append(repeat(999, 0x41, 0), 0x0b)...)
			for range 50 {
				b.fn(1, nil, append(repeat(450, 0x02, 0x40, 0x10, 0, 0x0c, 0, 0x0b), 0x0b)...)
			}
		}),
		"globals times calls":        made(func(b *builder) { calling(b, 1, 60) }),
		"globals times calls in all": made(func(b *builder) { calling(b, 60, 40) }),
	}
}

// calling is so many functions that call so often, in a module of ten thousand globals that can change.
func calling(b *builder, functions, calls int) {
	b.typ(nil, nil)
	b.counts[secGlobal] = 10_000
	b.sections[secGlobal] = repeat(10_000, byte(I32), 1, 0x41, 0, 0x0b)
	for range functions {
		b.fn(0, nil, append(repeat(calls, 0x10, 0), 0x0b)...)
	}
}

func TestBombsMeetLimits(t *testing.T) {
	for name, wasm := range bombs() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Parse(wasm, Limits{})
			runtime.ReadMemStats(&after)
			var limit *LimitError
			if !errors.As(err, &limit) || limit.Name != name || limit.Got <= limit.Limit {
				t.Errorf("got %v", err)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64*uint64(len(wasm))+1<<16 {
				t.Errorf("allocated %d bytes for a module of %d", grown, len(wasm))
			}
		})
	}
}

// TestCountsAreNotBelieved declares vectors that are not there.
func TestCountsAreNotBelieved(t *testing.T) {
	for id := secType; id <= secTag; id++ {
		if id == secStart || id == secDataCount {
			continue
		}
		wasm := append([]byte(preamble), byte(id), 5)
		wasm = append(wasm, appendU32(nil, math.MaxUint32)...)
		allocs := testing.AllocsPerRun(1, func() {
			if _, err := Parse(wasm, Limits{
				Types: math.MaxUint64, Imports: math.MaxUint64, Functions: math.MaxUint64,
				Tables: math.MaxUint64, Tags: math.MaxUint64, Globals: math.MaxUint64, Exports: math.MaxUint64,
				Segments: math.MaxUint64, DataSegments: math.MaxUint64,
			}); err == nil {
				t.Errorf("%v: no error", id)
			}
		})
		if allocs > 20 {
			t.Errorf("%v: %v allocations", id, allocs)
		}
	}
}

// A function that code refers to counts as a global, once.
func TestReferencesAreLimited(t *testing.T) {
	refer := func(functions uint32) []byte {
		return made(func(b *builder) {
			b.typ(nil, nil)
			elems := appendU32([]byte{3, 0}, functions)
			var code []byte
			for f := range functions {
				elems = appendU32(elems, f)
				ref := append(appendU32([]byte{byte(opRefFunc)}, f), 0x1a)
				code = append(append(code, ref...), ref...)
			}
			b.add(secElement, elems...)
			for range functions - 1 {
				b.fn(0, nil, 0x0b)
			}
			b.fn(0, nil, append(code, 0x0b)...)
		})
	}
	if _, err := Parse(refer(10_000), Limits{}); err != nil {
		t.Error(err)
	}
	var e *LimitError
	if _, err := Parse(refer(10_001), Limits{}); !errors.As(err, &e) || e.Name != "globals" {
		t.Errorf("got %v", err)
	}
}

func TestLimitsZeroIsDefault(t *testing.T) {
	if got, want := DefaultLimits(), (Limits{}).filled(); got != want || got.Bytes != 64<<20 {
		t.Errorf("got %+v", got)
	}
	if _, err := Parse(make([]byte, 100), Limits{Bytes: 99}); err == nil {
		t.Error("limit on bytes is not held")
	}
}
