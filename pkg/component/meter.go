package component

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"astrid/pkg/component/core"
)

// A metered module counts fuel down in a global and calls the function in its meter's table when there is none
// left: the slow path, below. That is where a guest meets its deadline, its cancellation and its budget, and where
// it lets other goroutines run: wazero's code cannot be preempted, so that a guest that loops without it would stop
// the whole process at the next garbage collection.

// meterModule is the host module of a runtime that holds the slow path, and fillerModule the wasm that puts it into
// a module's table.
type meterHost struct {
	slow   api.Module
	filler wazero.CompiledModule
}

const slowName = "slow"

func newMeterHost(ctx context.Context, rt wazero.Runtime) (*meterHost, error) {
	compiled, err := rt.NewHostModuleBuilder("meter").NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(slowPath), nil, nil).WithName("meter").Export(slowName).Compile(ctx)
	if err != nil {
		return nil, fmt.Errorf("meter: %w", err)
	}
	slow, err := rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("meter: %w", err), compiled.Close(ctx))
	}
	filler, err := rt.CompileModule(ctx, fillerWasm())
	if err != nil {
		return nil, fmt.Errorf("meter: %w", err)
	}
	return &meterHost{slow, filler}, nil
}

// The modules that the filler imports from.
const (
	fillerSlow  = "s"
	fillerTable = "t"
)

// fillerWasm is a module that does nothing but write the function that it imports into the table that it imports:
//
//	(module
//	  (import "s" "slow" (func))
//	  (import "t" "$meter.t" (table 1 funcref))
//	  (elem (i32.const 0) func 0))
func fillerWasm() []byte {
	name := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	section := func(id byte, body ...byte) []byte { return append([]byte{id, byte(len(body))}, body...) }
	imports := []byte{2}
	imports = append(append(append(imports, name(fillerSlow)...), name(slowName)...), 0x00, 0x00)
	imports = append(append(append(imports, name(fillerTable)...), name(core.TableExport)...), 0x01, 0x70, 0x00, 0x01)
	out := []byte("\x00asm\x01\x00\x00\x00")
	out = append(out, section(1, 1, 0x60, 0, 0)...)
	out = append(out, section(2, imports...)...)
	return append(out, section(9, 1, 0, 0x41, 0, 0x0b, 1, 0)...)
}

// meter is the engine's side of the meters of one instance.
type meter struct {
	budget  uint64 // fuel for the instance; 0 means no end
	slice   int64
	used    uint64 // fuel of the grants that have been settled
	depth   uint32 // the limit of call depth
	shallow int32  // the depth that each module may use by itself
	nested  uint32 // calls from the host into the guest that the instance is in, beyond the first
	deeps   uint64 // how often a module was seen to use more than shallow
	yielded time.Time
	modules []moduleMeter
}

// moduleMeter is one metered module's counter: what it was granted, and the global that counts it down.
type moduleMeter struct {
	mod     api.Module
	counter api.MutableGlobal
	depth   api.MutableGlobal
	leaks   bool // a call may leave the depth too low
	granted int64
}

const (
	// maxShallow is the depth, in units of 1 KiB of stack, that a module may use before the instance's depth is looked
	// at as a whole. Beyond it each counted call takes the slow path.
	maxShallow = 2048
	// nestedDepth is what a call from the host into the guest takes that is made while the guest is in one: stacks of
	// its own, of the guest's code and of Go's.
	nestedDepth = 32
	// yieldEvery is how long a guest runs at least before it lets others. The slices are shorter, so that no collection
	// waits long; but where a processor is idle the scheduler wakes it at each yield, which costs as much as a fifth of a
	// slice.
	yieldEvery = 500 * time.Microsecond
	// bytesPerUnit is how many bytes one unit of fuel moves, as in core's bulk operations.
	bytesPerUnit = 32
)

// newMeter returns the meter of an instance with so many metered modules. Without its modules' shallows, which are
// looked at only when one is exceeded, it has half of the depth.
func newMeter(c Config, modules int) meter {
	return meter{
		budget: c.Fuel, slice: core.DefaultSlice, depth: c.Depth,
		shallow: int32(min(maxShallow, c.Depth/2/uint32(max(1, modules)))),
	}
}

// attach connects the meter of a module that was just instantiated: it fills the table, grants the first slice, and
// calls what was the start function, which had to wait for that.
func (i *Instance) attach(cc *callContext, mod api.Module, compiled *compiledModule) error {
	host := i.linked.comp.runtime.meter
	ctx := experimental.WithImportResolver(cc, func(name string) api.Module {
		if name == fillerSlow {
			return host.slow
		}
		return mod
	})
	filler, err := i.linked.comp.runtime.wazero.InstantiateModule(ctx, host.filler, moduleConfig())
	if err != nil {
		return fmt.Errorf("meter: %w", err)
	}
	i.fillers = append(i.fillers, filler)
	m := moduleMeter{mod: mod, leaks: compiled.leaks}
	for name, global := range map[string]*api.MutableGlobal{core.CounterExport: &m.counter, core.DepthExport: &m.depth} {
		var ok bool
		if *global, ok = mod.ExportedGlobal(name).(api.MutableGlobal); !ok {
			return fmt.Errorf("meter: %s is not mutable", name)
		}
	}
	m.counter.Set(0) // a module begins with fuel that nobody granted
	m.depth.Set(uint64(i.meter.shallow))
	i.meter.modules = append(i.meter.modules, m)
	i.meter.grant(&i.meter.modules[len(i.meter.modules)-1])
	if !compiled.start {
		return nil
	}
	if err := mod.ExportedFunction(core.StartExport).CallWithStack(cc, nil); err != nil {
		return callError(cc, err)
	}
	return nil
}

// slowPath is called by a metered module whose counter has gone below zero, or that is deep.
func slowPath(ctx context.Context, mod api.Module, _ []uint64) {
	cc := callContextOf(ctx)
	cc.live()
	m := &cc.inst.meter
	for n := range m.modules {
		mm := &m.modules[n]
		if mm.mod != mod {
			continue
		}
		if int32(uint32(mm.depth.Get())) < 0 {
			m.deeps++
			m.checkDepth()
		}
		if int64(mm.counter.Get()) >= 0 {
			return
		}
		m.settle(mm)
		m.grant(mm)
	}
	m.yield()
}

// yield lets other goroutines run if the guest has not for a while.
func (m *meter) yield() {
	if now := time.Now(); now.Sub(m.yielded) < yieldEvery {
		return
	}
	runtime.Gosched()
	m.yielded = time.Now()
}

// nest begins a call from the host into the guest while the guest is in one.
func (m *meter) nest() {
	m.nested++
	m.checkDepth()
}

func (m *meter) unnest() { m.nested-- }

// checkDepth panics with a *LimitError when the modules and the nested calls together are too deep.
func (m *meter) checkDepth() {
	depth := int64(m.nested) * nestedDepth
	for n := range m.modules {
		depth += int64(m.shallow) - int64(int32(uint32(m.modules[n].depth.Get())))
	}
	if depth > int64(m.depth) {
		panic(&LimitError{Limit: "call depth", Value: fmt.Sprint(m.depth)})
	}
}

// begin readies the meter for a call from outside.
func (m *meter) begin() {
	for n := range m.modules {
		if mm := &m.modules[n]; mm.leaks {
			mm.depth.Set(uint64(m.shallow))
		}
	}
}

// reset begins anew, as if nothing had been used.
func (m *meter) reset() {
	for n := range m.modules {
		m.settle(&m.modules[n])
	}
	m.used = 0
	for n := range m.modules {
		m.grant(&m.modules[n])
	}
}

func (m *meter) settle(mm *moduleMeter) {
	m.used += uint64(mm.granted - int64(mm.counter.Get()))
	mm.granted = 0
	mm.counter.Set(0)
}

// grant gives a module a slice, or what is left of the budget. What other modules of the instance hold of it counts
// as left only near the end, when it is taken back from them: so the budget ends at the same instruction on every
// run.
func (m *meter) grant(mm *moduleMeter) {
	grant := m.slice
	if m.budget > 0 {
		if m.left() < uint64(len(m.modules))*uint64(m.slice) {
			for n := range m.modules {
				m.settle(&m.modules[n])
			}
		}
		if m.used > m.budget {
			panic(m.spent())
		}
		grant = int64(min(uint64(grant), m.budget-m.used))
	}
	mm.granted = grant
	mm.counter.Set(uint64(grant))
}

// charge takes fuel for bytes that were moved from one component to another, as much as a bulk operation takes. It also
// looks whether there was enough for what a guest's realloc took meanwhile: a function as short as most does not look itself.
func (m *meter) charge(bytes uint64) {
	m.used += bytes / bytesPerUnit
	if m.budget == 0 || bytes < bytesPerUnit {
		return
	}
	for n := range m.modules {
		m.settle(&m.modules[n])
	}
	if m.used > m.budget {
		panic(m.spent())
	}
}

// spent is the error of a guest that has used its fuel up.
func (m *meter) spent() error { return &LimitError{Limit: "fuel", Value: fmt.Sprint(m.budget)} }

// left is what no grant holds of the budget.
func (m *meter) left() uint64 {
	held := m.used
	for n := range m.modules {
		held += uint64(m.modules[n].granted)
	}
	return m.budget - min(m.budget, held)
}

// total is the fuel that the instance has used.
func (m *meter) total() uint64 {
	used := m.used
	for n := range m.modules {
		used += uint64(m.modules[n].granted - int64(m.modules[n].counter.Get()))
	}
	return used
}
