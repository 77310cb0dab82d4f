package component

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
)

// Component is a compiled component. It is immutable and can be linked any number of times.
type Component struct {
	runtime  *Runtime
	prog     *program
	compiled []*compiledModule
	module   bool // the file was a core module
}

// Code is a component or a core module that another component imports by name. It becomes part of each component that
// it is compiled with: every instance of that one has its own instances of it.
type Code struct {
	// Name is the name of the import; of one in an imported instance, "instance#name".
	Name string
	// File is the binary. It must not change while the Component is in use.
	File []byte
}

// Compile compiles a component, or a core module with canonically lowered imports. The components and core modules
// that it imports are taken from code. It returns a *binary.Error or an *InvalidError for a file that is neither or
// that is not valid, a *LinkError where it imports code that is not given or is of another type, and a *LimitError for
// one that wants more than the runtime grants. The file must not change while the Component is in use.
func Compile(ctx context.Context, r *Runtime, file []byte, code ...Code) (*Component, error) {
	if len(code) > 0 {
		c, _, err := compileFile(ctx, r, file, code, nil)
		return c, err
	}
	keeper := r.keeper(file)
	if was := keeper.load(); was != nil {
		// An error here is either found again below, or the fault of what was kept.
		if c, _, err := compileFile(ctx, r, file, nil, was); err == nil {
			return c, nil
		}
	}
	c, rewritten, err := compileFile(ctx, r, file, nil, nil)
	if err == nil {
		keeper.save(c.keep(rewritten))
	}
	return c, err
}

// compileFile compiles with what was kept of the file the last time, or all of it anew.
func compileFile(ctx context.Context, r *Runtime, file []byte, code []Code, was *kept) (*Component, []core.Rewritten, error) {
	b := newBuilder(&r.config)
	for _, part := range code {
		if err := b.supply(part); err != nil {
			return nil, nil, fmt.Errorf("%q: %w", part.Name, err)
		}
	}
	b.was = was
	module, err := b.read(file)
	if err != nil {
		return nil, nil, err
	}
	c := &Component{runtime: r, prog: b.prog, module: module}
	if err := b.checkFeatures(); err != nil {
		return nil, nil, err
	}
	if err := c.checkMemory(); err != nil {
		return nil, nil, err
	}
	var rewritten []core.Rewritten
	if was != nil {
		if rewritten = was.rewritten; len(rewritten) != len(c.prog.modules) {
			return nil, nil, fmt.Errorf("%d core modules were kept of %d", len(rewritten), len(c.prog.modules))
		}
	} else if err := b.checkUnused(ctx, r); err != nil {
		return nil, nil, err
	}
	rewritten, err = c.compileAll(ctx, rewritten)
	if err != nil {
		return nil, nil, err
	}
	return c, rewritten, nil
}

// checkFeatures refuses core modules that use extensions which guests may not use.
func (b *builder) checkFeatures() error {
	for _, mod := range inOrder(b.parsed) {
		if what := b.config.refuses(b.parsed[mod].Features()); what != "" {
			return &InvalidError{Offset: mod.Offset(), Reason: "core module: " + what + " is not supported", Unsupported: true}
		}
	}
	return nil
}

func inOrder(modules map[*binary.CoreModule]*core.Module) []*binary.CoreModule {
	return slices.SortedFunc(maps.Keys(modules), func(x, y *binary.CoreModule) int { return x.Offset() - y.Offset() })
}

func errNotWasm() error {
	return &binary.Error{Reason: "neither a component nor a core module: the file does not begin with a wasm preamble"}
}

// read resolves a file into a program. module says that it is a core module.
func (b *builder) read(file []byte) (module bool, err error) {
	defer rescue(&err)
	switch binary.Sniff(file) {
	case binary.LayerComponent:
		ast, err := binary.Decode(file)
		if err != nil {
			return false, err
		}
		if b.was == nil { // else it was found valid
			if err := validate.Linked(ast, b.parse, b.code); err != nil {
				return false, invalidError(err)
			}
		}
		b.build(ast)
		return false, nil
	case binary.LayerModule:
		return true, b.coreGuest(file)
	default:
		return false, errNotWasm()
	}
}

// checkUnused has the engine validate the core modules that nothing instantiates, of which Parse has left it the types
// of operands.
func (b *builder) checkUnused(ctx context.Context, r *Runtime) error {
	unused := maps.Clone(b.parsed)
	maps.DeleteFunc(unused, func(_ *binary.CoreModule, parsed *core.Module) bool {
		return slices.ContainsFunc(b.prog.modules, func(m *coreModule) bool { return m.parsed == parsed })
	})
	for _, mod := range inOrder(unused) {
		out, err := unused[mod].Rewrite(core.Options{Imports: func(_ int, i core.Import) (string, string) {
			return "imported", i.Name // the engine takes no import from a module without a name
		}})
		if err != nil {
			return coreError(mod.Offset(), err)
		}
		compiled, err := r.wazero.CompileModule(ctx, out.Bytes)
		if err != nil {
			return &InvalidError{Offset: mod.Offset(), Reason: "core module: " + err.Error(), Err: err}
		}
		if err := compiled.Close(ctx); err != nil {
			return err
		}
	}
	return nil
}

// invalidError says where a component is not valid. A limit that a core module exceeds stays one.
func invalidError(err error) error {
	if limit := (*LimitError)(nil); errors.As(err, &limit) {
		return limit
	}
	var bad *validate.Error
	if !errors.As(err, &bad) {
		return err
	}
	if bad.Linking {
		return &LinkError{Mismatched: []error{bad}}
	}
	if inner := (*InvalidError)(nil); errors.As(bad.Err, &inner) {
		return inner
	}
	return &InvalidError{Offset: bad.Offset, Reason: bad.Reason, Err: bad}
}

// Close releases the compiled code. Instances that run keep theirs.
func (c *Component) Close(ctx context.Context) error {
	var errs []error
	for _, m := range c.compiled {
		if m != nil { // one that was not compiled in the end
			errs = append(errs, m.Close(ctx))
		}
	}
	c.compiled = nil
	return errors.Join(errs...)
}

// checkMemory refuses a component whose memories begin above the limit: growing is refused by the allocator, but
// an initial size cannot be.
func (c *Component) checkMemory() error {
	var total uint64
	for _, st := range c.prog.steps {
		m := c.prog.modules[st.module].parsed
		for _, mem := range m.Memories()[imported(m, core.KindMemory):] {
			total += uint64(mem.Min) * pageSize
		}
	}
	if limit := c.runtime.config.Memory; total > limit {
		return &LimitError{Limit: "memory", Value: fmt.Sprintf("%d bytes (the component begins with %d)", limit, total)}
	}
	return nil
}

// metered counts the metered modules of an instance.
func (c *Component) metered() int {
	n := 0
	for _, st := range c.prog.steps {
		if c.compiled[st.module].metered {
			n++
		}
	}
	return n
}

// tableShare is what each table of an instance may grow to, so that all of them stay within the limit.
func (p *program) tableShare(limit uint32) uint32 {
	tables := 0
	for _, st := range p.steps {
		m := p.modules[st.module].parsed
		tables += len(m.Tables()) - imported(m, core.KindTable)
	}
	return max(1, limit/uint32(max(1, tables)))
}

// imported counts the imports of a kind.
func imported(m *core.Module, kind core.ExternKind) int {
	n := 0
	for _, i := range m.Imports() {
		if i.Kind == kind {
			n++
		}
	}
	return n
}

// Import is a function that a component imports. Interface is empty for one imported by its bare name.
type Import struct {
	Interface string
	Func      string
	typ       *canon.FuncType
}

// Type is the function's type in WIT. It is empty in a core module, which does not say.
func (i Import) Type() string { return shown(i.typ) }

// Imports returns the functions that the component imports, in order.
func (c *Component) Imports() []Import {
	out := make([]Import, len(c.prog.imports))
	for i, imp := range c.prog.imports {
		out[i] = Import{imp.iface, imp.name, imp.typ}
	}
	return out
}

// Export is a function that a component exports, by the name that ExportFunc1 and its kin take: "name", or
// "interface#name" for a function of an exported instance.
type Export struct {
	Name string
	// Func is equal for two exports that lift the same core function.
	Func CoreFuncID
	typ  *canon.FuncType
}

// Type is the function's type in WIT. It is empty in a core module, which does not say.
func (e Export) Type() string { return shown(e.typ) }

func shown(typ *canon.FuncType) string {
	if typ == nil {
		return ""
	}
	return typ.String()
}

// CoreFuncID identifies a core function within a component.
type CoreFuncID struct{ instance, index uint32 }

// Exports returns the functions that the component exports, in order.
func (c *Component) Exports() []Export {
	var out []Export
	c.eachExport(func(name string, fn *function) {
		e := Export{Name: name, typ: fn.typ}
		if fn.lift >= 0 {
			id := c.prog.lifts[fn.lift].identity
			e.Func = CoreFuncID{uint32(id.step), id.index}
		}
		out = append(out, e)
	})
	return out
}

// IsModule reports whether the file was a core module rather than a component.
func (c *Component) IsModule() bool { return c.module }

func (c *Component) eachExport(yield func(name string, fn *function)) {
	c.prog.exports.each("", yield)
}

func (e *exports) each(prefix string, yield func(name string, fn *function)) {
	for _, name := range e.names {
		switch it := e.items[name]; {
		case it.fn != nil:
			yield(prefix+name, it.fn)
		case it.instance != nil:
			it.instance.each(prefix+name+"#", yield)
		}
	}
}

// exported finds a function export that this component itself implements.
func (c *Component) exported(name string) (*lift, int, error) {
	var found *function
	var has []string
	passed := ""
	c.eachExport(func(n string, fn *function) {
		if fn.lift < 0 {
			if n == name {
				passed = c.prog.imports[fn.hostImport].qualified()
			}
			return
		}
		has = append(has, n)
		if n == name {
			found = fn
		}
	})
	if found == nil {
		slices.Sort(has)
		return nil, 0, &ExportError{name, has, passed}
	}
	return &c.prog.lifts[found.lift], found.lift, nil
}
