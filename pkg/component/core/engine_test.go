package core

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

var (
	errFuel  = errors.New("out of fuel")
	errDepth = errors.New("too deep")
)

// metered is the engine's half of the meter, as the package documentation has it.
type metered struct {
	mod     api.Module
	used    int64 // units of fuel that earlier grants account for
	granted int64 // what the counter stood at after the last grant
	slice   int64
	budget  int64 // 0: none
	slow    int   // how often the slow path was taken
}

func (e *metered) counter() api.MutableGlobal {
	return e.mod.ExportedGlobal(CounterExport).(api.MutableGlobal)
}

// fuel is what has been used so far.
func (e *metered) fuel() int64 { return e.used + e.granted - int64(e.counter().Get()) }

// slowPath is what the meter's table calls.
func (e *metered) slowPath(ctx context.Context) {
	e.slow++
	if int32(e.mod.ExportedGlobal(DepthExport).Get()) < 0 {
		panic(errDepth)
	}
	if ctx.Err() != nil {
		panic(context.Cause(ctx))
	}
	e.used = e.fuel()
	e.granted = e.slice
	if e.budget > 0 {
		if e.used >= e.budget {
			panic(errFuel)
		}
		e.granted = min(e.granted, e.budget-e.used)
	}
	e.counter().Set(uint64(e.granted))
	if e.slow%16 == 0 {
		runtime.Gosched()
	}
}

// call calls an export from outside: no frame of the guest's is on the stack.
func (e *metered) call(ctx context.Context, depth int32, name string, args ...uint64) ([]uint64, error) {
	e.mod.ExportedGlobal(DepthExport).(api.MutableGlobal).Set(uint64(uint32(depth)))
	return e.mod.ExportedFunction(name).Call(ctx, args...)
}

// filler puts the function that it imports in the table that it imports.
func filler() []byte {
	b := builder{}
	b.typ(nil, nil)
	b.imp("meter", "slow", 0, 0)
	b.imp("metered", TableExport, 1, byte(FuncRef), 1, 1, 1)
	b.raw(secElement, 1, 0, 0x41, 0, 0x0b, 1, 0)
	return b.bytes()
}

// engine runs modules, plain and metered.
type engine struct {
	r wazero.Runtime
}

func newEngine(t testing.TB, c wazero.RuntimeConfig) *engine {
	t.Helper()
	e := &engine{r: wazero.NewRuntimeWithConfig(t.Context(), c.WithCoreFeatures(allFeatures))}
	t.Cleanup(func() { e.r.Close(context.Background()) })
	return e
}

// plain instantiates a module as it is. Its imports are resolved by resolve.
func (e *engine) plain(ctx context.Context, wasm []byte, resolve experimental.ImportResolver) (api.Module, error) {
	c, err := e.r.CompileModule(ctx, wasm)
	if err != nil {
		return nil, err
	}
	ctx = experimental.WithImportResolver(ctx, resolve)
	return e.r.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithName("").WithStartFunctions())
}

// metered instantiates what Rewrite made and connects the meter; then it runs the start function.
func (e *engine) metered(ctx context.Context, r *Rewritten, m metered, resolve experimental.ImportResolver) (*metered, error) {
	run := m
	mod, err := e.plain(ctx, r.Bytes, resolve)
	if err != nil {
		return nil, err
	}
	run.mod = mod
	if run.slice == 0 {
		run.slice = DefaultSlice
	}
	run.granted = int64(run.counter().Get())
	slow, err := e.r.NewHostModuleBuilder("meter").NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, _ api.Module, _ []uint64) {
			run.slowPath(ctx)
		}), nil, nil).Export("slow").Compile(ctx)
	if err != nil {
		return nil, err
	}
	host, err := e.r.InstantiateModule(ctx, slow, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	_, err = e.plain(ctx, filler(), func(name string) api.Module {
		if name == "metered" {
			return mod
		}
		return host
	})
	if err != nil {
		return nil, err
	}
	if r.Start {
		_, err = run.call(ctx, DefaultDepth, StartExport)
	}
	return &run, err
}
