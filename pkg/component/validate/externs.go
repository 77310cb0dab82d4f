package validate

import "astrid/pkg/component/binary"

// describe resolves an extern descriptor. The resource types that it introduces are new, and appended to fresh; so
// are the names of all types.
func (v *validator) describe(s *scope, d binary.ExternDesc, fresh *[]*resource) extern {
	switch d.Kind {
	case binary.ExternModule:
		t := at(v, s.coreTypes, d.Index, "core type")
		if t.module == nil {
			v.fail(Sort, "core type %d is a function type, not a module type", d.Index)
		}
		return extern{d.Kind, t.module}
	case binary.ExternType:
		if d.SubResource {
			t := newResourceType()
			*fresh = append(*fresh, t.id)
			return extern{d.Kind, t}
		}
		return extern{d.Kind, renamed(at(v, s.types, d.Index, "type"))}
	}
	t := at(v, s.types, d.Index, "type")
	ok := false
	switch d.Kind {
	case binary.ExternFunc:
		_, ok = t.(*funcType)
	case binary.ExternComponent:
		_, ok = t.(*componentType)
	case binary.ExternInstance:
		var it *instanceType
		if it, ok = t.(*instanceType); ok {
			t = v.renew(it, fresh)
		}
	}
	if !ok {
		v.fail(Sort, "type %d is %s, and does not describe %s", d.Index, what(t), sortName(d.Kind))
	}
	return extern{d.Kind, t}
}

// importDef validates an import of a component or component type.
func (v *validator) importDef(s *scope, d *binary.Import) {
	before := len(s.params)
	x := v.describe(s, d.Desc, &s.params)
	for _, id := range s.params[before:] {
		s.showAny(importing, id)
	}
	v.name(s, importing, d.Name, d.Implements, x)
	v.admit(s, importing, d.Name, x)
	if s.outer == nil && s.kind == inComponent {
		v.linked(d.Name, x)
	}
	s.imports.add(d.Name, x)
	s.push(x)
}

// linked checks what the component is linked with against an import of its root. What is not given is not asked for
// here.
func (v *validator) linked(name string, want extern) {
	if want.kind == binary.ExternInstance {
		exports := want.def.(*instanceType).exports
		for i, x := range exports.defs {
			v.linked(name+"#"+exports.names[i], x)
		}
		return
	}
	code, ok := v.code[name]
	if !ok {
		return
	}
	here, all := v.at, v.code
	v.code = nil // the imports of what is given are for the component to satisfy
	var given extern
	switch code := code.(type) {
	case *binary.Component:
		given = extern{binary.ExternComponent, v.component(code, nil)}
	case *binary.CoreModule:
		given = extern{binary.ExternModule, v.coreModule(code)}
	}
	v.at, v.code, v.linking = here, all, true
	m := v.matcher(nil)
	m.enter("import %s", shown(name))
	m.extern(given, want)
	v.linking = false
}

// exportDef validates an export of a component. It makes a definition of its own: types have a new name, and where
// a type is ascribed the rest of the component sees nothing more than that.
func (v *validator) exportDef(s *scope, d *binary.Export) {
	x := v.item(s, d.Sort, d.Index)
	switch {
	case d.Desc != nil:
		before := len(s.fresh)
		ascribed := v.describe(s, *d.Desc, &s.fresh)
		m := v.matcher(s.fresh[before:])
		m.enter("export %s has an ascribed type that its definition does not have", shown(d.Name))
		m.extern(x, ascribed)
		x = ascribed
	case x.kind == binary.ExternType:
		x.def = renamed(x.def)
	case x.kind == binary.ExternInstance:
		x.def = v.renew(x.def.(*instanceType), nil)
	}
	v.export(s, d.Name, d.Implements, x)
}

// exportDecl validates an export of a component type or instance type.
func (v *validator) exportDecl(s *scope, d *binary.ExportDecl) {
	v.export(s, d.Name, d.Implements, v.describe(s, d.Desc, &s.fresh))
}

func (v *validator) export(s *scope, name string, implements *string, x extern) {
	v.name(s, exporting, name, implements, x)
	v.admit(s, exporting, name, x)
	s.exports.add(name, x)
	s.push(x)
}

// namespace holds the names of a scope's imports, or of its exports.
type namespace struct {
	taken     map[string]string        // names as written, by their unique form
	resources map[string]*resourceType // by plain label
}

func newNamespace() namespace {
	return namespace{taken: map[string]string{}, resources: map[string]*resourceType{}}
}

// name checks the name of an import or export, and what its annotation demands of its type.
func (v *validator) name(s *scope, d direction, name string, implements *string, x extern) {
	n := v.claim(&s.names[d], d, name)
	v.implements(name, n, implements, x)
	ns := s.names[d]
	if n.annotation != "" {
		v.annotated(ns, n, name, x)
	}
	if r, ok := x.def.(*resourceType); ok && x.kind == binary.ExternType && n.label != "" {
		ns.resources[n.label] = r
	}
}

// claim checks a name's form, and that it is strongly unique.
func (v *validator) claim(ns *namespace, d direction, name string) externName {
	n, problem := parseName(name)
	if problem != "" {
		v.fail(Name, "%s %s", d, problem)
	}
	key := unique(name)
	if prior, dup := ns.taken[key]; dup {
		v.fail(Duplicate, "%s name %s conflicts with the earlier name %s", d, shown(name), shown(prior))
	}
	ns.taken[key] = name
	return n
}

// implements checks the interface that something is said to implement: only an instance can, and only where its own
// name is not that of an interface.
func (v *validator) implements(name string, n externName, iface *string, x extern) {
	if iface == nil {
		return
	}
	what, problem := parseName(*iface)
	switch {
	case problem != "":
		v.fail(Name, "%s implements an interface whose %s", shown(name), problem)
	case !what.iface:
		v.fail(Name, "%s implements %s, which is not the name of an interface", shown(name), shown(*iface))
	case x.kind != binary.ExternInstance:
		v.fail(Name, "%s is %s, and only an instance implements an interface", shown(name), sortName(x.kind))
	case n.iface:
		v.fail(Name, "%s is the name of an interface, so that it cannot implement another", shown(name))
	}
}

// annotated checks that a constructor, method or static is a function of the resource that its name says
// (Binary.md, "Import and Export Definitions").
func (v *validator) annotated(ns namespace, n externName, name string, x extern) {
	f, ok := x.def.(*funcType)
	if !ok || x.kind != binary.ExternFunc {
		v.fail(Name, "%s names a function, and this is %s", shown(name), sortName(x.kind))
	}
	switch n.annotation {
	case "constructor":
		result := f.result
		if result != nil && result.kind == kindResult {
			result = result.types[0]
		}
		if result == nil || result.kind != kindOwn {
			v.fail(Name, "constructor %s has to return an own handle or a result with one", shown(name))
		}
		v.nameOf(ns, n, name, result.of)
	case "method":
		if len(f.params) == 0 || f.names[0] != "self" || f.params[0].kind != kindBorrow {
			v.fail(Name, "method %s has to take a first parameter \"self\" that is a borrow handle", shown(name))
		}
		v.nameOf(ns, n, name, f.params[0].of)
	case "static":
		if ns.resources[n.label] == nil {
			v.fail(Name, "%s is a function of resource %s, which has no such name before it", shown(name), shown(n.label))
		}
	}
}

// nameOf checks that the handle of a constructor or method is one of the resource that its name says, by the
// type that has this name and no equal one.
func (v *validator) nameOf(ns namespace, n externName, name string, r *resourceType) {
	if ns.resources[n.label] != r {
		v.fail(Name, "%s is a function of resource %s, and its handle is of a type without this name", shown(name), shown(n.label))
	}
}
