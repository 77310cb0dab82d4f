package validate

import (
	"slices"

	"astrid/pkg/component/binary"
)

// subst replaces resource types, and named types by their identity, in other types. What it does not change it
// shares with the original. A type is visited once, however often it is referred to.
type subst struct {
	v         *validator
	resources map[*resource]*resource
	types     map[def]def // replacements asked for, and results
}

func (v *validator) subst() *subst {
	return &subst{v: v, resources: map[*resource]*resource{}, types: map[def]def{}}
}

// replace makes fresh resource types for all of ids and returns them.
func (s *subst) replace(ids []*resource) []*resource {
	s.v.spend(len(ids))
	fresh := make([]*resource, len(ids))
	for i, id := range ids {
		fresh[i] = &resource{}
		s.resources[id] = fresh[i]
	}
	return fresh
}

// renew returns an instance type whose abstract resource types and whose exported types are new: what an import or
// export of an instance adds to a scope. It appends the resource types to fresh.
func (v *validator) renew(t *instanceType, fresh *[]*resource) *instanceType {
	s := v.subst()
	if len(t.abstract) > 0 {
		*fresh = append(*fresh, s.replace(t.abstract)...)
	}
	return s.renew(t)
}

func (s *subst) renew(t *instanceType) *instanceType {
	if !t.open {
		return t
	}
	c := *t
	c.abstract = nil
	c.exports.defs = make([]extern, len(t.exports.defs))
	for i, x := range t.exports.defs {
		s.v.spend(1)
		switch x.kind {
		case binary.ExternType:
			fresh := renamed(s.def(x.def))
			s.types[x.def] = fresh // for what follows, which knows the type by the name that it has just been given
			x.def = fresh
		case binary.ExternInstance:
			x.def = s.renew(x.def.(*instanceType))
		default:
			x.def = s.def(x.def)
		}
		c.exports.defs[i] = x
	}
	return &c
}

// def returns a type with the replacements made.
func (s *subst) def(t def) def {
	if !t.common().open {
		return t
	}
	if r, ok := s.types[t]; ok {
		return r
	}
	s.v.spend(1)
	var r def
	switch t := t.(type) {
	case *valType:
		r = s.val(t)
	case *funcType:
		r = s.fn(t)
	case *resourceType:
		r = t
		if id, ok := s.resources[t.id]; ok {
			r = &resourceType{t.shape, id}
		}
	case *instanceType:
		if defs, changed := s.externs(t.exports.defs); changed {
			c := *t
			c.exports.defs = defs
			r = &c
		}
	case *componentType:
		imports, changed := s.externs(t.imports.defs)
		exports, also := s.externs(t.exports.defs)
		if changed || also {
			c := *t
			c.imports.defs, c.exports.defs = imports, exports
			r = &c
		}
	}
	if r == nil {
		r = t
	}
	s.types[t] = r
	return r
}

func (s *subst) val(t *valType) def {
	s.v.spend(len(t.types))
	var parts []*valType
	for i, x := range t.types {
		if x == nil {
			continue
		}
		if y := s.def(x).(*valType); y != x {
			if parts == nil {
				parts = append(parts, t.types...)
			}
			parts[i] = y
		}
	}
	of := t.of
	if of != nil {
		of = s.def(of).(*resourceType)
	}
	if parts == nil && of == t.of {
		return t
	}
	c := *t
	if parts != nil {
		c.types = parts
	}
	c.of = of
	return &c
}

func (s *subst) fn(t *funcType) def {
	s.v.spend(len(t.params))
	c := *t
	changed := false
	c.params = make([]*valType, len(t.params))
	for i, p := range t.params {
		c.params[i] = s.def(p).(*valType)
		changed = changed || c.params[i] != p
	}
	if t.result != nil {
		c.result = s.def(t.result).(*valType)
		changed = changed || c.result != t.result
	}
	if !changed {
		return t
	}
	return &c
}

func (s *subst) externs(in []extern) (out []extern, changed bool) {
	s.v.spend(len(in))
	for i, x := range in {
		d := s.def(x.def)
		if d != x.def && !changed {
			out, changed = slices.Clone(in), true
		}
		if changed {
			out[i].def = d
		}
	}
	if !changed {
		return in, false
	}
	return out, true
}
