package component

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
)

// defType resolves a type definition.
func (s *scope) defType(t *binary.Type) *typeDef {
	switch d := t.Def.(type) {
	case *binary.Func:
		return &typeDef{fn: s.funcType(d)}
	case *binary.InstanceType:
		return &typeDef{instance: &instanceType{d.Decls, s}}
	case *binary.ComponentType:
		return &typeDef{} // only an import of a component would need it, and there is none
	}
	val, err := s.defValType(t.Def)
	if err != nil {
		panic(&InvalidError{Offset: t.Offset(), Reason: err.Error(), Err: err})
	}
	return &typeDef{val: val}
}

// defValType fails with a *canon.TooLargeError.
func (s *scope) defValType(def any) (*canon.Type, error) {
	switch d := def.(type) {
	case *binary.Handle:
		r := at(s.types, d.Resource).res
		if d.Borrow {
			return canon.BorrowOf(r), nil
		}
		return canon.OwnOf(r), nil
	case *binary.List:
		if d.Length > 0 {
			return canon.FixedListOf(s.valueType(d.Elem), d.Length)
		}
		return canon.ListOf(s.valueType(d.Elem)), nil
	case *binary.Map:
		return canon.MapOf(s.valueType(d.Key), s.valueType(d.Value))
	case *binary.Flags:
		return canon.FlagsOf(d.Labels), nil
	case *binary.Enum:
		return canon.EnumOf(d.Labels), nil
	case *binary.Record:
		return canon.RecordOf(s.fields(d.Fields))
	case *binary.Tuple:
		types := make([]*canon.Type, len(d.Types))
		for i, v := range d.Types {
			types[i] = s.valueType(v)
		}
		return canon.TupleOf(types...)
	case *binary.Option:
		return canon.OptionOf(s.valueType(d.Elem))
	case *binary.Result:
		return canon.ResultOf(s.optional(d.Ok), s.optional(d.Err))
	case *binary.Variant:
		cases := make([]canon.Case, len(d.Cases))
		for i, c := range d.Cases {
			cases[i] = canon.Case{Name: c.Name, Type: s.optional(c.Type)}
		}
		return canon.VariantOf(cases)
	default:
		return primitive(def.(*binary.Primitive).Prim), nil
	}
}

func (s *scope) optional(v *binary.ValType) *canon.Type {
	if v == nil {
		return nil
	}
	return s.valueType(*v)
}

func (s *scope) fields(in []binary.Field) []canon.Field {
	out := make([]canon.Field, len(in))
	for i, f := range in {
		out[i] = canon.Field{Name: f.Name, Type: s.valueType(f.Type)}
	}
	return out
}

func (s *scope) funcType(d *binary.Func) *canon.FuncType {
	return &canon.FuncType{Params: s.fields(d.Params), Result: s.optional(d.Result)}
}

// provided resolves an import of the root: it stands for what the host will provide. Functions become host imports
// of the given interface; types that are bounded by an equal type stand for themselves.
func (b *builder) provided(s *scope, iface, name string, d binary.ExternDesc, offset int) item {
	b.name(len(iface) + len(name) + 1)
	switch d.Kind {
	case binary.ExternFunc:
		typ := at(s.types, d.Index).fn
		b.prog.imports = append(b.prog.imports, hostImport{iface, name, typ, offset})
		return item{fn: &function{typ: typ, lift: -1, hostImport: len(b.prog.imports) - 1}}
	case binary.ExternType:
		if d.SubResource {
			return item{typ: &typeDef{res: b.hostResource(iface, name)}}
		}
		return item{typ: at(s.types, d.Index)}
	case binary.ExternInstance:
		return item{instance: b.providedInstance(at(s.types, d.Index).instance, within(iface, name))}
	}
	return b.supplied(within(iface, name))
}

// within is the name of something in an imported instance, which itself can be in another.
func within(iface, name string) string {
	if iface == "" {
		return name
	}
	return iface + "#" + name
}

// supplied resolves an import of a component or core module, whose type has been checked.
func (b *builder) supplied(name string) item {
	switch code := b.code[name].(type) {
	case *binary.Component:
		return item{component: &componentDef{ast: code}}
	case *binary.CoreModule:
		return item{module: code}
	}
	panic(&LinkError{Missing: []string{name}})
}

// providedInstance walks an instance type and makes the instance that the host will provide for it.
func (b *builder) providedInstance(t *instanceType, iface string) *exports {
	s := &scope{outer: t.env}
	out := &exports{}
	for _, decl := range t.decls {
		b.spend(decl)
		d, ok := decl.(*binary.ExportDecl)
		if !ok {
			b.typeDecl(s, decl)
			continue
		}
		it := b.provided(s, iface, d.Name, d.Desc, d.Offset())
		s.push(it)
		out.add(d.Name, it)
	}
	return out
}

// ascribed returns an export as the type that it is ascribed has it: what an instance exports beyond that is not seen.
func (b *builder) ascribed(s *scope, it item, d binary.ExternDesc) item {
	if d.Kind != binary.ExternInstance {
		return it
	}
	t := at(s.types, d.Index).instance
	inner, seen := &scope{outer: t.env}, &exports{}
	for _, decl := range t.decls {
		b.spend(decl)
		d, ok := decl.(*binary.ExportDecl)
		if !ok {
			b.typeDecl(inner, decl)
			continue
		}
		x := b.ascribed(inner, it.instance.items[d.Name], d.Desc)
		inner.push(x)
		seen.add(d.Name, x)
	}
	return item{instance: seen}
}

// hostResource makes a resource type that the host provides.
func (b *builder) hostResource(iface, name string) *canon.Resource {
	r := &canon.Resource{Name: name, Host: true}
	b.prog.resources = append(b.prog.resources, hostResource{iface, name, r})
	return r
}

// defineResource makes a resource type that a component defines. Each instance of the component has one of its own.
func (b *builder) defineResource(s *scope, d *binary.Resource) *canon.Resource {
	r := &canon.Resource{Name: "resource", Instance: s.instance}
	if d.Dtor != nil {
		b.prog.dtors[r] = at(s.coreFuncs, *d.Dtor).coreItem
	}
	return r
}

// typeDecl resolves a declarator that an instance type shares with a component: a type, a core type or an alias.
func (b *builder) typeDecl(s *scope, decl binary.Def) {
	switch d := decl.(type) {
	case *binary.Type:
		if def, ok := d.Def.(*binary.Resource); ok {
			s.types = append(s.types, &typeDef{res: b.defineResource(s, def)})
			return
		}
		s.types = append(s.types, s.defType(d))
	case *binary.CoreType:
		s.coreTypes = append(s.coreTypes, d)
	case *binary.Alias:
		b.alias(s, d)
	}
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
