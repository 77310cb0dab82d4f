package component

import (
	"fmt"
	"slices"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// builder walks a component's definitions in file order and appends what they mean to a program. Nested
// components are walked where they are instantiated, with their imports bound to the arguments.
type builder struct {
	prog   *program
	limits core.Limits
	work   int
	parsed map[*binary.CoreModule]*core.Module
	shapes map[string]int // index of a module by its offset and import shape
	ctxs   map[contextRef]int
	depth  int
	parent int // the component instance that is being built, -1 outside
}

func newBuilder(limits core.Limits) *builder {
	return &builder{
		prog:   &program{dtors: map[*canon.Resource]coreItem{}},
		limits: limits,
		parent: -1,
		parsed: map[*binary.CoreModule]*core.Module{},
		shapes: map[string]int{},
		ctxs:   map[contextRef]int{},
	}
}

// Bounds on what a file can make the builder do: a component that instantiates a component twice that instantiates
// one twice, and so on, describes exponentially many instances in a few bytes.
const (
	maxWork      = 1 << 20 // definitions walked
	maxInstances = 1000    // core instances
	maxDepth     = 100     // nested instantiations
)

func (b *builder) spend() error {
	if b.work++; b.work > maxWork {
		return &LimitError{Limit: "component size", Value: fmt.Sprintf("%d definitions", maxWork)}
	}
	return nil
}

// component walks a component in a fresh scope and returns its exports. args are what its imports are bound to;
// nil marks the root, whose imports the host provides.
func (b *builder) component(def *componentDef, args map[string]item) (*exports, error) {
	if b.depth++; b.depth > maxDepth {
		return nil, invalid(def.ast.At, "components are instantiated in each other deeper than %d", maxDepth)
	}
	defer func() { b.depth-- }()
	s := &scope{outer: def.env, component: true, instance: len(b.prog.parents), coreOthers: map[binary.CoreSort][]coreItem{}}
	b.prog.parents = append(b.prog.parents, b.parent)
	defer func(outer int) { b.parent = outer }(b.parent)
	b.parent = s.instance
	out := &exports{}
	for _, d := range def.ast.Defs {
		if err := b.spend(); err != nil {
			return nil, err
		}
		if err := b.definition(s, d, args, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *builder) definition(s *scope, def binary.Def, args map[string]item, out *exports) error {
	switch d := def.(type) {
	case *binary.CoreModule:
		s.coreModules = append(s.coreModules, d)
	case *binary.CoreInstance:
		return b.coreInstance(s, d)
	case *binary.CoreType, *binary.Type, *binary.Alias:
		return b.typeDecl(s, d)
	case *binary.Component:
		s.components = append(s.components, &componentDef{d, s})
	case *binary.Instance:
		return b.instance(s, d)
	case *binary.Canon:
		return b.canon(s, d)
	case *binary.Import:
		return b.importDef(s, d, args)
	case *binary.Export:
		return b.export(s, d, out)
	}
	return nil
}

func (b *builder) importDef(s *scope, d *binary.Import, args map[string]item) error {
	if args == nil {
		it, err := b.provided(s, "", d.Name, d.Desc, d.Offset())
		if err != nil {
			return err
		}
		s.push(it)
		return nil
	}
	it, ok := args[d.Name]
	if !ok {
		return invalid(d.Offset(), "the nested component imports %q, which its instantiation does not give", d.Name)
	}
	if want := externSort(d.Desc.Kind); it.sort() != want {
		return invalid(d.Offset(), "the nested component imports %q as %s and is given %s", d.Name, want, it.sort())
	}
	s.push(it)
	return nil
}

func externSort(k binary.ExternKind) string {
	switch k {
	case binary.ExternModule:
		return "core module"
	case binary.ExternFunc:
		return "func"
	case binary.ExternType:
		return "type"
	case binary.ExternComponent:
		return "component"
	default:
		return "instance"
	}
}

func (b *builder) export(s *scope, d *binary.Export, out *exports) error {
	it, err := s.item(d.Sort, d.Index, d.Offset())
	if err != nil {
		return err
	}
	if _, dup := out.items[d.Name]; dup {
		return invalid(d.Offset(), "export %q is defined twice", d.Name)
	}
	if it.typ != nil && it.typ.res != nil && !it.typ.res.Host {
		it.typ.res.Name = d.Name
	}
	out.add(d.Name, it)
	s.push(it) // an export has an index of its own
	return nil
}

// item looks a definition up by sort and index.
func (s *scope) item(sort binary.Sort, i uint32, offset int) (it item, err error) {
	switch sort.Code {
	case binary.SortFunc:
		it.fn, err = at(s.funcs, i, offset, "function")
	case binary.SortType:
		it.typ, err = at(s.types, i, offset, "type")
	case binary.SortComponent:
		it.component, err = at(s.components, i, offset, "component")
	case binary.SortInstance:
		it.instance, err = at(s.instances, i, offset, "instance")
	case binary.SortCore:
		if sort.Core != binary.CoreModuleSort {
			return item{}, invalid(offset, "a core definition other than a module where a component definition is wanted")
		}
		it.module, err = at(s.coreModules, i, offset, "core module")
	}
	return it, err
}

func (b *builder) instance(s *scope, d *binary.Instance) error {
	named := &exports{}
	for _, a := range append(slices.Clone(d.Args), d.Exports...) {
		it, err := s.item(a.Sort, a.Index, d.Offset())
		if err != nil {
			return err
		}
		if _, dup := named.items[a.Name]; dup {
			return invalid(d.Offset(), "%q is given twice", a.Name)
		}
		named.add(a.Name, it)
	}
	if d.Inline {
		s.instances = append(s.instances, named)
		return nil
	}
	c, err := at(s.components, d.Component, d.Offset(), "component")
	if err != nil {
		return err
	}
	args := named.items
	if args == nil {
		args = map[string]item{}
	}
	inst, err := b.component(c, args)
	if err != nil {
		return err
	}
	s.instances = append(s.instances, inst)
	return nil
}

func (b *builder) alias(s *scope, d *binary.Alias) error {
	switch d.Target {
	case binary.AliasCoreExport:
		return b.aliasCore(s, d)
	case binary.AliasOuter:
		return b.aliasOuter(s, d)
	}
	inst, err := at(s.instances, d.Instance, d.Offset(), "instance")
	if err != nil {
		return err
	}
	it, ok := inst.items[d.Name]
	if !ok {
		return invalid(d.Offset(), "instance %d has no export %q", d.Instance, d.Name)
	}
	if want := aliasSort(d.Sort); it.sort() != want {
		return invalid(d.Offset(), "export %q of instance %d is a %s, not a %s", d.Name, d.Instance, it.sort(), want)
	}
	s.push(it)
	return nil
}

func aliasSort(sort binary.Sort) string {
	switch sort.Code {
	case binary.SortFunc:
		return "func"
	case binary.SortType:
		return "type"
	case binary.SortComponent:
		return "component"
	case binary.SortInstance:
		return "instance"
	}
	if sort.Core == binary.CoreModuleSort {
		return "core module"
	}
	return "core definition"
}

func (b *builder) aliasOuter(s *scope, d *binary.Alias) error {
	from, err := s.enclosing(d.Count, d.Offset())
	if err != nil {
		return err
	}
	switch d.Sort {
	case binary.Sort{Code: binary.SortCore, Core: binary.CoreTypeSort}:
		t, err := at(from.coreTypes, d.Index, d.Offset(), "core type")
		if err != nil {
			return err
		}
		s.coreTypes = append(s.coreTypes, t)
		return nil
	case binary.Sort{Code: binary.SortFunc}, binary.Sort{Code: binary.SortInstance}:
		return invalid(d.Offset(), "an outer alias cannot name a %s", aliasSort(d.Sort))
	}
	it, err := from.item(d.Sort, d.Index, d.Offset())
	if err != nil {
		return err
	}
	s.push(it)
	return nil
}

func (b *builder) aliasCore(s *scope, d *binary.Alias) error {
	if d.Sort.Code != binary.SortCore {
		return invalid(d.Offset(), "a core instance exports no component definitions")
	}
	inst, err := at(s.coreInstances, d.Instance, d.Offset(), "core instance")
	if err != nil {
		return err
	}
	it, ok := inst.export(d.Name)
	if !ok {
		return invalid(d.Offset(), "core instance %d has no export %q", d.Instance, d.Name)
	}
	if it.sort != d.Sort.Core {
		return invalid(d.Offset(), "export %q of core instance %d is of another sort", d.Name, d.Instance)
	}
	if it.sort == binary.CoreFunc {
		s.coreFuncs = append(s.coreFuncs, it)
	} else {
		s.coreOthers[it.sort] = append(s.coreOthers[it.sort], it.coreItem)
	}
	return nil
}

// export looks an export of a core instance up.
func (c coreInstance) export(name string) (coreFunc, bool) {
	if c.module == nil {
		it, ok := c.bundle[name]
		return it, ok
	}
	e, ok := c.module.parsed.Export(name)
	if !ok {
		return coreFunc{}, false
	}
	it := coreFunc{coreItem: coreItem{sort: binary.CoreSort(e.Kind), step: c.step, name: name}}
	if e.Kind == core.KindFunc {
		it.sig, _ = c.module.parsed.FuncTypeOf(e.Index)
		it.identity = funcIdentity{c.step, e.Index}
	}
	return it, true
}

func (b *builder) coreInstance(s *scope, d *binary.CoreInstance) error {
	if d.Inline {
		bundle := map[string]coreFunc{}
		for _, e := range d.Exports {
			it, err := s.coreItem(e.Sort, e.Index, d.Offset())
			if err != nil {
				return err
			}
			if _, dup := bundle[e.Name]; dup {
				return invalid(d.Offset(), "core export %q is given twice", e.Name)
			}
			bundle[e.Name] = it
		}
		s.coreInstances = append(s.coreInstances, coreInstance{bundle: bundle})
		return nil
	}
	mod, err := at(s.coreModules, d.Module, d.Offset(), "core module")
	if err != nil {
		return err
	}
	args := map[string]coreInstance{}
	for _, a := range d.Args {
		inst, err := at(s.coreInstances, a.Instance, d.Offset(), "core instance")
		if err != nil {
			return err
		}
		if _, dup := args[a.Name]; dup {
			return invalid(d.Offset(), "core argument %q is given twice", a.Name)
		}
		args[a.Name] = inst
	}
	inst, err := b.instantiate(mod, d.Offset(), func(imp core.Import) (coreFunc, error) {
		from, ok := args[imp.Module]
		if !ok {
			return coreFunc{}, invalid(d.Offset(), "the core module imports from %q, which its instantiation does not give", imp.Module)
		}
		it, ok := from.export(imp.Name)
		if !ok {
			return coreFunc{}, invalid(d.Offset(), "the core module imports %q of %q, which has no such export", imp.Name, imp.Module)
		}
		return it, nil
	})
	if err != nil {
		return err
	}
	s.coreInstances = append(s.coreInstances, inst)
	return nil
}

func (s *scope) coreItem(sort binary.CoreSort, i uint32, offset int) (coreFunc, error) {
	switch sort {
	case binary.CoreFunc:
		return at(s.coreFuncs, i, offset, "core function")
	case binary.CoreTable, binary.CoreMemory, binary.CoreGlobal:
		it, err := at(s.coreOthers[sort], i, offset, "core definition")
		return coreFunc{coreItem: it}, err
	}
	return coreFunc{}, invalid(offset, "a core instance cannot export this sort")
}

// instantiate appends a step for a core module whose imports resolve answers.
func (b *builder) instantiate(mod *binary.CoreModule, offset int, resolve func(core.Import) (coreFunc, error)) (coreInstance, error) {
	if len(b.prog.steps) >= maxInstances {
		return coreInstance{}, &LimitError{Limit: "instance count", Value: fmt.Sprint(maxInstances)}
	}
	parsed, err := b.parse(mod)
	if err != nil {
		return coreInstance{}, err
	}
	imports := parsed.Imports()
	st := step{}
	shape := make([]importName, len(imports))
	for i, imp := range imports {
		it, err := resolve(imp)
		if err != nil {
			return coreInstance{}, err
		}
		if it.sort != binary.CoreSort(imp.Kind) {
			return coreInstance{}, invalid(offset, "the core module imports %q of %q as a %s and is given another sort", imp.Name, imp.Module, imp.Kind)
		}
		if imp.Kind == core.KindFunc && !it.sig.Equal(imp.Func) {
			return coreInstance{}, invalid(offset, "the core module imports %q of %q as %s and is given %s", imp.Name, imp.Module, imp.Func, it.sig)
		}
		provider, name := it.step, it.name
		if provider == slotProvider {
			name = slotName(it.slot)
		}
		ordinal := slices.Index(st.providers, provider)
		if ordinal < 0 {
			ordinal = len(st.providers)
			st.providers = append(st.providers, provider)
		}
		shape[i] = importName{ordinal, name}
	}
	st.module = b.module(mod, parsed, imports, shape)
	b.prog.steps = append(b.prog.steps, st)
	return coreInstance{step: len(b.prog.steps) - 1, module: b.prog.modules[st.module]}, nil
}

func slotName(i int) string { return fmt.Sprint(i) }

func (b *builder) parse(mod *binary.CoreModule) (*core.Module, error) {
	if m := b.parsed[mod]; m != nil {
		return m, nil
	}
	m, err := core.Parse(mod.Wasm, b.limits)
	if err != nil {
		return nil, coreError(mod.Offset(), err)
	}
	b.parsed[mod] = m
	return m, nil
}

// module returns the index of the module in the given import shape.
func (b *builder) module(mod *binary.CoreModule, parsed *core.Module, imports []core.Import, shape []importName) int {
	key := fmt.Sprintf("%d %v", mod.Offset(), shape)
	if i, ok := b.shapes[key]; ok {
		return i
	}
	b.prog.modules = append(b.prog.modules, &coreModule{mod.Offset(), parsed, mod.Wasm, shape, imports})
	b.shapes[key] = len(b.prog.modules) - 1
	return b.shapes[key]
}

func (b *builder) canon(s *scope, d *binary.Canon) error {
	switch d.Kind {
	case binary.CanonLift:
		return b.lift(s, d)
	case binary.CanonLower:
		return b.lower(s, d)
	}
	r, err := s.resource(d.Type, d.Offset())
	if err != nil {
		return err
	}
	sl := slot{res: r, instance: s.instance, sig: canon.CoreSig{Params: []canon.Core{canon.I32}}}
	switch d.Kind {
	case binary.CanonResourceNew:
		sl.kind, sl.sig.Results = slotNew, []canon.Core{canon.I32}
	case binary.CanonResourceRep:
		sl.kind, sl.sig.Results = slotRep, []canon.Core{canon.I32}
	default:
		sl.kind = slotDrop
	}
	if sl.kind != slotDrop && (r.Host || r.Instance != s.instance) {
		return invalid(d.Offset(), "resource.new and resource.rep are for resources that the component itself defines")
	}
	b.slot(s, sl)
	return nil
}

// slot appends a slot and gives it the next core function index.
func (b *builder) slot(s *scope, sl slot) {
	b.prog.slots = append(b.prog.slots, sl)
	at := len(b.prog.slots) - 1
	s.coreFuncs = append(s.coreFuncs, coreFunc{
		coreItem: coreItem{sort: binary.CoreFunc, step: slotProvider, slot: at, name: slotName(at)},
		sig:      coreType(sl.sig),
		identity: funcIdentity{slotProvider, uint32(at)},
	})
}

func (b *builder) lower(s *scope, d *binary.Canon) error {
	fn, err := at(s.funcs, d.Func, d.Offset(), "function")
	if err != nil {
		return err
	}
	sig, err := fn.typ.Flatten(canon.Lower)
	if err != nil {
		return &InvalidError{Offset: d.Offset(), Reason: err.Error(), Err: err}
	}
	context, err := b.context(s, d, fn.typ, canon.Lower)
	if err != nil {
		return err
	}
	kind := slotImport
	if fn.lift >= 0 {
		kind = slotCall
	}
	b.slot(s, slot{kind: kind, fn: fn, sig: sig, context: context, instance: s.instance})
	return nil
}

func (b *builder) lift(s *scope, d *binary.Canon) error {
	fn, err := at(s.coreFuncs, d.Func, d.Offset(), "core function")
	if err != nil {
		return err
	}
	typ, err := s.funcType(d.Type, d.Offset())
	if err != nil {
		return err
	}
	sig, err := typ.Flatten(canon.Lift)
	if err != nil {
		return &InvalidError{Offset: d.Offset(), Reason: err.Error(), Err: err}
	}
	if want := coreType(sig); !want.Equal(fn.sig) {
		return invalid(d.Offset(), "canon lift of %s needs a core function %s, this one is %s", typ, want, fn.sig)
	}
	context, err := b.context(s, d, typ, canon.Lift)
	if err != nil {
		return err
	}
	l := lift{core: fn.coreItem, identity: fn.identity, typ: typ, sig: fn.sig, context: context, instance: s.instance}
	if i := d.Opts.PostReturn; i != nil {
		post, err := at(s.coreFuncs, *i, d.Offset(), "core function")
		if err != nil {
			return err
		}
		if want := (core.FuncType{Params: fn.sig.Results}); !want.Equal(post.sig) {
			return invalid(d.Offset(), "post-return needs a core function %s, this one is %s", want, post.sig)
		}
		l.postReturn = &post.coreItem
	}
	b.prog.lifts = append(b.prog.lifts, l)
	s.funcs = append(s.funcs, &function{typ: typ, lift: len(b.prog.lifts) - 1, hostImport: -1})
	return nil
}

// context resolves the memory and realloc of a canonical definition and checks that what its type needs is there.
func (b *builder) context(s *scope, d *binary.Canon, typ *canon.FuncType, dir canon.Direction) (int, error) {
	needMemory, needRealloc, err := typ.Needs(dir)
	if err != nil {
		return 0, &InvalidError{Offset: d.Offset(), Reason: err.Error(), Err: err}
	}
	ref := contextRef{instance: s.instance, encoding: canon.Encoding(d.Opts.Encoding)}
	if i := d.Opts.Memory; i != nil {
		if ref.memory, err = at(s.coreOthers[binary.CoreMemory], *i, d.Offset(), "core memory"); err != nil {
			return 0, err
		}
		ref.hasMemory = true
	}
	if i := d.Opts.Realloc; i != nil {
		fn, err := at(s.coreFuncs, *i, d.Offset(), "core function")
		if err != nil {
			return 0, err
		}
		if !fn.sig.Equal(reallocType()) {
			return 0, invalid(d.Offset(), "realloc needs a core function %s, this one is %s", reallocType(), fn.sig)
		}
		ref.realloc, ref.hasRealloc = fn.coreItem, true
	}
	switch {
	case needMemory && !ref.hasMemory:
		return 0, invalid(d.Offset(), "%s needs the canonical option memory", typ)
	case needRealloc && !ref.hasRealloc:
		return 0, invalid(d.Offset(), "%s needs the canonical option realloc", typ)
	case ref.hasRealloc && !ref.hasMemory:
		return 0, invalid(d.Offset(), "the canonical option realloc needs the option memory")
	}
	return b.contextIndex(ref), nil
}

// contextIndex returns the index of ref among the program's contexts.
func (b *builder) contextIndex(ref contextRef) int {
	if i, ok := b.ctxs[ref]; ok {
		return i
	}
	b.prog.contexts = append(b.prog.contexts, ref)
	b.ctxs[ref] = len(b.prog.contexts) - 1
	return b.ctxs[ref]
}

// reallocType is the signature of realloc: old pointer, old size, alignment, new size.
func reallocType() core.FuncType {
	i := core.I32
	return core.FuncType{Params: []core.ValType{i, i, i, i}, Results: []core.ValType{i}}
}

func coreType(sig canon.CoreSig) core.FuncType {
	conv := func(in []canon.Core) []core.ValType {
		out := make([]core.ValType, len(in))
		for i, c := range in {
			out[i] = core.ValType(c)
		}
		return out
	}
	return core.FuncType{Params: conv(sig.Params), Results: conv(sig.Results)}
}
