package component

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"astrid/pkg/component/canon"
)

// Linked is a component with its imports bound. It is immutable: share it, and instantiate it as often as needed.
type Linked struct {
	comp  *Component
	slots api.Module // the lowered functions, for every instance; nil without any
}

// Link binds every import of the component to the linker's interfaces. What is missing or does not fit is
// collected in one *LinkError.
func (l *Linker) Link(ctx context.Context, c *Component) (*Linked, error) {
	var failed LinkError
	invokers := make([]invoker, len(c.prog.imports))
	for i, imp := range c.prog.imports {
		host, errs, ok := l.find(imp)
		if !ok {
			failed.Missing = append(failed.Missing, imp.qualified())
			continue
		}
		typ := imp.typ
		if typ == nil {
			var err error
			if typ, err = derived(imp, host, errs, c.coreSig(i)); err != nil {
				failed.Mismatched = append(failed.Mismatched, err)
				continue
			}
		}
		var err error
		if invokers[i], err = host.bind(imp.qualified(), typ, errs); err != nil {
			failed.Mismatched = append(failed.Mismatched, err)
		}
	}
	if failed.Missing != nil || failed.Mismatched != nil {
		return nil, &failed
	}
	linked := &Linked{comp: c}
	var err error
	linked.slots, err = linked.slotModule(ctx, invokers)
	return linked, err
}

// coreSig is the signature by which a core module imports host import i, which is its slot i too.
func (c *Component) coreSig(i int) canon.CoreSig { return c.prog.slots[i].sig }

// derived returns the type of a core module's import, which the host's Go types decide, and checks that lowering
// it gives the signature that the module imports.
func derived(imp hostImport, host HostFunc, errs *canon.Errors, have canon.CoreSig) (*canon.FuncType, error) {
	typ, err := host.derive(errs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", imp.qualified(), err)
	}
	want, err := typ.Flatten(canon.Lower)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", imp.qualified(), err)
	}
	if want.String() != have.String() {
		return nil, fmt.Errorf("%s: the core module imports it as %s, and %s lowers to %s", imp.qualified(), have, typ, want)
	}
	return typ, nil
}

// slotModule makes the host module that holds the component's lowered functions. They find the instance that
// calls them in the context, so that one module serves all instances.
func (l *Linked) slotModule(ctx context.Context, invokers []invoker) (api.Module, error) {
	prog := l.comp.prog
	if len(prog.slots) == 0 {
		return nil, nil
	}
	rt := l.comp.runtime.wazero
	b := rt.NewHostModuleBuilder("canon")
	for i, s := range prog.slots {
		b.NewFunctionBuilder().
			WithGoFunction(l.slot(i, invokers[s.fn.hostImport]), valueTypes(s.sig.Params), valueTypes(s.sig.Results)).
			WithName(prog.imports[s.fn.hostImport].qualified()).
			Export(slotName(i))
	}
	compiled, err := b.Compile(ctx)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	// Builder.Instantiate would return a wrapper, which import resolution does not take.
	mod, err := rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("link: %w", err), compiled.Close(ctx))
	}
	return mod, nil
}

// slot makes the core function of a lowered import (canon_lower).
func (l *Linked) slot(i int, call invoker) api.GoFunc {
	s := &l.comp.prog.slots[i]
	return func(ctx context.Context, stack []uint64) {
		cc := callContextOf(ctx)
		inst := cc.inst
		if !inst.mayLeave[s.instance] {
			panic(&canon.Trap{Fault: canon.FaultLeave})
		}
		call(cc, inst.context(s.context), &inst.frames[i], stack)
	}
}

func valueTypes(in []canon.Core) []api.ValueType {
	out := make([]api.ValueType, len(in))
	for i, c := range in {
		out[i] = api.ValueType(c)
	}
	return out
}

// Close releases what Link made. Instances must be closed first.
func (l *Linked) Close(ctx context.Context) error {
	if l.slots == nil {
		return nil
	}
	return l.slots.Close(ctx)
}

// Component returns what was linked.
func (l *Linked) Component() *Component { return l.comp }
