package validate

import "astrid/pkg/component/binary"

// admit checks that all types that an import or export uses have a name outside, and registers those that it
// names (Explainer.md, "External Visibility of Types"). Imports can use what imports name, exports either. An
// instance type asks nothing: it is checked where something is imported or exported with it.
func (v *validator) admit(s *scope, d direction, name string, x extern) {
	if s.kind == inInstanceType {
		return
	}
	if !v.externVisible(s, d, x) {
		v.fail(Visibility, "%s %s uses a type that has no name outside: it has to be %sed first", d, shown(name), d)
	}
}

func (v *validator) externVisible(s *scope, d direction, x extern) bool {
	v.spend(1)
	switch x.kind {
	case binary.ExternFunc:
		return v.typeVisible(s, d, x.def)
	case binary.ExternType:
		if !v.partsVisible(s, d, x.def) {
			return false
		}
		s.show(d, x.def)
		return true
	case binary.ExternInstance:
		for _, e := range x.def.(*instanceType).exports.defs {
			if !v.externVisible(s, d, e) {
				return false
			}
		}
		return true
	case binary.ExternComponent:
		return v.closedVisible(s, d, x.def)
	default:
		return true
	}
}

// show registers a type as one that has a name.
func (s *scope) show(d direction, t def) {
	s.showAny(d, t)
	if r, ok := t.(*resourceType); ok {
		s.showAny(d, r.id)
	}
}

func (s *scope) showAny(d direction, t any) {
	s.visible[exporting][t] = struct{}{}
	if d == importing {
		s.visible[importing][t] = struct{}{}
	}
}

// partsVisible checks a type that an import or export gives a name: what it is made of has to have names already.
func (v *validator) partsVisible(s *scope, d direction, t def) bool {
	switch t := t.(type) {
	case *valType:
		return v.valPartsVisible(s, d, t)
	case *resourceType:
		if d == exporting || s.kind == inComponentType {
			return true
		}
		_, ok := s.visible[importing][t.id]
		return ok
	default:
		return v.typeVisible(s, d, t)
	}
}

// typeVisible checks that a function, instance or component type can be used in an import or export.
func (v *validator) typeVisible(s *scope, d direction, t def) bool {
	switch t := t.(type) {
	case *funcType:
		v.spend(len(t.params))
		for _, p := range t.params {
			if !v.valVisible(s, d, p) {
				return false
			}
		}
		return t.result == nil || v.valVisible(s, d, t.result)
	case *instanceType:
		// What it exports has its name there.
		for _, id := range t.abstract {
			s.showAny(d, id)
		}
		return v.externVisible(s, d, extern{binary.ExternInstance, t})
	default:
		return v.closedVisible(s, d, t)
	}
}

// valVisible checks that a value type has a name, or needs none and is made of types of which the same is true.
func (v *validator) valVisible(s *scope, d direction, t *valType) bool {
	if !t.open {
		return true
	}
	seen := s.visible[d]
	if _, ok := seen[t]; ok {
		return true
	}
	if t.named() || !v.valPartsVisible(s, d, t) {
		return false
	}
	seen[t] = struct{}{} // names only ever come on top, so what is visible stays so
	return true
}

func (v *validator) valPartsVisible(s *scope, d direction, t *valType) bool {
	v.spend(1 + len(t.types))
	if t.of != nil {
		if _, ok := s.visible[d][t.of]; !ok {
			return false
		}
	}
	for _, x := range t.types {
		if x != nil && !v.valVisible(s, d, x) {
			return false
		}
	}
	return true
}

// closedVisible checks a component type. It has names of its own for the types that it uses, so that only the
// resource types that it takes from outside matter, and those only where they are real.
func (v *validator) closedVisible(s *scope, d direction, t def) bool {
	if s.kind != inComponent {
		return true
	}
	for id := range v.resources(t) {
		if _, ok := s.visible[d][id]; !ok {
			return false
		}
	}
	return true
}

// resources returns the resource types that a type refers to and does not introduce itself.
func (v *validator) resources(t def) map[*resource]struct{} {
	c := collector{v: v, seen: map[def]struct{}{}, used: map[*resource]struct{}{}}
	c.def(t)
	for _, id := range c.bound {
		delete(c.used, id)
	}
	return c.used
}

// collector collects resource types. Each is introduced in one place, so that it does not matter where.
type collector struct {
	v     *validator
	seen  map[def]struct{}
	used  map[*resource]struct{}
	bound []*resource
}

func (c *collector) def(t def) {
	if !t.common().open {
		return
	}
	if _, ok := c.seen[t]; ok {
		return
	}
	c.seen[t] = struct{}{}
	c.v.spend(1)
	switch t := t.(type) {
	case *valType:
		if !t.handles {
			return
		}
		if t.of != nil {
			c.def(t.of)
		}
		for _, x := range t.types {
			if x != nil {
				c.def(x)
			}
		}
	case *funcType:
		if !t.handles {
			return
		}
		for _, p := range t.params {
			c.def(p)
		}
		if t.result != nil {
			c.def(t.result)
		}
	case *resourceType:
		c.used[t.id] = struct{}{}
	case *instanceType:
		c.bound = append(c.bound, t.abstract...)
		c.externs(t.exports)
	case *componentType:
		c.bound = append(append(c.bound, t.params...), t.fresh...)
		c.externs(t.imports)
		c.externs(t.exports)
	}
}

func (c *collector) externs(e externs) {
	for _, x := range e.defs {
		c.v.spend(1)
		c.def(x.def)
	}
}
