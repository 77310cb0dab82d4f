package component

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/image"
)

// Instance is one running copy of a component. It serves one goroutine at a time.
//
// A call into it returns a *Trap when the guest trapped, an *InterruptError when its context ended it, a
// *LimitError when it met a limit, ErrPoisoned after any of these, and ErrClosed after Close. An error of a host
// function that the guest could not be told is returned wrapped, and ends the instance too.
type Instance struct {
	linked   *Linked
	modules  []api.Module
	fillers  []api.Module
	meter    meter
	memory   *memoryBudget
	mayLeave []bool          // by component instance
	inside   []bool          // by component instance: whether it is in a call (not may_enter)
	handles  []canon.Handles // by component instance
	host     canon.HostTable
	contexts []canon.Cx
	ready    []bool   // whether contexts[i] is resolved
	frames   []any    // by slot
	calls    []uint64 // by slot: how often a host function was called
	lifts    []lifted
	dtors    map[*canon.Resource]*reusable
	call     *callContext
	kept     []*reusable
	reallocs map[coreItem]api.Function
	shallow  uint64 // the meter's deeps when reallocs were looked up
	entered  bool
	poisoned bool
	closed   bool
	closing  context.Context // of a Close during a call; nil otherwise
	saved    []savedGlobal   // of an instance of a pool
}

// lifted is a lift with its core functions.
type lifted struct{ fn, post reusable }

// reusable is a core function that is looked up, which costs microseconds, once. While it runs it must not be
// called again, which wazero's functions do not survive: such a call looks another one up.
type reusable struct {
	fn   api.Function
	busy bool
}

// maxKept bounds the functions that an instance keeps. Each has a stack of its own, which never shrinks: up to twice
// the shallow depth that the meter grants, since those that went deeper are not kept.
const maxKept = 32

func (r *reusable) call(cc *callContext, it coreItem, stack []uint64) {
	inst := cc.inst
	fn := r.fn
	if fn == nil || r.busy {
		fn = inst.function(it)
	}
	if r.busy {
		if err := fn.CallWithStack(cc, stack); err != nil {
			panic(err)
		}
		return
	}
	if r.fn == nil {
		inst.keep(r)
	}
	r.fn, r.busy = fn, true
	deeps := inst.meter.deeps
	err := fn.CallWithStack(cc, stack)
	r.busy = false
	if inst.meter.deeps != deeps {
		r.fn = nil
	}
	if err != nil {
		panic(err)
	}
}

// keep notes a function that is kept. When they are too many, all that were kept before are let go.
func (i *Instance) keep(r *reusable) {
	if len(i.kept) >= maxKept {
		for _, r := range i.kept {
			r.fn = nil
		}
		i.kept = i.kept[:0]
	}
	i.kept = append(i.kept, r)
}

// realloc looks up a realloc, which all definitions that name it share. They are let go as keep does it.
func (i *Instance) realloc(it coreItem) api.Function {
	if fn, ok := i.reallocs[it]; ok {
		return fn
	}
	if len(i.reallocs) >= maxKept {
		i.letReallocsGo()
	}
	if i.reallocs == nil {
		i.reallocs = map[coreItem]api.Function{}
	}
	fn := i.function(it)
	i.reallocs[it] = fn
	return fn
}

func (i *Instance) letReallocsGo() {
	clear(i.reallocs)
	clear(i.ready)
	i.shallow = i.meter.deeps
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
	return l.instantiate(ctx, nil)
}

// instantiate makes an instance whose memories are copies of the images, by module, where there are any.
func (l *Linked) instantiate(ctx context.Context, images []*image.Image) (*Instance, error) {
	prog := l.comp.prog
	inst := &Instance{
		linked:   l,
		modules:  make([]api.Module, 0, len(prog.steps)),
		memory:   &memoryBudget{left: l.comp.runtime.config.Memory},
		meter:    newMeter(l.comp.runtime.config, l.comp.metered()),
		mayLeave: make([]bool, len(prog.parents)),
		inside:   make([]bool, len(prog.parents)),
		handles:  canon.NewHandles(len(prog.parents)),
		contexts: make([]canon.Cx, len(prog.contexts)),
		ready:    make([]bool, len(prog.contexts)),
		frames:   make([]any, len(prog.slots)),
		calls:    make([]uint64, len(prog.slots)),
		lifts:    make([]lifted, len(prog.lifts)),
		dtors:    map[*canon.Resource]*reusable{},
	}
	for i := range inst.mayLeave {
		inst.mayLeave[i] = true
	}
	if err := inst.start(ctx, images); err != nil {
		return nil, errors.Join(prog.name(err), inst.Close(ctx))
	}
	return inst, nil
}

func (i *Instance) start(ctx context.Context, images []*image.Image) (err error) {
	cc := i.callContext(ctx)
	defer func() {
		if e := recover(); e != nil {
			err = callError(ctx, e)
		}
	}()
	prog, rt := i.linked.comp.prog, i.linked.comp.runtime
	for _, st := range prog.steps {
		cc.live() // the segments of one step are bounded, and those of all of them are not
		resolve := func(name string) api.Module { return i.provider(st, name) }
		compiled := i.linked.comp.compiled[st.module]
		mctx := experimental.WithImportResolver(cc, resolve)
		from := compiled.image
		if images != nil {
			from = images[st.module]
		}
		mctx = experimental.WithMemoryAllocator(mctx, i.memory.allocator(from))
		mod, err := rt.wazero.InstantiateModule(mctx, compiled.CompiledModule, moduleConfig())
		if err != nil {
			return instantiateError(ctx, err)
		}
		i.modules = append(i.modules, mod)
		if compiled.metered {
			if err := i.attach(cc, mod, compiled); err != nil {
				return err
			}
		}
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

// instantiateError tells a module that trapped, in its start function or because a segment does not fit, from one
// that wazero could not link.
func instantiateError(ctx context.Context, err error) error {
	wrapped := callError(ctx, err)
	var t *Trap
	if !errors.As(wrapped, &t) || len(t.Frames) > 0 || strings.Contains(err.Error(), "wasm error: ") {
		return wrapped
	}
	if _, reason, ok := strings.Cut(err.Error(), "]: out of bounds "); ok {
		t.Reason = "out of bounds " + reason + " by a segment"
		return t
	}
	return fmt.Errorf("instantiate: %w", err)
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
	if c := i.call; c != nil && same(c.Context, ctx) {
		return c
	}
	i.call = &callContext{ctx, i}
	return i.call
}

// same reports whether two contexts are one. Contexts that cannot be compared, which no type tells, are not.
func same(a, b context.Context) (same bool) {
	defer func() { _ = recover() }()
	return a == b
}

// context returns a canonical definition's memory side, resolved at its first use: a function that is lowered
// before the memory exists is called only after.
func (i *Instance) context(n int) *canon.Cx {
	if i.shallow != i.meter.deeps {
		i.letReallocsGo()
	}
	cx := &i.contexts[n]
	if !i.ready[n] {
		ref := &i.linked.comp.prog.contexts[n]
		if ref.hasMemory {
			cx.Memory = i.modules[ref.memory.step].ExportedMemory(ref.memory.name)
		}
		if ref.hasRealloc {
			cx.Realloc = i.realloc(ref.realloc)
		}
		cx.MayLeave = &i.mayLeave[ref.instance]
		cx.Encoding = ref.encoding
		cx.Handles = &i.handles[ref.instance]
		cx.Host = &i.host
		cx.Instance = ref.instance
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

// invoke calls the core function of a lift. stack holds the arguments and receives the results.
func (i *Instance) invoke(cc *callContext, n int, stack []uint64) {
	i.lifts[n].fn.call(cc, i.linked.comp.prog.lifts[n].core, stack)
}

// postReturn lets a lift free what its results lay in. stack holds the core results.
func (i *Instance) postReturn(cc *callContext, n int, stack []uint64) {
	l := &i.linked.comp.prog.lifts[n]
	if l.postReturn == nil {
		return
	}
	i.mayLeave[l.instance] = false
	i.lifts[n].post.call(cc, *l.postReturn, stack)
	i.mayLeave[l.instance] = true
}

// enterFrom marks the component instances that a call from caller to callee enters: the callee and those that it is
// nested in, without those that the caller is in already (entering_set). It traps if one of them is in a call. A
// caller of hostCaller is the host.
func (i *Instance) enterFrom(caller, callee int) {
	parents := i.linked.comp.prog.parents
	for n := callee; n >= 0 && !nested(parents, caller, n); n = parents[n] {
		if i.inside[n] {
			panic(&canon.Trap{Fault: canon.FaultReentry})
		}
		i.inside[n] = true
	}
}

// leaveTo undoes enterFrom.
func (i *Instance) leaveTo(caller, callee int) {
	parents := i.linked.comp.prog.parents
	for n := callee; n >= 0 && !nested(parents, caller, n); n = parents[n] {
		i.inside[n] = false
	}
}

// nested reports whether instance n is outer or nested in it.
func nested(parents []int, n, outer int) bool {
	for ; n >= 0; n = parents[n] {
		if n == outer {
			return true
		}
	}
	return false
}

// destroy ends a resource whose owner, component instance caller or the host as -1, has dropped it.
func (i *Instance) destroy(cc *callContext, caller int, r *canon.Resource, rep uint32) {
	if r.Host {
		if err := i.linked.drop(cc, r, i.host.Remove(rep)); err != nil {
			panic(err)
		}
		return
	}
	i.meter.nest()
	i.enterFrom(caller, r.Instance)
	if dtor, ok := i.linked.comp.prog.dtors[r]; ok {
		fn := i.dtors[r]
		if fn == nil {
			fn = &reusable{}
			i.dtors[r] = fn
		}
		fn.call(cc, dtor, []uint64{uint64(rep)})
	}
	i.leaveTo(caller, r.Instance)
	i.meter.unnest()
}

// drop ends a resource of the host's. A panic of its function must not reach wazero, which would print its value, nor keep
// an instance from being closed.
func (l *Linked) drop(ctx context.Context, r *canon.Resource, v any) (err error) {
	defer func() {
		if recover() != nil {
			err = &HostPanicError{"resource.drop " + r.Name}
		}
	}()
	l.resources[r].drop(ctx, v)
	return nil
}

// Drop destroys a resource of the guest's that the host owns. The errors are those of a call. The host owns it still if
// the call could not begin.
func (i *Instance) Drop(ctx context.Context, ref *Ref) error {
	switch {
	case !i.host.Knows(ref):
		return errors.New("the resource is one of another instance")
	case !ref.Owned:
		return errors.New("the host does not own the resource")
	}
	return i.guarded(ctx, func(cc *callContext) {
		ref.Owned = false
		i.destroy(cc, hostCaller, ref.Resource, ref.Rep)
	})
}

// guarded runs a call into the instance, which ends by panicking when it does not return.
func (i *Instance) guarded(ctx context.Context, call func(cc *callContext)) (err error) {
	if err := ctx.Err(); err != nil {
		return &InterruptError{context.Cause(ctx)}
	}
	if err := i.enter(); err != nil {
		return err
	}
	i.meter.begin()
	defer func() {
		i.entered = false
		if p := recover(); p != nil {
			i.poisoned = true
			err = i.linked.comp.prog.name(callError(ctx, p))
		}
		if i.closing != nil {
			err = errors.Join(err, i.Close(i.closing))
		}
	}()
	call(i.callContext(ctx))
	return nil
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

// Fuel returns what the instance has executed, in units of fuel.
func (i *Instance) Fuel() uint64 { return i.meter.total() }

// Stats is what an instance has used so far.
type Stats struct {
	Fuel      uint64     // units of fuel, about one for each instruction
	Memory    uint64     // the most bytes that its linear memories held
	HostCalls []HostCall // of the host functions that were called, in the order of the imports
}

// HostCall counts the calls of one host function.
type HostCall struct {
	Name  string
	Count uint64
}

// Stats returns what the instance has used. It may be asked after a trap, and not after Close.
func (i *Instance) Stats() Stats {
	prog := i.linked.comp.prog
	byImport := make([]uint64, len(prog.imports))
	for n, s := range prog.slots {
		if s.kind == slotImport {
			byImport[s.fn.hostImport] += i.calls[n]
		}
	}
	st := Stats{Fuel: i.meter.total(), Memory: i.memory.peak}
	for n, count := range byImport {
		if count > 0 {
			st.HostCalls = append(st.HostCalls, HostCall{prog.imports[n].qualified(), count})
		}
	}
	return st
}

// Memory returns the bytes that the instance's linear memories hold now.
func (i *Instance) Memory() uint64 { return i.memory.used }

// Close releases the instance. It returns a *HostPanicError for each of the host's resources that were left and whose drop
// panicked. A host function that calls it during a call into the instance has it closed when that
// call ends: the guest's memory is still in use.
func (i *Instance) Close(ctx context.Context) error {
	if i.closed {
		return nil
	}
	if i.entered {
		i.closing = ctx
		return nil
	}
	i.closed = true
	var errs []error
	i.host.Drain(func(r *canon.Resource, v any) { errs = append(errs, i.linked.drop(ctx, r, v)) })
	for _, mods := range [][]api.Module{i.fillers, i.modules} {
		for n := len(mods) - 1; n >= 0; n-- {
			errs = append(errs, mods[n].Close(ctx))
		}
	}
	i.memory.release()
	return errors.Join(errs...)
}
