package component

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"astrid/pkg/component/canon"
)

// Linked is a component with its imports bound. It is immutable: share it, and instantiate it as often as needed.
type Linked struct {
	comp      *Component
	resources map[*canon.Resource]HostResource
	slots     api.Module            // the core functions of the canonical ABI, for every instance; nil without any
	code      wazero.CompiledModule // of slots
}

// Link binds every import of the component to the linker's interfaces. What is missing or does not fit is
// collected in one *LinkError.
func (l *Linker) Link(ctx context.Context, c *Component) (*Linked, error) {
	linked, imports, err := l.resolve(c)
	if err != nil {
		return nil, err
	}
	if err := linked.makeSlots(ctx, imports); err != nil {
		return nil, err
	}
	return linked, nil
}

// resolve finds and plans what the component imports.
func (l *Linker) resolve(c *Component) (*Linked, []invoker, error) {
	linked := &Linked{comp: c, resources: map[*canon.Resource]HostResource{}}
	var failed LinkError
	for _, r := range c.prog.resources {
		def, ok := l.findResource(r)
		if !ok {
			failed.Missing = append(failed.Missing, hostImport{iface: r.iface, name: r.name}.qualified())
		}
		linked.resources[r.res] = def
	}
	imports := make([]invoker, len(c.prog.imports))
	for i, imp := range c.prog.imports {
		host, errs, ok := l.find(imp)
		if !ok {
			failed.Missing = append(failed.Missing, imp.qualified())
			continue
		}
		var err error
		if imports[i], err = linked.bind(i, host, errs); err != nil {
			failed.Mismatched = append(failed.Mismatched, err)
		}
	}
	if failed.Missing != nil || failed.Mismatched != nil {
		return nil, nil, &failed
	}
	return linked, imports, nil
}

// Check reports whether Link would find everything that a file imports, with the types that the file expects, without
// compiling it: an error of Link, or one of those of Compile about the file itself. Nil says nothing about the code in
// it, which only the engine validates.
func (l *Linker) Check(file []byte, c Config) error {
	b := newBuilder(&c)
	if _, err := b.read(file); err != nil {
		return err
	}
	_, _, err := l.resolve(&Component{prog: b.prog})
	return err
}

// bind plans the host's function for import i.
func (l *Linked) bind(i int, host HostFunc, errs *canon.Errors) (invoker, error) {
	imp := l.comp.prog.imports[i]
	typ := imp.typ
	if typ == nil {
		var err error
		if typ, err = l.comp.derived(i, host, errs); err != nil {
			return nil, fmt.Errorf("%s: %w", imp.qualified(), err)
		}
	}
	return host.bind(imp.qualified(), typ, l.binding(errs))
}

// binding is what Go types of the host mean beyond themselves.
func (l *Linked) binding(errs *canon.Errors) canon.Binding {
	b := canon.Binding{Errors: errs, Resources: map[*canon.Resource]reflect.Type{}}
	for r, def := range l.resources {
		b.Resources[r] = def.typ
	}
	return b
}

// derived returns the type of a core module's import, which the host's Go types decide, and checks that lowering it
// gives the signature of the import, whose slot has the same index.
func (c *Component) derived(i int, host HostFunc, errs *canon.Errors) (*canon.FuncType, error) {
	typ, err := host.derive(errs)
	if err != nil {
		return nil, err
	}
	want, err := typ.Flatten(canon.Lower)
	if err != nil {
		return nil, err
	}
	if have := c.prog.slots[i].sig; want.String() != have.String() {
		return nil, fmt.Errorf("the core module imports it as %s, and %s lowers to %s", have, typ, want)
	}
	return typ, c.prog.contexts[c.prog.slots[i].context].provides(typ, canon.Lower)
}

// provides returns an error unless the context of a core module has what a function of the type needs.
func (r *contextRef) provides(typ *canon.FuncType, d canon.Direction) error {
	memory, realloc, err := typ.Needs(d)
	switch {
	case err != nil:
		return err
	case memory && !r.hasMemory:
		return fmt.Errorf("%s needs the core module to export %q", typ, coreMemory)
	case realloc && !r.hasRealloc:
		return fmt.Errorf("%s needs the core module to export %q of type %s", typ, coreRealloc, reallocType())
	}
	return nil
}

// makeSlots makes the host module that holds the component's slots. They find the instance that calls them in the
// context, so that one module serves all instances.
func (l *Linked) makeSlots(ctx context.Context, imports []invoker) error {
	prog := l.comp.prog
	if len(prog.slots) == 0 {
		return nil
	}
	rt := l.comp.runtime.wazero
	b := rt.NewHostModuleBuilder("canon")
	ts := transfers{}
	for i := range prog.slots {
		if ctx.Err() != nil {
			return fmt.Errorf("link: %w", context.Cause(ctx))
		}
		fn, name, err := l.slot(i, imports, ts)
		if err != nil {
			return fmt.Errorf("link: %w", err)
		}
		sig := prog.slots[i].sig
		b.NewFunctionBuilder().
			WithGoFunction(fn, valueTypes(sig.Params), valueTypes(sig.Results)).
			WithName(name).
			Export(slotName(i))
	}
	code, err := b.Compile(ctx)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	// Builder.Instantiate would return a wrapper, which import resolution does not take.
	mod, err := rt.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return errors.Join(fmt.Errorf("link: %w", err), code.Close(ctx))
	}
	l.slots, l.code = mod, code
	return nil
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
	return errors.Join(l.slots.Close(ctx), l.code.Close(ctx))
}

// Component returns what was linked.
func (l *Linked) Component() *Component { return l.comp }
