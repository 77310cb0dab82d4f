package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	wt "github.com/bytecodealliance/wasmtime-go/v39"
	wz "github.com/tetratelabs/wazero"

	"astrid/pkg/component"
)

// kernels adds the kernels of pkg/component/core, each with an argument that makes it run for some milliseconds: as
// astrid runs them, metered; on wazero as they are; and on wasmtime, as they are and counting fuel.
func (b *bench) kernels(ctx context.Context) error {
	rt, err := component.NewRuntime(ctx, component.Config{})
	if err != nil {
		return err
	}
	b.close = append(b.close, func() { _ = rt.Close(ctx) })
	plain := wz.NewRuntime(ctx)
	b.close = append(b.close, func() { _ = plain.Close(ctx) })
	fuel := wt.NewConfig()
	fuel.SetConsumeFuel(true)
	engine, counting := wt.NewEngine(), wt.NewEngineWithConfig(fuel)
	for _, k := range []struct {
		name string
		n    uint32
	}{
		{"fib", 25}, {"tight", 2e6}, {"matmul", 1}, {"sieve", 1}, {"sha", 4_000},
		{"copy", 20_000}, {"icall", 1e6}, {"dcall", 1e6}, {"interp", 60_000}, {"heap", 80_000},
	} {
		wasm, err := os.ReadFile(filepath.Join(b.root, "pkg", "component", "core", "testdata", "kernels", k.name+".wasm"))
		if err != nil {
			return err
		}
		metered, err := meteredKernel(ctx, rt, wasm, k.n)
		if err != nil {
			return err
		}
		asIs, err := plainKernel(ctx, plain, wasm, k.n)
		if err != nil {
			return err
		}
		their, err := theirKernel(engine, wasm, k.n)
		if err != nil {
			return err
		}
		counted, err := theirKernel(counting, wasm, k.n)
		if err != nil {
			return err
		}
		b.add(groupCompute, k.name,
			&subject{column: ours, run: timed(metered)},
			&subject{column: unmetered, run: timed(asIs)},
			&subject{column: capi, run: timed(their)},
			&subject{column: fuelled, run: timed(counted)})
	}
	return nil
}

func meteredKernel(ctx context.Context, rt *component.Runtime, wasm []byte, n uint32) (func() error, error) {
	comp, err := component.Compile(ctx, rt, wasm)
	if err != nil {
		return nil, err
	}
	l, err := component.NewLinker().Link(ctx, comp)
	if err != nil {
		return nil, err
	}
	run, err := component.ExportFunc1[uint32, uint32](l, "run")
	if err != nil {
		return nil, err
	}
	inst, err := l.Instantiate(ctx)
	return func() error { _, err := run.Call(ctx, inst, n); return err }, err
}

func plainKernel(ctx context.Context, rt wz.Runtime, wasm []byte, n uint32) (func() error, error) {
	mod, err := rt.InstantiateWithConfig(ctx, wasm, wz.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	run, arg := mod.ExportedFunction("run"), uint64(n)
	return func() error { _, err := run.Call(ctx, arg); return err }, nil
}

func theirKernel(engine *wt.Engine, wasm []byte, n uint32) (func() error, error) {
	module, err := wt.NewModule(engine, wasm)
	if err != nil {
		return nil, err
	}
	store := wt.NewStore(engine)
	_ = store.SetFuel(1 << 62) // an error says that the engine does not count
	inst, err := wt.NewInstance(store, module, nil)
	if err != nil {
		return nil, err
	}
	run := inst.GetFunc(store, "run")
	if run == nil {
		return nil, errors.New("no export run")
	}
	return func() error { _, err := run.Call(store, int32(n)); return err }, nil
}
