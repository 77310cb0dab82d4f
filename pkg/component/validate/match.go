package validate

import (
	"fmt"
	"maps"
	"strings"

	"astrid/pkg/component/binary"
)

// matcher decides whether what is given is of a type that is wanted: equality for value, function and resource
// types, subtyping for instances, components and modules (Explainer.md, "Type Checking").
//
// Resource types that the wanted type leaves open are bound to those given in their place, where they are
// introduced; they are introduced before they are used. A pair of types that has passed is not compared again: the
// bindings that it was compared under do not change.
type matcher struct {
	v      *validator
	bound  map[*resource]*resource // of wanted resource types that are open: what they stand for, nil before
	types  map[def]def             // of wanted types that have a name: what was given for them
	passed map[[2]def]struct{}
	path   []string // what is being compared, outermost first
}

func (v *validator) matcher(open []*resource) *matcher {
	v.spend(len(open))
	m := &matcher{v: v, bound: make(map[*resource]*resource, len(open)), types: map[def]def{}, passed: map[[2]def]struct{}{}}
	for _, id := range open {
		m.bound[id] = nil
	}
	return m
}

// enter adds to the path and returns a function that takes it off again.
func (m *matcher) enter(format string, args ...any) (leave func()) {
	m.path = append(m.path, fmt.Sprintf(format, args...))
	return func() { m.path = m.path[:len(m.path)-1] }
}

func (m *matcher) fail(rule Class, format string, args ...any) {
	m.v.fail(rule, "%s", strings.Join(append(m.path, fmt.Sprintf(format, args...)), ": "))
}

// extern checks that given can stand for want.
func (m *matcher) extern(given, want extern) {
	m.v.spend(1)
	if given.kind != want.kind {
		m.fail(Type, "%s is wanted and %s is given", sortName(want.kind), sortName(given.kind))
	}
	if want.kind == binary.ExternType {
		m.typeExtern(given.def, want.def)
		return
	}
	m.def(given.def, want.def)
}

// typeExtern checks a type that is given for a type: an equal one, or any resource type where want is open.
func (m *matcher) typeExtern(given, want def) {
	if w, ok := want.(*resourceType); ok {
		if b, open := m.bound[w.id]; open && b == nil {
			g, ok := given.(*resourceType)
			if !ok {
				m.fail(Type, "a resource type is wanted and %s is given", what(given))
			}
			m.bound[w.id] = g.id
		}
	}
	m.equal(given, want)
	m.types[want] = given
}

// equal checks that two types are equal, which for instance and component types means both ways.
func (m *matcher) equal(given, want def) {
	m.def(given, want)
	switch w := want.(type) {
	case *instanceType, *componentType:
		back := m.v.matcher(nil)
		back.path = m.path
		back.def(m.settled(w), given)
	}
}

// settled returns a wanted type with what has been bound in the place of open resource types.
func (m *matcher) settled(want def) def {
	s := m.v.subst()
	for id, b := range m.bound {
		if b != nil {
			s.resources[id] = b
		}
	}
	m.v.spend(len(m.bound))
	return s.def(want)
}

// def checks that a definition of type given can stand for one of type want.
func (m *matcher) def(given, want def) {
	if given == want && !want.common().open {
		return
	}
	pair := [2]def{given, want}
	if _, ok := m.passed[pair]; ok {
		return
	}
	m.v.spend(1)
	ok := false
	switch w := want.(type) {
	case *valType:
		var g *valType
		if g, ok = given.(*valType); ok {
			m.val(g, w)
		}
	case *funcType:
		var g *funcType
		if g, ok = given.(*funcType); ok {
			m.fn(g, w)
		}
	case *resourceType:
		var g *resourceType
		if g, ok = given.(*resourceType); ok {
			m.resource(g, w)
		}
	case *instanceType:
		var g *instanceType
		if g, ok = given.(*instanceType); ok {
			m.instance(g, w)
		}
	case *componentType:
		var g *componentType
		if g, ok = given.(*componentType); ok {
			m.component(g, w)
		}
	case *moduleType:
		var g *moduleType
		if g, ok = given.(*moduleType); ok {
			m.module(g, w)
		}
	}
	if !ok {
		m.fail(Type, "%s is wanted and %s is given", what(want), what(given))
	}
	m.passed[pair] = struct{}{}
}

func (m *matcher) resource(given, want *resourceType) {
	id := want.id
	if b, open := m.bound[id]; open {
		id = b
	}
	if given.id != id {
		m.fail(Type, "the resource types are not the same")
	}
}

func (m *matcher) val(given, want *valType) {
	if given.kind != want.kind || given.prim != want.prim {
		m.fail(Type, "%s is wanted and %s is given", want, given)
	}
	if given.length != want.length {
		m.fail(Type, "a list of length %s is wanted and one of %s is given", lengthOf(want), lengthOf(given))
	}
	if len(given.names) != len(want.names) || len(given.types) != len(want.types) {
		m.fail(Type, "the %s wanted has %d parts and the one given %d", want,
			max(len(want.names), len(want.types)), max(len(given.names), len(given.types)))
	}
	m.v.spend(len(want.names) + len(want.types))
	for i, name := range want.names {
		if given.names[i] != name {
			m.fail(Type, "name %s is wanted in the %s and %s is given", shown(name), want, shown(given.names[i]))
		}
	}
	if want.of != nil {
		m.def(given.of, want.of)
	}
	for i, w := range want.types {
		g := given.types[i]
		switch {
		case w == nil && g == nil, w == g && !w.open:
		case w == nil:
			m.fail(Type, "no type is wanted in part %d of the %s and %s is given", i, want, g)
		case g == nil:
			m.fail(Type, "%s is wanted in part %d of the %s and none is given", w, i, want)
		default:
			leave := m.enter("part %d of the %s", i, want)
			m.def(g, w)
			leave()
		}
	}
}

func lengthOf(t *valType) string {
	if t.length == 0 {
		return "any"
	}
	return fmt.Sprint(t.length)
}

func (m *matcher) fn(given, want *funcType) {
	if len(given.params) != len(want.params) {
		m.fail(Type, "%d parameters are wanted and %d are given", len(want.params), len(given.params))
	}
	m.v.spend(len(want.params))
	for i, w := range want.params {
		if given.names[i] != want.names[i] {
			m.fail(Type, "parameter %s is wanted and %s is given", shown(want.names[i]), shown(given.names[i]))
		}
		if g := given.params[i]; g != w || w.open {
			leave := m.enter("parameter %s", shown(want.names[i]))
			m.def(g, w)
			leave()
		}
	}
	switch {
	case given.result == nil && want.result == nil:
	case given.result == nil:
		m.fail(Type, "a result is wanted and none is given")
	case want.result == nil:
		m.fail(Type, "no result is wanted and one is given")
	default:
		leave := m.enter("result")
		m.def(given.result, want.result)
		leave()
	}
}

// instance checks that an instance exports at least what is wanted. Where that is a type definition, its abstract
// resource types are bound for this instance only.
func (m *matcher) instance(given, want *instanceType) {
	if len(want.abstract) > 0 {
		want = m.settled(want).(*instanceType)
		path := m.path
		m = m.v.matcher(want.abstract)
		m.path = path
	}
	m.exports(given.exports, want.exports)
}

func (m *matcher) exports(given, want externs) {
	for i, w := range want.defs {
		g, ok := given.lookup(want.names[i])
		if !ok {
			m.fail(Missing, "export %s is wanted and not given", shown(want.names[i]))
		}
		leave := m.enter("export %s", shown(want.names[i]))
		m.extern(g, w)
		leave()
	}
}

// component checks that a component can be instantiated with the imports that are wanted, and exports then what is
// wanted.
func (m *matcher) component(given, want *componentType) {
	want = m.settled(want).(*componentType)
	in := m.v.matcher(given.params)
	in.path = m.path
	for i, need := range given.imports.defs {
		name := given.imports.names[i]
		have, ok := want.imports.lookup(name)
		if !ok {
			m.fail(Missing, "the component given imports %s, which the one wanted does not", shown(name))
		}
		leave := in.enter("import %s", shown(name))
		in.extern(have, need)
		leave()
	}
	out := m.v.matcher(want.fresh)
	out.path = m.path
	out.exports(in.instantiated(given), want.exports)
}

// instantiated returns the exports of a component with what its imports have been matched with.
func (m *matcher) instantiated(c *componentType) externs {
	return m.supplied().exports(c)
}

// supplied returns the substitution that an instantiation makes: what was given for all that was wanted.
func (m *matcher) supplied() *subst {
	s := m.v.subst()
	m.v.spend(len(m.bound) + len(m.types))
	for id, b := range m.bound {
		if b != nil {
			s.resources[id] = b
		}
	}
	maps.Copy(s.types, m.types)
	return s
}

func (s *subst) exports(c *componentType) externs {
	defs, _ := s.externs(c.exports.defs)
	return externs{c.exports.directory, defs}
}
