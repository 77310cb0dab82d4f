package component

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// defType resolves a type definition.
func (s *scope) defType(t *binary.Type) (*typeDef, error) {
	offset := t.Offset()
	switch d := t.Def.(type) {
	case *binary.Func:
		fn, err := s.resolveFunc(d, offset)
		return &typeDef{fn: fn}, err
	case *binary.InstanceType:
		return &typeDef{instance: &instanceType{d.Decls, s}}, nil
	case *binary.ComponentType:
		return &typeDef{component: d}, nil
	case *binary.Resource:
		return nil, invalid(offset, "a resource type is defined outside of a component")
	}
	val, err := s.defValType(t.Def, offset)
	if err != nil {
		return nil, err
	}
	return &typeDef{val: val}, nil
}

func (s *scope) defValType(def any, offset int) (*canon.Type, error) {
	var t *canon.Type
	var err error
	switch d := def.(type) {
	case *binary.Primitive:
		return primitive(d.Prim), nil
	case *binary.Handle:
		r, err := s.resource(d.Resource, offset)
		if err != nil {
			return nil, err
		}
		if d.Borrow {
			return canon.BorrowOf(r), nil
		}
		return canon.OwnOf(r), nil
	case *binary.List:
		elem, err := s.valueType(d.Elem, offset)
		if err != nil {
			return nil, err
		}
		return canon.ListOf(elem), nil
	case *binary.Flags:
		return canon.FlagsOf(d.Labels), nil
	case *binary.Enum:
		return canon.EnumOf(d.Labels), nil
	case *binary.Record:
		fields, ferr := s.fields(d.Fields, offset)
		if ferr != nil {
			return nil, ferr
		}
		t, err = canon.RecordOf(fields)
	case *binary.Tuple:
		types := make([]*canon.Type, len(d.Types))
		for i, v := range d.Types {
			if types[i], err = s.valueType(v, offset); err != nil {
				return nil, err
			}
		}
		t, err = canon.TupleOf(types...)
	case *binary.Option:
		elem, eerr := s.valueType(d.Elem, offset)
		if eerr != nil {
			return nil, eerr
		}
		t, err = canon.OptionOf(elem)
	case *binary.Result:
		var sides [2]*canon.Type
		for i, v := range []*binary.ValType{d.Ok, d.Err} {
			if sides[i], err = s.optional(v, offset); err != nil {
				return nil, err
			}
		}
		t, err = canon.ResultOf(sides[0], sides[1])
	case *binary.Variant:
		cases := make([]canon.Case, len(d.Cases))
		for i, c := range d.Cases {
			payload, perr := s.optional(c.Type, offset)
			if perr != nil {
				return nil, perr
			}
			cases[i] = canon.Case{Name: c.Name, Type: payload}
		}
		t, err = canon.VariantOf(cases)
	}
	if err != nil {
		return nil, &InvalidError{Offset: offset, Reason: err.Error(), Err: err}
	}
	return t, nil
}

func (s *scope) optional(v *binary.ValType, offset int) (*canon.Type, error) {
	if v == nil {
		return nil, nil
	}
	return s.valueType(*v, offset)
}

func (s *scope) fields(in []binary.Field, offset int) ([]canon.Field, error) {
	out := make([]canon.Field, len(in))
	for i, f := range in {
		t, err := s.valueType(f.Type, offset)
		if err != nil {
			return nil, err
		}
		out[i] = canon.Field{Name: f.Name, Type: t}
	}
	return out, nil
}

func (s *scope) resolveFunc(d *binary.Func, offset int) (*canon.FuncType, error) {
	params, err := s.fields(d.Params, offset)
	if err != nil {
		return nil, err
	}
	result, err := s.optional(d.Result, offset)
	if err != nil {
		return nil, err
	}
	return &canon.FuncType{Params: params, Result: result}, nil
}

// provided resolves an import of the root: it stands for what the host will provide. Functions become host imports
// of the given interface; types that are bounded by an equal type stand for themselves.
func (b *builder) provided(s *scope, iface, name string, d binary.ExternDesc, offset int) (item, error) {
	if err := b.spend(); err != nil {
		return item{}, err
	}
	switch d.Kind {
	case binary.ExternFunc:
		typ, err := s.funcType(d.Index, offset)
		if err != nil {
			return item{}, err
		}
		b.prog.imports = append(b.prog.imports, hostImport{iface, name, typ, offset})
		return item{fn: &function{typ: typ, lift: -1, hostImport: len(b.prog.imports) - 1}}, nil
	case binary.ExternType:
		if d.SubResource {
			return item{typ: &typeDef{res: b.hostResource(iface, name)}}, nil
		}
		t, err := at(s.types, d.Index, offset, "type")
		return item{typ: t}, err
	case binary.ExternInstance:
		it, err := s.instanceType(d.Index, offset)
		if err != nil {
			return item{}, err
		}
		if iface != "" {
			return item{}, unsupported(offset, "an instance inside an imported instance")
		}
		inst, err := b.providedInstance(it, name)
		return item{instance: inst}, err
	case binary.ExternModule:
		return item{}, unsupported(offset, "an imported core module")
	default:
		return item{}, unsupported(offset, "an imported component")
	}
}

// providedInstance walks an instance type and makes the instance that the host will provide for it.
func (b *builder) providedInstance(t *instanceType, iface string) (*exports, error) {
	s := &scope{outer: t.env}
	out := &exports{}
	for _, decl := range t.decls {
		switch d := decl.(type) {
		case *binary.ExportDecl:
			it, err := b.provided(s, iface, d.Name, d.Desc, d.Offset())
			if err != nil {
				return nil, err
			}
			s.push(it)
			out.add(d.Name, it)
		default:
			if err := b.typeDecl(s, decl); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// hostResource makes a resource type that the host provides.
func (b *builder) hostResource(iface, name string) *canon.Resource {
	r := &canon.Resource{Name: name, Host: true}
	b.prog.resources = append(b.prog.resources, hostResource{iface, name, r})
	return r
}

// defineResource makes a resource type that a component defines. Each instance of the component has one of its own.
func (b *builder) defineResource(s *scope, d *binary.Resource, offset int) (*canon.Resource, error) {
	r := &canon.Resource{Name: "resource", Instance: s.instance}
	if d.Dtor == nil {
		return r, nil
	}
	fn, err := at(s.coreFuncs, *d.Dtor, offset, "core function")
	if err != nil {
		return nil, err
	}
	if want := (core.FuncType{Params: []core.ValType{core.I32}}); !want.Equal(fn.sig) {
		return nil, invalid(offset, "a destructor needs a core function %s, this one is %s", want, fn.sig)
	}
	b.prog.dtors[r] = fn.coreItem
	return r, nil
}

// typeDecl resolves a declarator that an instance type shares with a component: a type, a core type or an alias.
func (b *builder) typeDecl(s *scope, decl binary.Def) error {
	if err := b.spend(); err != nil {
		return err
	}
	switch d := decl.(type) {
	case *binary.Type:
		if def, ok := d.Def.(*binary.Resource); ok && s.component {
			r, err := b.defineResource(s, def, d.Offset())
			if err != nil {
				return err
			}
			s.types = append(s.types, &typeDef{res: r})
			return nil
		}
		t, err := s.defType(d)
		if err != nil {
			return err
		}
		s.types = append(s.types, t)
	case *binary.CoreType:
		s.coreTypes = append(s.coreTypes, d)
	case *binary.Alias:
		return b.alias(s, d)
	}
	return nil
}

// push gives a definition the next index of its sort.
func (s *scope) push(it item) {
	switch {
	case it.fn != nil:
		s.funcs = append(s.funcs, it.fn)
	case it.typ != nil:
		s.types = append(s.types, it.typ)
	case it.instance != nil:
		s.instances = append(s.instances, it.instance)
	case it.component != nil:
		s.components = append(s.components, it.component)
	case it.module != nil:
		s.coreModules = append(s.coreModules, it.module)
	}
}
