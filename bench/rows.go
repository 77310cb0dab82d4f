package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	wz "github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"astrid/bench/wasmtime"
	"astrid/pkg/component"
	"astrid/pkg/component/binary"
)

// The columns.
const (
	ours      = "astrid"
	capi      = "wasmtime, C API"
	goback    = "wasmtime, Go callback"
	rustapi   = "wasmtime, typed Rust"
	fuelled   = "wasmtime, fuel"
	unmetered = "wazero, unmetered"
	empty     = "a program that exits"
)

// bench builds the rows, on components that are compiled once.
type bench struct {
	options
	engine *wasmtime.Engine
	dir    string
	rows   []*row
	close  []func()
}

func allRows(ctx context.Context, o options) ([]*row, func(), error) {
	b := &bench{options: o, engine: wasmtime.NewEngine()}
	dir, remove, err := tempDir()
	if err != nil {
		return nil, nil, err
	}
	b.dir, b.close = dir, []func(){remove}
	done := func() {
		for _, f := range slices.Backward(b.close) {
			f()
		}
	}
	small := filepath.Join(o.root, "testdata", "capsules", "bench", "bench.wasm")
	if err := b.component(ctx, small, "small"); err != nil {
		done()
		return nil, nil, err
	}
	if o.js != "" {
		if err := b.component(ctx, o.js, "JS"); err != nil {
			done()
			return nil, nil, err
		}
	}
	if err := b.kernels(ctx); err != nil {
		done()
		return nil, nil, err
	}
	if err := b.processes(ctx); err != nil {
		done()
		return nil, nil, err
	}
	order := []string{groupCall, groupInstance, groupCompile, groupProcess, groupThroughput, groupMemory, groupCompute}
	slices.SortStableFunc(b.rows, func(x, y *row) int { return slices.Index(order, x.group) - slices.Index(order, y.group) })
	return b.rows, done, nil
}

// The groups, in the order of the table.
const (
	groupCall       = "a call"
	groupInstance   = "an instance and its first call"
	groupCompile    = "a component, compiled and linked"
	groupThroughput = "throughput"
	groupProcess    = "a process"
	groupMemory     = "peak memory of a process"
	groupCompute    = "guest code"
)

func (b *bench) add(group, name string, subjects ...*subject) *row {
	r := &row{group: group, name: name, subjects: slices.DeleteFunc(subjects, func(s *subject) bool { return s == nil })}
	b.rows = append(b.rows, r)
	return r
}

// theirs is a component on wasmtime.
type theirs struct {
	linker *wasmtime.Linker
	comp   *wasmtime.Component
}

func (t theirs) fresh(action string) error {
	g, err := t.linker.Instantiate(t.comp)
	if err != nil {
		return err
	}
	defer g.Close()
	_, err = g.Hook(action, string(payload()))
	return err
}

// component adds the rows of a component: bench.wasm, or the JavaScript capsule, which has no export but the hook.
func (b *bench) component(ctx context.Context, file, name string) error {
	wasm, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	small := name == "small"
	rt, err := component.NewRuntime(ctx, component.Config{})
	if err != nil {
		return err
	}
	b.close = append(b.close, func() { _ = rt.Close(ctx) })
	l, err := link(ctx, rt, wasm)
	if err != nil {
		return err
	}
	their, err := b.engine.Compile(wasm)
	if err != nil {
		return err
	}
	inC, err := b.engine.NewLinker(wasmtime.InC)
	if err != nil {
		return err
	}
	var p *peer
	if b.rust != "" {
		if p, err = startPeer(b.rust, file); err != nil {
			return err
		}
		b.close = append(b.close, p.close)
	}
	inRust := func(kind string) *subject {
		if p == nil {
			return nil
		}
		return &subject{column: rustapi, run: func(n int) (time.Duration, error) { return p.measure(kind, n) }}
	}
	if small {
		err = b.calls(ctx, l, their, inC, inRust)
	} else {
		err = b.scriptCalls(ctx, l, theirs{inC, their}, inRust)
	}
	if err != nil {
		return err
	}
	pool, err := l.NewPool(runtime.NumCPU())
	if err != nil {
		return err
	}
	if err := pool.Reuses(); err != nil {
		return err
	}
	b.instances(ctx, name, l, pool, theirs{inC, their}, inRust)
	if err := b.compile(ctx, name, file, wasm, their); err != nil {
		return err
	}
	if small {
		b.throughput(ctx, l, pool, theirs{inC, their})
	}
	return nil
}

// calls adds the calls between host and guest.
func (b *bench) calls(ctx context.Context, l *linked, their *wasmtime.Component, inC *wasmtime.Linker, inRust func(string) *subject) error {
	inGo, err := b.engine.NewLinker(wasmtime.InGo)
	if err != nil {
		return err
	}
	inst, err := l.Instantiate(ctx)
	if err != nil {
		return err
	}
	g, err := inC.Instantiate(their)
	if err != nil {
		return err
	}
	gg, err := inGo.Instantiate(their)
	if err != nil {
		return err
	}
	repeat := func(column, what string, call func(uint32) (uint32, error)) *subject {
		return &subject{column: column, run: func(n int) (time.Duration, error) {
			begin := time.Now()
			right, err := call(uint32(n))
			if err == nil && right != uint32(n) {
				err = fmt.Errorf("%d of %d answers of %s are right", right, n, what)
			}
			return time.Since(begin), err
		}}
	}
	for i, c := range []struct{ what, name string }{
		{"clock", "host call: clock-ms, no values"},
		{"config", "host call: get-config, 20 bytes"},
		{"unset", "host call: get-config, none"},
		{"log", "host call: log, 20 bytes"},
		{"check", "host call: check-capsule-capability, a record"},
		{"random", "host call: random-bytes, 32 bytes"},
	} {
		var goes *subject
		if c.what == "config" || c.what == "unset" {
			goes = repeat(goback, c.what, func(n uint32) (uint32, error) { return gg.Repeat(c.what, n) })
		}
		b.add(groupCall, c.name,
			repeat(ours, c.what, func(n uint32) (uint32, error) { return l.repeat.Call(ctx, inst, what(i), n) }),
			repeat(capi, c.what, func(n uint32) (uint32, error) { return g.Repeat(c.what, n) }),
			inRust("repeat "+c.what), goes)
	}
	b.add(groupCall, "export call: no values",
		&subject{column: ours, run: timed(func() error { _, err := l.nop.Call(ctx, inst); return err })},
		&subject{column: capi, run: timed(g.Nop)},
		inRust("nop"))
	bytes := payload()
	b.add(groupCall, "export call: hook, 32 bytes there and back",
		&subject{column: ours, run: timed(func() error { _, err := l.hook.Call(ctx, inst, "echo", bytes); return err })},
		&subject{column: capi, run: timed(func() error { _, err := g.Hook("echo", string(bytes)); return err })},
		inRust("hook"))
	return nil
}

// scriptCalls adds what a call of a JavaScript function takes, and the host calls that it makes.
func (b *bench) scriptCalls(ctx context.Context, l *linked, t theirs, inRust func(string) *subject) error {
	inst, err := l.Instantiate(ctx)
	if err != nil {
		return err
	}
	g, err := t.linker.Instantiate(t.comp)
	if err != nil {
		return err
	}
	for _, c := range []struct{ action, payload, name string }{
		{"echo", string(payload()), "JS: hook, 32 bytes there and back"},
		{"configs", "1000", "JS: hook that calls get-config 1000 times"},
	} {
		bytes := []byte(c.payload)
		b.add(groupCall, c.name,
			&subject{column: ours, run: timed(func() error { _, err := l.hook.Call(ctx, inst, c.action, bytes); return err })},
			&subject{column: capi, run: timed(func() error { _, err := g.Hook(c.action, c.payload); return err })},
			inRust("script "+c.action))
	}
	return nil
}

// instances adds what an instance takes with its first call. wasmtime makes a fresh one in both rows: it reuses nothing
// but address space.
func (b *bench) instances(ctx context.Context, name string, l *linked, pool *component.Pool, t theirs, inRust func(string) *subject) {
	b.add(groupInstance, name+", fresh",
		&subject{column: ours, run: timed(func() error { return l.fresh(ctx, "echo") })},
		&subject{column: capi, run: timed(func() error { return t.fresh("echo") })},
		inRust("fresh"))
	b.add(groupInstance, name+", from a pool",
		&subject{column: ours, run: timed(func() error { return l.pooled(ctx, pool, "echo") })},
		&subject{column: capi, run: timed(func() error { return t.fresh("echo") })},
		inRust("fresh"))
}

// compile adds what compiling takes: from the bytes, and from what an earlier time left on disk.
func (b *bench) compile(ctx context.Context, name, file string, wasm []byte, their *wasmtime.Component) error {
	cold := b.add(groupCompile, name+", cold",
		&subject{column: ours, run: timed(func() error { return compileFresh(ctx, wasm, "") })},
		&subject{column: capi, run: timed(func() error {
			c, err := b.engine.Compile(wasm)
			if err == nil {
				c.Close()
			}
			return err
		})})
	cold.once = len(wasm) > 1<<20
	cache, kept := filepath.Join(b.dir, name+"-cache"), filepath.Join(b.dir, name+".cwasm")
	serial, err := their.Serialize()
	if err != nil {
		return err
	}
	if err := os.WriteFile(kept, serial, 0o600); err != nil {
		return err
	}
	if err := compileFresh(ctx, wasm, cache); err != nil {
		return err
	}
	alone, err := b.wazeroAlone(ctx, wasm, cache+"-wazero")
	if err != nil {
		return err
	}
	b.add(groupCompile, name+", warm",
		&subject{column: ours, run: timed(func() error { return compileFresh(ctx, wasm, cache) })},
		&subject{column: unmetered, run: timed(alone)},
		&subject{column: capi, run: timed(func() error {
			c, err := b.engine.Load(kept)
			if err == nil {
				c.Close()
			}
			return err
		})})
	c := b.add(groupMemory, name+", cold",
		&subject{column: ours, run: peak(b.options, "astrid", file)},
		&subject{column: capi, run: peak(b.options, "wasmtime", file)})
	w := b.add(groupMemory, name+", warm",
		&subject{column: ours, run: peak(b.options, "astrid", file, cache)},
		&subject{column: capi, run: peak(b.options, "wasmtime", file, kept)})
	for _, r := range []*row{c, w} {
		r.once, r.unit = true, unitBytes
	}
	return nil
}

// wazeroAlone returns what loads the largest core module of a component from wazero's own cache, as it is in the file.
func (b *bench) wazeroAlone(ctx context.Context, component []byte, cache string) (func() error, error) {
	ast, err := binary.Decode(component)
	if err != nil {
		return nil, err
	}
	var largest []byte
	for _, def := range ast.Defs {
		if m, ok := def.(*binary.CoreModule); ok && len(m.Wasm) > len(largest) {
			largest = m.Wasm
		}
	}
	load := func() error {
		c, err := wz.NewCompilationCacheWithDir(cache)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		rt := wz.NewRuntimeWithConfig(ctx, wz.NewRuntimeConfig().WithCompilationCache(c).
			WithCoreFeatures(api.CoreFeaturesV2|experimental.CoreFeaturesExtendedConst|experimental.CoreFeaturesTailCall))
		defer rt.Close(ctx)
		_, err = rt.CompileModule(experimental.WithCompilationWorkers(ctx, runtime.NumCPU()), largest)
		return err
	}
	return load, load() // which fills the cache
}

// throughput adds calls of fresh instances by one goroutine, and by one for each core.
func (b *bench) throughput(ctx context.Context, l *linked, pool *component.Pool, t theirs) {
	for _, n := range []int{1, runtime.NumCPU()} {
		name := fmt.Sprintf("%d at a time", n)
		fresh := b.add(groupThroughput, "fresh instances with a call, "+name,
			&subject{column: ours, run: parallel(n, func() error { return l.fresh(ctx, "echo") })},
			&subject{column: capi, run: parallel(n, func() error { return t.fresh("echo") })})
		reused := b.add(groupThroughput, "calls of a pool, "+name,
			&subject{column: ours, run: parallel(n, func() error { return l.pooled(ctx, pool, "echo") })},
			&subject{column: capi, run: parallel(n, func() error { return t.fresh("echo") })})
		fresh.unit, reused.unit = unitRate, unitRate
	}
}

// parallel runs an operation n times, shared by some goroutines.
func parallel(goroutines int, op func() error) func(n int) (time.Duration, error) {
	return func(n int) (time.Duration, error) {
		begin := time.Now()
		errs := make([]error, goroutines)
		var wg sync.WaitGroup
		for i := range goroutines {
			wg.Go(func() {
				for range (n + goroutines - 1) / goroutines {
					if errs[i] = op(); errs[i] != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		return time.Since(begin), first(errs)
	}
}

func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
