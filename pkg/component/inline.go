package component

import (
	"fmt"
	"slices"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
)

// builder walks a component's definitions in file order and appends what they mean to a program. Nested
// components are walked where they are instantiated, with their imports bound to the arguments.
type builder struct {
	prog   *program
	config *Config
	work   int
	wasm   int            // bytes of core modules, each as often as it is compiled
	items  int            // globals and elements, of all core instances
	named  int            // bytes of names of imports and exports, each as often as it is reached
	code   map[string]any // what imports of components and core modules are given, as validate.Linked has it
	parsed map[*binary.CoreModule]*core.Module
	shapes map[string]int // index of a module by its identity and import shape
	ctxs   map[contextRef]int
	was    *kept // of the file, from the last time; nil without
	depth  int
	parent int // the component instance that is being built, -1 outside
}

func newBuilder(config *Config) *builder {
	return &builder{
		prog:   &program{dtors: map[*canon.Resource]coreItem{}},
		config: config,
		parent: -1,
		code:   map[string]any{},
		parsed: map[*binary.CoreModule]*core.Module{},
		shapes: map[string]int{},
		ctxs:   map[contextRef]int{},
	}
}

// Bounds on what a file can make the builder do: a component that instantiates a component twice that instantiates
// one twice, and so on, describes exponentially many instances in a few bytes.
const (
	maxWork       = 1 << 20   // definitions walked, and their parts
	maxNames      = 16 << 20  // bytes of names
	maxCode       = 128 << 20 // bytes of core modules: one is compiled for each way in which its imports are named
	maxItems      = 2 << 20   // globals and elements of core instances
	maxInstances  = 1000      // core instances
	maxComponents = 10_000    // component instances
	maxSlots      = 8192      // core functions of the canonical ABI, which wazero takes quadratic time for
	maxDepth      = 100       // nested instantiations
)

// spend charges a definition.
func (b *builder) spend(def binary.Def) {
	b.walked(1 + parts(def))
}

func (b *builder) walked(definitions int) {
	if b.work += definitions; b.work > maxWork {
		panic(&LimitError{Limit: "component size", Value: fmt.Sprintf("%d definitions", maxWork)})
	}
}

// parts is how many things a definition is made of that take room wherever it is walked.
func parts(def binary.Def) int {
	switch d := def.(type) {
	case *binary.Instance:
		return len(d.Args) + len(d.Exports)
	case *binary.CoreInstance:
		return len(d.Args) + len(d.Exports)
	case *binary.Type:
		switch t := d.Def.(type) {
		case *binary.Func:
			return len(t.Params)
		case *binary.Record:
			return len(t.Fields)
		case *binary.Tuple:
			return len(t.Types)
		case *binary.Flags:
			return len(t.Labels)
		case *binary.Enum:
			return len(t.Labels)
		case *binary.Variant:
			return len(t.Cases)
		}
	}
	return 0
}

// name charges the name of an import or an export of the root, and what else is kept of it.
func (b *builder) name(bytes int) {
	if b.named += bytes + 16; b.named > maxNames {
		panic(&LimitError{Limit: "component size", Value: fmt.Sprintf("%d bytes of names", maxNames)})
	}
}

// build walks the root, whose imports the host provides.
func (b *builder) build(ast *binary.Component) {
	b.prog.exports = *b.component(&componentDef{ast: ast}, nil)
	b.reach(&b.prog.exports, 0)
}

// rescue makes errors of what a walk raised by panic: they are few, since the component has been validated, and can come
// from anywhere in it.
func rescue(err *error) {
	switch e := recover().(type) {
	case nil:
	case *InvalidError:
		*err = e
	case *LimitError:
		*err = e
	case *LinkError:
		*err = e
	default:
		panic(e)
	}
}

// reach charges the names by which exports are reached below a prefix of so many bytes.
func (b *builder) reach(e *exports, prefix int) {
	for _, name := range e.names {
		path := prefix + len(name) + 1
		b.name(path)
		if inner := e.items[name].instance; inner != nil {
			b.reach(inner, path)
		}
	}
}

// supply decodes and validates what an import of the root is given.
func (b *builder) supply(part Code) error {
	switch binary.Sniff(part.File) {
	case binary.LayerComponent:
		ast, err := binary.Decode(part.File)
		if err != nil {
			return err
		}
		if err := validate.ComponentParsed(ast, b.parse); err != nil {
			return invalidError(err)
		}
		b.code[part.Name] = ast
	case binary.LayerModule:
		mod := &binary.CoreModule{Wasm: part.File}
		if _, err := b.parse(mod); err != nil {
			return err
		}
		b.code[part.Name] = mod
	default:
		return errNotWasm()
	}
	return nil
}

// component walks a component in a fresh scope and returns its exports. args are what its imports are bound to;
// nil marks the root.
func (b *builder) component(def *componentDef, args map[string]item) *exports {
	if b.depth++; b.depth > maxDepth {
		panic(&LimitError{Limit: "component nesting", Value: fmt.Sprint(maxDepth)})
	}
	if len(b.prog.parents) >= maxComponents {
		panic(&LimitError{Limit: "component instance count", Value: fmt.Sprint(maxComponents)})
	}
	outer := b.parent
	s := &scope{outer: def.env, instance: len(b.prog.parents), coreOthers: map[binary.CoreSort][]coreItem{}}
	b.prog.parents = append(b.prog.parents, outer)
	b.parent = s.instance
	out := &exports{}
	for _, d := range def.ast.Defs {
		b.spend(d)
		b.definition(s, d, args, out)
	}
	b.parent = outer
	b.depth--
	return out
}

func (b *builder) definition(s *scope, def binary.Def, args map[string]item, out *exports) {
	switch d := def.(type) {
	case *binary.CoreModule:
		s.coreModules = append(s.coreModules, d)
	case *binary.CoreInstance:
		b.coreInstance(s, d)
	case *binary.CoreType, *binary.Type, *binary.Alias:
		b.typeDecl(s, d)
	case *binary.Component:
		s.components = append(s.components, &componentDef{d, s})
	case *binary.Instance:
		b.instance(s, d)
	case *binary.Canon:
		b.canon(s, d)
	case *binary.Import:
		if args == nil {
			s.push(b.provided(s, "", d.Name, d.Desc, d.Offset()))
		} else {
			s.push(args[d.Name])
		}
	case *binary.Export:
		it := s.item(d.Sort, d.Index)
		if d.Desc != nil {
			it = b.ascribed(s, it, *d.Desc)
		}
		if it.typ != nil && it.typ.res != nil && !it.typ.res.Host {
			it.typ.res.Name = d.Name
		}
		out.add(d.Name, it)
		s.push(it) // an export has an index of its own
	}
}

// item looks a definition up by sort and index.
func (s *scope) item(sort binary.Sort, i uint32) (it item) {
	switch sort.Code {
	case binary.SortFunc:
		it.fn = at(s.funcs, i)
	case binary.SortType:
		it.typ = at(s.types, i)
	case binary.SortComponent:
		it.component = at(s.components, i)
	case binary.SortInstance:
		it.instance = at(s.instances, i)
	case binary.SortCore:
		it.module = at(s.coreModules, i)
	}
	return it
}

func (b *builder) instance(s *scope, d *binary.Instance) {
	named := &exports{items: map[string]item{}}
	for _, a := range slices.Concat(d.Args, d.Exports) {
		named.add(a.Name, s.item(a.Sort, a.Index))
	}
	if !d.Inline {
		named = b.component(at(s.components, d.Component), named.items)
	}
	s.instances = append(s.instances, named)
}

func (b *builder) alias(s *scope, d *binary.Alias) {
	switch {
	case d.Target == binary.AliasExport:
		s.push(at(s.instances, d.Instance).items[d.Name])
	case d.Target == binary.AliasCoreExport:
		it, _ := at(s.coreInstances, d.Instance).export(d.Name)
		if it.sort == binary.CoreFunc {
			s.coreFuncs = append(s.coreFuncs, it)
		} else {
			s.coreOthers[it.sort] = append(s.coreOthers[it.sort], it.coreItem)
		}
	case d.Sort == binary.Sort{Code: binary.SortCore, Core: binary.CoreTypeSort}:
		s.coreTypes = append(s.coreTypes, at(s.enclosing(d.Count).coreTypes, d.Index))
	default:
		s.push(s.enclosing(d.Count).item(d.Sort, d.Index))
	}
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

func (b *builder) coreInstance(s *scope, d *binary.CoreInstance) {
	if d.Inline {
		bundle := map[string]coreFunc{}
		for _, e := range d.Exports {
			if e.Sort == binary.CoreFunc {
				bundle[e.Name] = at(s.coreFuncs, e.Index)
			} else {
				bundle[e.Name] = coreFunc{coreItem: at(s.coreOthers[e.Sort], e.Index)}
			}
		}
		s.coreInstances = append(s.coreInstances, coreInstance{bundle: bundle})
		return
	}
	args := map[string]coreInstance{}
	for _, a := range d.Args {
		args[a.Name] = at(s.coreInstances, a.Instance)
	}
	inst := b.instantiate(at(s.coreModules, d.Module), func(imp core.Import) coreFunc {
		it, _ := args[imp.Module].export(imp.Name)
		return it
	})
	s.coreInstances = append(s.coreInstances, inst)
}

// instantiate appends a step for a core module whose imports resolve answers.
func (b *builder) instantiate(mod *binary.CoreModule, resolve func(core.Import) coreFunc) coreInstance {
	if len(b.prog.steps) >= maxInstances {
		panic(&LimitError{Limit: "instance count", Value: fmt.Sprint(maxInstances)})
	}
	parsed, err := b.parse(mod)
	if err != nil {
		panic(err)
	}
	imports := parsed.Imports()
	b.walked(len(imports))
	if b.items += parsed.Items(); b.items > maxItems {
		panic(&LimitError{Limit: "component size", Value: fmt.Sprintf("%d globals and elements", maxItems)})
	}
	st := step{}
	shape := make([]importName, len(imports))
	for i, imp := range imports {
		it := resolve(imp)
		ordinal := slices.Index(st.providers, it.step)
		if ordinal < 0 {
			ordinal = len(st.providers)
			st.providers = append(st.providers, it.step)
		}
		shape[i] = importName{ordinal, it.name}
	}
	st.module = b.module(mod, parsed, imports, shape)
	b.prog.steps = append(b.prog.steps, st)
	return coreInstance{step: len(b.prog.steps) - 1, module: b.prog.modules[st.module]}
}

func slotName(i int) string { return fmt.Sprint(i) }

func (b *builder) parse(mod *binary.CoreModule) (*core.Module, error) {
	if m := b.parsed[mod]; m != nil {
		return m, nil
	}
	m, err := b.walk(mod)
	if err != nil {
		return nil, coreError(mod.Offset(), err)
	}
	b.parsed[mod] = m
	return m, nil
}

// walk parses a core module, without walking its code where what that finds out was kept.
func (b *builder) walk(mod *binary.CoreModule) (*core.Module, error) {
	if b.was != nil {
		if w, ok := b.was.walked[mod.Offset()]; ok {
			return core.ParseWalked(mod.Wasm, b.config.Core, w)
		}
	}
	return core.Parse(mod.Wasm, b.config.Core)
}

// module returns the index of the module in the given import shape.
func (b *builder) module(mod *binary.CoreModule, parsed *core.Module, imports []core.Import, shape []importName) int {
	key := fmt.Sprintf("%p %v", mod, shape)
	if i, ok := b.shapes[key]; ok {
		return i
	}
	if b.wasm += len(mod.Wasm); b.wasm > maxCode {
		panic(&LimitError{Limit: "component size", Value: fmt.Sprintf("%d bytes of core modules", maxCode)})
	}
	b.prog.modules = append(b.prog.modules, &coreModule{mod.Offset(), parsed, mod.Wasm, shape, imports})
	b.shapes[key] = len(b.prog.modules) - 1
	return b.shapes[key]
}

func (b *builder) canon(s *scope, d *binary.Canon) {
	switch d.Kind {
	case binary.CanonLift:
		b.lift(s, d)
	case binary.CanonLower:
		fn := at(s.funcs, d.Func)
		sig, err := fn.typ.Flatten(canon.Lower)
		if err != nil {
			panic(&InvalidError{Offset: d.Offset(), Reason: err.Error(), Err: err})
		}
		kind := slotImport
		if fn.lift >= 0 {
			kind = slotCall
		}
		b.slot(s, slot{kind: kind, fn: fn, sig: sig, context: b.context(s, d.Opts), instance: s.instance})
	default:
		b.resourceBuiltin(s, d)
	}
}

func (b *builder) resourceBuiltin(s *scope, d *binary.Canon) {
	i32 := []canon.Core{canon.I32}
	sl := slot{kind: slotDrop, res: at(s.types, d.Type).res, instance: s.instance, sig: canon.CoreSig{Params: i32}}
	switch d.Kind {
	case binary.CanonResourceNew:
		sl.kind, sl.sig.Results = slotNew, i32
	case binary.CanonResourceRep:
		sl.kind, sl.sig.Results = slotRep, i32
	}
	b.slot(s, sl)
}

// slot appends a slot and gives it the next core function index.
func (b *builder) slot(s *scope, sl slot) {
	at := b.addSlot(sl)
	s.coreFuncs = append(s.coreFuncs, coreFunc{
		coreItem: coreItem{sort: binary.CoreFunc, step: slotProvider, name: slotName(at)},
		identity: funcIdentity{slotProvider, uint32(at)},
	})
}

// addSlot appends a slot and returns its index.
func (b *builder) addSlot(sl slot) int {
	if len(b.prog.slots) >= maxSlots {
		panic(&LimitError{Limit: "canonical function count", Value: fmt.Sprint(maxSlots)})
	}
	b.prog.slots = append(b.prog.slots, sl)
	return len(b.prog.slots) - 1
}

func (b *builder) lift(s *scope, d *binary.Canon) {
	fn := at(s.coreFuncs, d.Func)
	typ := at(s.types, d.Type).fn
	l := lift{core: fn.coreItem, identity: fn.identity, typ: typ, sig: fn.sig, context: b.context(s, d.Opts), instance: s.instance}
	if i := d.Opts.PostReturn; i != nil {
		post := at(s.coreFuncs, *i).coreItem
		l.postReturn = &post
	}
	b.prog.lifts = append(b.prog.lifts, l)
	s.funcs = append(s.funcs, &function{typ: typ, lift: len(b.prog.lifts) - 1, hostImport: -1})
}

// context resolves the memory and realloc of a canonical definition.
func (b *builder) context(s *scope, o binary.CanonOpts) int {
	ref := contextRef{instance: s.instance, encoding: canon.Encoding(o.Encoding)}
	if i := o.Memory; i != nil {
		ref.memory, ref.hasMemory = at(s.coreOthers[binary.CoreMemory], *i), true
	}
	if i := o.Realloc; i != nil {
		ref.realloc, ref.hasRealloc = at(s.coreFuncs, *i).coreItem, true
	}
	return b.contextIndex(ref)
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
