package wit

import (
	"slices"

	"astrid/pkg/component/binary"
)

// typeDef is a definition in a type index space. Its pointer is its identity: an import or export of a type makes one
// of its own, and of is what that is another name of.
type typeDef struct {
	of  *typeDef // nil for a definition
	def any      // of package binary; nil where of is set, and for a resource type that is imported
	env *scope   // what the indices in def refer to
}

// root returns the definition that t is a name of.
func (t *typeDef) root() *typeDef {
	for t.of != nil {
		t = t.of
	}
	return t
}

// function is the type of a function.
type function struct {
	def *binary.Func
	env *scope
}

// component is a component that can be instantiated: one of the file, or one of which only the type is known.
type component struct {
	defs []binary.Def
	env  *scope
}

// extern is a definition that can be imported and exported. Which of its pointers is set depends on kind; none is for
// a core module.
type extern struct {
	kind binary.ExternKind
	fn   *function
	typ  *typeDef
	inst *instance
	comp *component
}

// item is an import or export.
type item struct {
	name       string
	implements *string
	extern
}

// instance is what an instance exports, in order.
type instance struct {
	items []item
	index map[string]int
}

func (i *instance) add(it item) {
	if i.index == nil {
		i.index = map[string]int{}
	}
	i.index[it.name] = len(i.items)
	i.items = append(i.items, it)
}

func (i *instance) get(name string) extern { return i.items[i.index[name]].extern }

// scope holds the index spaces of a component, a component type or an instance type, without the core ones.
type scope struct {
	outer *scope

	types      []*typeDef
	funcs      []*function
	instances  []*instance
	components []*component
}

// item returns a definition by its sort and index.
func (s *scope) item(sort binary.Sort, i uint32) extern {
	switch sort.Code {
	case binary.SortFunc:
		return extern{kind: binary.ExternFunc, fn: s.funcs[i]}
	case binary.SortType:
		return extern{kind: binary.ExternType, typ: s.types[i]}
	case binary.SortComponent:
		return extern{kind: binary.ExternComponent, comp: s.components[i]}
	case binary.SortInstance:
		return extern{kind: binary.ExternInstance, inst: s.instances[i]}
	default:
		return extern{kind: binary.ExternModule}
	}
}

// push gives a definition the next index of its sort.
func (s *scope) push(x extern) {
	switch x.kind {
	case binary.ExternFunc:
		s.funcs = append(s.funcs, x.fn)
	case binary.ExternType:
		s.types = append(s.types, x.typ)
	case binary.ExternComponent:
		s.components = append(s.components, x.comp)
	case binary.ExternInstance:
		s.instances = append(s.instances, x.inst)
	case binary.ExternModule: // core definitions have no say in a world
	}
}

// evaluator walks the definitions of a component in file order. A nested component is walked where it is instantiated,
// with its imports bound to what it is given, so that a type stays the same type on its way through.
type evaluator struct {
	work, depth int
}

func (e *evaluator) spend() {
	if e.work++; e.work > maxWork {
		panic(&LimitError{"definitions, most of them by repetition", maxWork})
	}
}

// enter bounds the recursion until the returned function is called.
func (e *evaluator) enter() (leave func()) {
	if e.depth++; e.depth > maxDepth {
		panic(&LimitError{"instances within each other", maxDepth})
	}
	return func() { e.depth-- }
}

// walk walks definitions or declarators and returns what they import and export. args are what imports are bound to;
// nil marks the root, whose imports are what they say they are.
func (e *evaluator) walk(defs []binary.Def, env *scope, args *instance) (imports, exports *instance) {
	defer e.enter()()
	s := &scope{outer: env}
	imports, exports = &instance{}, &instance{}
	for _, def := range defs {
		e.spend()
		switch d := def.(type) {
		case *binary.Import:
			var x extern
			if args == nil {
				x = e.describe(s, d.Desc)
			} else {
				x = args.get(d.Name)
			}
			imports.add(item{d.Name, d.Implements, x})
			s.push(x)
		case *binary.Export:
			x := e.exported(s, d)
			exports.add(item{d.Name, d.Implements, x})
			s.push(x)
		case *binary.ExportDecl:
			x := e.describe(s, d.Desc)
			exports.add(item{d.Name, d.Implements, x})
			s.push(x)
		default:
			e.definition(s, def)
		}
	}
	return imports, exports
}

// definition adds a definition that is neither imported nor exported. Core definitions are passed over.
func (e *evaluator) definition(s *scope, def binary.Def) {
	switch d := def.(type) {
	case *binary.Type:
		s.types = append(s.types, &typeDef{def: d.Def, env: s})
	case *binary.Component:
		s.components = append(s.components, &component{d.Defs, s})
	case *binary.Instance:
		s.instances = append(s.instances, e.instance(s, d))
	case *binary.Canon:
		if d.Kind == binary.CanonLift {
			s.funcs = append(s.funcs, funcOf(s.types[d.Type]))
		}
	case *binary.Alias:
		switch {
		case d.Target == binary.AliasExport:
			s.push(s.instances[d.Instance].get(d.Name))
		case d.Target == binary.AliasOuter && d.Sort.Code != binary.SortCore:
			from := s
			for range d.Count {
				from = from.outer
			}
			s.push(from.item(d.Sort, d.Index))
		}
	}
}

func funcOf(t *typeDef) *function {
	t = t.root()
	return &function{t.def.(*binary.Func), t.env}
}

// describe makes what an extern descriptor describes: types in it are new ones.
func (e *evaluator) describe(s *scope, d binary.ExternDesc) extern {
	x := extern{kind: d.Kind}
	switch d.Kind {
	case binary.ExternFunc:
		x.fn = funcOf(s.types[d.Index])
	case binary.ExternType:
		x.typ = &typeDef{}
		if !d.SubResource {
			x.typ.of = s.types[d.Index]
		}
	case binary.ExternInstance:
		t := s.types[d.Index].root()
		_, x.inst = e.walk(t.def.(*binary.InstanceType).Decls, t.env, nil)
	case binary.ExternComponent:
		t := s.types[d.Index].root()
		x.comp = &component{t.def.(*binary.ComponentType).Decls, t.env}
	case binary.ExternModule:
	}
	return x
}

// exported returns the definition that an export makes: what its ascribed type says, or what it exports, under new
// names.
func (e *evaluator) exported(s *scope, d *binary.Export) extern {
	if d.Desc != nil {
		return e.describe(s, *d.Desc)
	}
	return e.renew(s.item(d.Sort, d.Index))
}

func (e *evaluator) renew(x extern) extern {
	e.spend()
	switch x.kind {
	case binary.ExternType:
		x.typ = &typeDef{of: x.typ}
	case binary.ExternInstance:
		renewed := &instance{index: x.inst.index, items: slices.Clone(x.inst.items)}
		for i := range renewed.items {
			renewed.items[i].extern = e.renew(renewed.items[i].extern)
		}
		x.inst = renewed
	}
	return x
}

// instance makes an instance: a bundle of definitions, or the exports of a component that is walked here.
func (e *evaluator) instance(s *scope, d *binary.Instance) *instance {
	given := &instance{}
	for _, a := range slices.Concat(d.Args, d.Exports) {
		e.spend()
		given.add(item{a.Name, a.Implements, s.item(a.Sort, a.Index)})
	}
	if d.Inline {
		return given
	}
	c := s.components[d.Component]
	_, exports := e.walk(c.defs, c.env, given)
	return exports
}
