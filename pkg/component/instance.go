package component

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
)

// Instance is one running copy of a component. It serves one goroutine at a time.
//
// A call into it returns a *Trap when the guest trapped, an *InterruptError when its context ended it, a
// *LimitError when it met a limit, ErrPoisoned after any of these, and ErrClosed after Close. An error of a host
// function that the guest could not be told is returned wrapped, and ends the instance too.
type Instance struct {
	linked   *Linked
	modules  []api.Module
	memory   *memoryBudget
	mayLeave []bool // by component instance
	contexts []canon.Cx
	ready    []bool // whether contexts[i] is resolved
	frames   []any  // by slot
	lifts    []lifted
	call     *callContext
	entered  bool
	poisoned bool
	closed   bool
}

// lifted is a lift with its core functions looked up, which costs microseconds and is done once.
type lifted struct {
	fn, post api.Function
}

// callContext is the context that a guest is called with. Host functions find their instance in it, by its type
// when it reaches them as it is, and by its value when something wrapped it.
type callContext struct {
	context.Context
	inst *Instance
}

type callContextKey struct{}

// Value implements context.Context.
func (c *callContext) Value(key any) any {
	if key == (callContextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

func callContextOf(ctx context.Context) *callContext {
	if c, ok := ctx.(*callContext); ok {
		return c
	}
	return ctx.Value(callContextKey{}).(*callContext)
}

// Instantiate makes an instance: it instantiates the core modules in the program's order and runs their start
// functions under ctx.
func (l *Linked) Instantiate(ctx context.Context) (*Instance, error) {
	prog := l.comp.prog
	inst := &Instance{
		linked:   l,
		modules:  make([]api.Module, 0, len(prog.steps)),
		memory:   &memoryBudget{left: l.comp.runtime.config.Memory},
		mayLeave: make([]bool, prog.instances),
		contexts: make([]canon.Cx, len(prog.contexts)),
		ready:    make([]bool, len(prog.contexts)),
		frames:   make([]any, len(prog.slots)),
		lifts:    make([]lifted, len(prog.lifts)),
	}
	for i := range inst.mayLeave {
		inst.mayLeave[i] = true
	}
	if err := inst.start(ctx); err != nil {
		return nil, errors.Join(err, inst.Close(ctx))
	}
	return inst, nil
}

func (i *Instance) start(ctx context.Context) (err error) {
	if err := ctx.Err(); err != nil {
		return &InterruptError{context.Cause(ctx)}
	}
	cc := i.callContext(ctx)
	defer func() {
		if e := recover(); e != nil {
			err = callError(ctx, e)
		}
	}()
	prog, rt := i.linked.comp.prog, i.linked.comp.runtime
	for _, st := range prog.steps {
		resolve := func(name string) api.Module { return i.provider(st, name) }
		mctx := experimental.WithMemoryAllocator(experimental.WithImportResolver(cc, resolve), i.memory)
		mod, err := rt.wazero.InstantiateModule(mctx, i.linked.comp.compiled[st.module], moduleConfig())
		if err != nil {
			return instantiateError(ctx, err)
		}
		i.modules = append(i.modules, mod)
	}
	return i.initialise(cc)
}

// initialise runs the initialiser that reactors of some toolchains export. In a component the encoder has made it
// a start function; a bare core module leaves it to its host.
func (i *Instance) initialise(cc *callContext) error {
	if !i.linked.comp.module {
		return nil
	}
	fn := i.modules[0].ExportedFunction(coreInit)
	if fn == nil || len(fn.Definition().ParamTypes()) > 0 || len(fn.Definition().ResultTypes()) > 0 {
		return nil
	}
	if err := fn.CallWithStack(cc, nil); err != nil {
		return callError(cc, err)
	}
	return nil
}

// instantiateError tells a start function that failed from a module that could not be linked.
func instantiateError(ctx context.Context, err error) error {
	wrapped := callError(ctx, err)
	if t, ok := wrapped.(*Trap); ok && len(t.Frames) == 0 && t.Err != nil {
		return fmt.Errorf("instantiate: %w", err)
	}
	return wrapped
}

// moduleConfig makes a configuration that gives a module nothing: no name that others could import it by, no
// start function by convention, and no random source, whose seeding would cost more than the rest.
func moduleConfig() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noEntropy{})
}

type noEntropy struct{}

func (noEntropy) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

// provider answers for the module name of a rewritten import: the ordinal of one of the step's providers.
func (i *Instance) provider(st step, name string) api.Module {
	for ordinal, p := range st.providers {
		if providerName(ordinal) != name {
			continue
		}
		if p == slotProvider {
			return i.linked.slots
		}
		return i.modules[p]
	}
	return nil
}

// callContext returns the context to call the guest with. It is kept from call to call while ctx stays the same.
func (i *Instance) callContext(ctx context.Context) *callContext {
	if c := i.call; c != nil && reflect.TypeOf(ctx).Comparable() && c.Context == ctx {
		return c
	}
	i.call = &callContext{ctx, i}
	return i.call
}

// context returns a canonical definition's memory side, resolved at its first use: a function that is lowered
// before the memory exists is called only after.
func (i *Instance) context(n int) *canon.Cx {
	cx := &i.contexts[n]
	if !i.ready[n] {
		ref := &i.linked.comp.prog.contexts[n]
		if ref.hasMemory {
			cx.Memory = i.modules[ref.memory.step].ExportedMemory(ref.memory.name)
		}
		if ref.hasRealloc {
			cx.Realloc = i.function(ref.realloc)
		}
		cx.MayLeave = &i.mayLeave[ref.instance]
		i.ready[n] = true
	}
	return cx
}

func (i *Instance) function(it coreItem) api.Function {
	if it.sort != binary.CoreFunc {
		return nil
	}
	if it.step == slotProvider {
		return i.linked.slots.ExportedFunction(it.name)
	}
	return i.modules[it.step].ExportedFunction(it.name)
}

func (i *Instance) lifted(n int) *lifted {
	lf := &i.lifts[n]
	if lf.fn == nil {
		l := &i.linked.comp.prog.lifts[n]
		lf.fn = i.function(l.core)
		if l.postReturn != nil {
			lf.post = i.function(*l.postReturn)
		}
	}
	return lf
}

// enter begins a call into the instance (may_enter).
func (i *Instance) enter() error {
	switch {
	case i.closed:
		return ErrClosed
	case i.poisoned:
		return ErrPoisoned
	case i.entered:
		return &Trap{Reason: canon.FaultReentry.String(), Err: &canon.Trap{Fault: canon.FaultReentry}}
	}
	i.entered = true
	return nil
}

// Memory returns the bytes that the instance's linear memories hold now.
func (i *Instance) Memory() uint64 { return i.memory.used }

// Close releases the instance.
func (i *Instance) Close(ctx context.Context) error {
	if i.closed {
		return nil
	}
	i.closed = true
	var errs []error
	for n := len(i.modules) - 1; n >= 0; n-- {
		errs = append(errs, i.modules[n].Close(ctx))
	}
	return errors.Join(errs...)
}
