package validate

import "astrid/pkg/component/binary"

// coreInstance validates a core instance definition and returns what it exports.
func (v *validator) coreInstance(s *scope, d *binary.CoreInstance) coreExports {
	if d.Inline {
		return v.coreBundle(s, d)
	}
	mod := at(v, s.modules, d.Module, "core module")
	args := make(map[string]coreExports, len(d.Args))
	for _, a := range d.Args {
		v.spend(1)
		if _, dup := args[a.Name]; dup {
			v.fail(Duplicate, "core argument %s is given twice", shown(a.Name))
		}
		args[a.Name] = at(v, s.coreInstances, a.Instance, "core instance")
	}
	m := v.matcher(nil)
	for _, need := range mod.imports {
		from, ok := args[need.Module]
		if !ok {
			v.fail(Missing, "the core module imports from %s, which is not given", shown(need.Module))
		}
		have := from[need.Name]
		if have == nil {
			v.fail(Missing, "the core module imports %s of %s, and the instance given has no such export", shown(need.Name), shown(need.Module))
		}
		leave := m.enter("core import %s of %s", shown(need.Name), shown(need.Module))
		m.core(have, need)
		leave()
	}
	return mod.exports
}

func (v *validator) coreBundle(s *scope, d *binary.CoreInstance) coreExports {
	out := make(coreExports, len(d.Exports))
	for _, e := range d.Exports {
		v.spend(1)
		if int(e.Sort) >= len(s.core) {
			v.fail(Sort, "a core instance exports functions, tables, memories, globals and tags only")
		}
		if out[e.Name] != nil {
			v.fail(Duplicate, "core export %s is given twice", shown(e.Name))
		}
		out[e.Name] = at(v, s.core[e.Sort], e.Index, "core definition")
	}
	return out
}

// instance validates an instance definition and returns the type of the instance.
func (v *validator) instance(s *scope, d *binary.Instance) *instanceType {
	t := &instanceType{shape: leaf()}
	if d.Inline {
		t.exports = v.bundle(s, d)
	} else {
		t.exports = v.instantiate(s, d)
	}
	t.containAll(t.exports)
	v.bound(&t.shape)
	return t
}

// bundle returns the exports of an instance that only groups definitions. It makes no types, so that there is no
// resource type for an annotated name to refer to.
func (v *validator) bundle(s *scope, d *binary.Instance) externs {
	ns := newNamespace()
	out := newExterns()
	for _, e := range d.Exports {
		v.spend(1)
		x := v.item(s, e.Sort, e.Index)
		n := v.claim(&ns, exporting, e.Name)
		v.implements(e.Name, n, e.Implements, x)
		if n.annotation != "" {
			v.annotated(ns, n, e.Name, x)
		}
		out.add(e.Name, x)
	}
	return out
}

// instantiate checks that a component is given what it imports and returns what the instance exports: what was
// given for type imports in their place, and resource types of its own made anew.
func (v *validator) instantiate(s *scope, d *binary.Instance) externs {
	c := at(v, s.components, d.Component, "component")
	args := make(map[string]extern, len(d.Args))
	for _, a := range d.Args {
		v.spend(1)
		if _, dup := args[a.Name]; dup {
			v.fail(Duplicate, "argument %s is given twice", shown(a.Name))
		}
		args[a.Name] = v.item(s, a.Sort, a.Index)
	}
	m := v.matcher(c.params)
	for i, want := range c.imports.defs {
		name := c.imports.names[i]
		given, ok := args[name]
		if !ok {
			v.fail(Missing, "the component imports %s, which is not given", shown(name))
		}
		leave := m.enter("import %s", shown(name))
		m.extern(given, want)
		leave()
	}
	sub := m.supplied()
	s.fresh = append(s.fresh, sub.replace(c.fresh)...)
	return sub.exports(c)
}
