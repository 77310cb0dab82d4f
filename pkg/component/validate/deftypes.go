package validate

import (
	"strings"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
)

// typeDef validates a type definition and returns the type.
func (v *validator) typeDef(s *scope, t *binary.Type) def {
	switch d := t.Def.(type) {
	case *binary.Func:
		return v.funcDef(s, d)
	case *binary.Resource:
		return v.resourceDef(s, d)
	case *binary.InstanceType:
		return v.instanceTypeDef(s, d)
	case *binary.ComponentType:
		return v.componentTypeDef(s, d)
	}
	return v.valTypeDef(s, t.Def)
}

// valTypeDef validates the definition of a value type.
func (v *validator) valTypeDef(s *scope, d any) *valType {
	t := &valType{}
	add := func(name string, x *binary.ValType) {
		if name != "" {
			t.names = append(t.names, name)
		}
		if x == nil {
			t.types = append(t.types, nil)
		} else {
			t.types = append(t.types, v.valType(s, *x))
		}
	}
	switch d := d.(type) {
	case *binary.Primitive:
		t.kind, t.prim = kindPrim, d.Prim
	case *binary.Record:
		t.kind = kindRecord
		v.labels("field", len(d.Fields), func(i int) string { return d.Fields[i].Name })
		for _, f := range d.Fields {
			add(f.Name, &f.Type)
		}
	case *binary.Variant:
		t.kind = kindVariant
		v.labels("case", len(d.Cases), func(i int) string { return d.Cases[i].Name })
		for _, c := range d.Cases {
			add(c.Name, c.Type)
		}
	case *binary.List:
		t.kind, t.length = kindList, d.Length
		add("", &d.Elem)
	case *binary.Map:
		t.kind = kindMap
		add("", &d.Key)
		add("", &d.Value)
		if k := t.types[0]; k.kind != kindPrim || k.prim == binary.F32 || k.prim == binary.F64 {
			v.fail(Type, "%s cannot be the key of a map", k)
		}
	case *binary.Tuple:
		t.kind = kindTuple
		for _, x := range d.Types {
			add("", &x)
		}
	case *binary.Flags:
		t.kind, t.names = kindFlags, d.Labels
		v.labels("flag", len(d.Labels), func(i int) string { return d.Labels[i] })
	case *binary.Enum:
		t.kind, t.names = kindEnum, d.Labels
		v.labels("case", len(d.Labels), func(i int) string { return d.Labels[i] })
	case *binary.Option:
		t.kind = kindOption
		add("", &d.Elem)
	case *binary.Result:
		t.kind = kindResult
		add("", d.Ok)
		add("", d.Err)
	case *binary.Handle:
		t.kind = kindOwn
		if d.Borrow {
			t.kind = kindBorrow
		}
		t.of = v.resourceAt(s, d.Resource)
	}
	return v.closed(t)
}

// closed completes a value type with what follows from its parts.
func (v *validator) closed(t *valType) *valType {
	v.spend(1 + len(t.types) + len(t.names))
	t.shape = leaf()
	t.open = t.named()
	t.borrows = t.kind == kindBorrow
	for _, x := range t.types {
		if x != nil {
			t.contain(x)
			t.borrows = t.borrows || x.borrows
		}
	}
	if t.of != nil {
		t.contain(t.of)
		t.handles = true
	}
	v.bound(&t.shape)
	if t.layout(); t.bytes > canon.MaxValueSize {
		v.fail(Size, "a value of type %s takes more than %d bytes", t, canon.MaxValueSize)
	}
	return t
}

// bound refuses types that are too deep or too large for anyone to follow.
func (v *validator) bound(s *shape) {
	if s.depth > maxDepth {
		v.fail(Nesting, "types refer to each other deeper than %d", maxDepth)
	}
	if s.size > maxSize {
		v.fail(Size, "a type made of more than %d types, most of them by repetition", maxSize)
	}
}

// labels checks the labels of a type: their form, and that they are strongly unique.
func (v *validator) labels(what string, n int, label func(int) string) {
	seen := make(map[string]struct{}, n)
	for i := range n {
		l := label(i)
		if !isLabel(l) {
			v.fail(Name, "%s name %s is not in kebab case", what, shown(l))
		}
		key := strings.ToLower(l)
		if _, dup := seen[key]; dup {
			v.fail(Duplicate, "%s name %s conflicts with an earlier one", what, shown(l))
		}
		seen[key] = struct{}{}
	}
}

// valType resolves a reference to a value type.
func (v *validator) valType(s *scope, x binary.ValType) *valType {
	if x.Prim != 0 {
		return v.prims[x.Prim&0xf]
	}
	d := at(v, s.types, x.Index, "type")
	t, ok := d.(*valType)
	if !ok {
		v.fail(Sort, "type %d is %s, not a value type", x.Index, what(d))
	}
	return t
}

func (v *validator) resourceAt(s *scope, i uint32) *resourceType {
	d := at(v, s.types, i, "type")
	t, ok := d.(*resourceType)
	if !ok {
		v.fail(Resource, "type %d is %s, not a resource type", i, what(d))
	}
	return t
}

func (v *validator) funcDef(s *scope, d *binary.Func) *funcType {
	v.spend(len(d.Params))
	f := &funcType{shape: leaf()}
	v.labels("parameter", len(d.Params), func(i int) string { return d.Params[i].Name })
	for _, p := range d.Params {
		t := v.valType(s, p.Type)
		f.names = append(f.names, p.Name)
		f.params = append(f.params, t)
		f.contain(t)
	}
	if d.Result != nil {
		f.result = v.valType(s, *d.Result)
		f.contain(f.result)
		if f.result.borrows {
			v.fail(Resource, "the result of a function cannot contain a borrow")
		}
	}
	v.bound(&f.shape)
	return f
}

func (v *validator) resourceDef(s *scope, d *binary.Resource) *resourceType {
	if s.kind != inComponent {
		v.fail(Resource, "a resource type can only be defined in a component, not in a type")
	}
	if d.Dtor != nil {
		f := at(v, s.core[binary.CoreFunc], *d.Dtor, "core function")
		if want := dtorType(); !f.Func.Equal(want) {
			v.fail(Type, "a destructor has type %s, core function %d has type %s", want, *d.Dtor, f.Func)
		}
	}
	t := newResourceType()
	s.fresh = append(s.fresh, t.id)
	s.local[t.id] = struct{}{}
	return t
}

func (v *validator) instanceTypeDef(outer *scope, d *binary.InstanceType) *instanceType {
	s := newScope(outer, inInstanceType)
	here := v.at
	for _, decl := range d.Decls {
		v.definition(s, decl)
	}
	v.at = here
	t := &instanceType{shape: leaf(), exports: s.exports, abstract: s.fresh}
	t.containAll(t.exports)
	v.bound(&t.shape)
	return t
}

func (v *validator) componentTypeDef(outer *scope, d *binary.ComponentType) *componentType {
	s := newScope(outer, inComponentType)
	here := v.at
	for _, decl := range d.Decls {
		v.definition(s, decl)
	}
	v.at = here
	return v.componentType(s)
}

// componentType returns the type of the component that a scope was filled by.
func (v *validator) componentType(s *scope) *componentType {
	t := &componentType{shape: leaf(), imports: s.imports, exports: s.exports, params: s.params, fresh: s.fresh}
	t.containAll(t.imports)
	t.containAll(t.exports)
	v.bound(&t.shape)
	return t
}
