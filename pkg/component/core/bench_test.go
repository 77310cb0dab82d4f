package core

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
)

// kernels are the modules of testdata/kernels with an argument that makes them run for some ten milliseconds.
var kernels = []struct {
	name string
	n    uint64
}{
	{"fib", 30},
	{"tight", 1e7},
	{"matmul", 5},
	{"sieve", 2},
	{"sha", 20_000},
	{"copy", 100_000},
	{"icall", 5e6},
	{"dcall", 5e6},
	{"interp", 300_000},
	{"heap", 400_000},
}

// variants are the ways to run a kernel.
var variants = []string{"plain", "metered", "closectx"}

func kernel(tb testing.TB, name, variant string) func() uint64 {
	tb.Helper()
	wasm, err := os.ReadFile(filepath.Join("testdata", "kernels", name+".wasm"))
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(tb.Context())
	tb.Cleanup(cancel)
	e := newEngine(tb, wazero.NewRuntimeConfig().WithCloseOnContextDone(variant == "closectx"))
	n := kernels[slices.IndexFunc(kernels, func(k struct {
		name string
		n    uint64
	},
	) bool {
		return k.name == name
	})].n
	check := func(out []uint64, err error) uint64 {
		if err != nil {
			tb.Fatal(err)
		}
		return out[0]
	}
	if variant == "metered" {
		m, err := Parse(wasm, Limits{})
		if err != nil {
			tb.Fatal(err)
		}
		r, err := m.Rewrite(Options{Meter: &Meter{}})
		if err != nil {
			tb.Fatal(err)
		}
		run, err := e.metered(ctx, r, metered{}, nil)
		if err != nil {
			tb.Fatal(err)
		}
		return func() uint64 { return check(run.call(ctx, DefaultDepth, "run", n)) }
	}
	mod, err := e.plain(ctx, wasm, nil)
	if err != nil {
		tb.Fatal(err)
	}
	f := mod.ExportedFunction("run")
	return func() uint64 { return check(f.Call(ctx, n)) }
}

func BenchmarkKernels(b *testing.B) {
	for _, variant := range variants {
		for _, k := range kernels {
			b.Run(variant+"/"+k.name, func(b *testing.B) {
				run := kernel(b, k.name, variant)
				run()
				for b.Loop() {
					run()
				}
			})
		}
	}
}

// BenchmarkRatios runs the variants of each kernel in turn, so that what else the machine does hits all of them,
// and reports the ratio of their fastest runs to plain's.
func BenchmarkRatios(b *testing.B) {
	for _, k := range kernels {
		b.Run(k.name, func(b *testing.B) {
			runs := make([]func() uint64, len(variants))
			best := make([]time.Duration, len(variants))
			for i, v := range variants {
				runs[i], best[i] = kernel(b, k.name, v), time.Hour
				runs[i]()
			}
			for b.Loop() {
				for i, run := range runs {
					start := time.Now()
					run()
					best[i] = min(best[i], time.Since(start))
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(best[0].Microseconds())/1000, "plain-ms")
			for i := 1; i < len(variants); i++ {
				b.ReportMetric(float64(best[i])/float64(best[0]), variants[i]+"/plain")
			}
		})
	}
}

func TestKernelsComputeTheSame(t *testing.T) {
	for _, k := range kernels {
		t.Run(k.name, func(t *testing.T) {
			if plain, got := kernel(t, k.name, "plain")(), kernel(t, k.name, "metered")(); got != plain {
				t.Errorf("metered %d, plain %d", got, plain)
			}
		})
	}
}
