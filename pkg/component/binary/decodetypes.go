package binary

// typeDef reads one definition of the type section (deftype).
func (r *reader) typeDef() *Type {
	at := r.off
	r.enter(at)
	defer r.leave()
	return &Type{pos(at), r.defType()}
}

func (r *reader) defType() any {
	at := r.off
	switch op := r.byte(); op {
	case 0x72:
		return &Record{r.fields("record fields", at)}
	case 0x71:
		v := &Variant{vec(r, "variant cases", r.variantCase)}
		if len(v.Cases) == 0 {
			r.invalid(at, "variant without cases")
		}
		return v
	case 0x70:
		return &List{Elem: r.valType()}
	case 0x6f:
		t := &Tuple{vec(r, "tuple types", r.valType)}
		if len(t.Types) == 0 {
			r.invalid(at, "tuple without types")
		}
		return t
	case 0x6e:
		f := &Flags{vec(r, "flags", r.name)}
		if n := len(f.Labels); n == 0 || n > 32 {
			r.invalid(at, "flags with %d labels, want 1 to 32", n)
		}
		return f
	case 0x6d:
		e := &Enum{vec(r, "enum cases", r.name)}
		if len(e.Labels) == 0 {
			r.invalid(at, "enum without cases")
		}
		return e
	case 0x6b:
		return &Option{r.valType()}
	case 0x6a:
		return &Result{r.optValType(), r.optValType()}
	case 0x69:
		return &Handle{Resource: r.u32()}
	case 0x68:
		return &Handle{Borrow: true, Resource: r.u32()}
	case 0x40:
		return r.funcType()
	case 0x41:
		return &ComponentType{vec(r, "declarators", r.componentDecl)}
	case 0x42:
		return &InstanceType{vec(r, "declarators", r.instanceDecl)}
	case 0x3f:
		return r.resource()
	case 0x43:
		r.unsupported(at, "an async function type")
	case 0x67:
		l := &List{r.valType(), r.u32()}
		if l.Length == 0 {
			r.invalid(at, "a list of the fixed length 0")
		}
		return l
	case 0x66:
		r.unsupported(at, "a stream type")
	case 0x65:
		r.unsupported(at, "a future type")
	case 0x63:
		return &Map{r.valType(), r.valType()}
	default:
		r.off = at
		return &Primitive{r.prim()}
	}
	return nil
}

// prim reads a primitive value type.
func (r *reader) prim() Prim {
	at := r.off
	b := r.byte()
	if b == 0x64 {
		r.unsupported(at, "the type error-context")
	}
	if p := Prim(b); p >= String && p <= Bool {
		return p
	}
	r.fail(at, "unknown type opcode %#02x", b)
	return 0
}

// valType reads a value type: type opcodes are negative as a signed LEB128 and so have bit 6 of their single byte
// set; a type index is non-negative.
func (r *reader) valType() ValType {
	if r.off < r.end && r.buf[r.off]&0xc0 == 0x40 {
		return ValType{Prim: r.prim()}
	}
	return ValType{Index: r.index33()}
}

// index33 reads a type index that is encoded as a non-negative signed 33-bit LEB128.
func (r *reader) index33() uint32 {
	start := r.off
	var v uint64
	for shift := uint(0); shift < 35; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b&0x80 != 0 {
			continue
		}
		if b&0x40 != 0 || v > 1<<32-1 {
			break
		}
		return uint32(v)
	}
	r.fail(start, "type index out of range")
	return 0
}

func (r *reader) optValType() *ValType {
	if !r.optional() {
		return nil
	}
	t := r.valType()
	return &t
}

func (r *reader) fields(what string, at int) []Field {
	f := vec(r, what, func() Field { return Field{r.name(), r.valType()} })
	if len(f) == 0 {
		r.invalid(at, "no %s", what)
	}
	return f
}

func (r *reader) variantCase() Case {
	c := Case{r.name(), r.optValType()}
	r.expect(0, "end of a variant case")
	return c
}

func (r *reader) funcType() *Func {
	f := &Func{Params: vec(r, "parameters", func() Field { return Field{r.name(), r.valType()} })}
	at := r.off
	switch b := r.byte(); b {
	case 0:
		t := r.valType()
		f.Result = &t
	case 1:
		r.expect(0, "end of an empty result list")
	default:
		r.fail(at, "unknown result list form %#02x", b)
	}
	return f
}

func (r *reader) resource() *Resource {
	at := r.off
	switch rep := CoreValType(r.byte()); rep {
	case I32:
	case I64:
		r.unsupported(at, "a resource that an i64 represents")
	default:
		r.fail(at, "resource representation is not i32")
	}
	res := &Resource{}
	if r.optional() {
		i := r.u32()
		res.Dtor = &i
	}
	return res
}

func (r *reader) componentDecl() Def {
	if r.off < r.end && r.buf[r.off] == 0x03 {
		r.off++
		return r.importDef()
	}
	return r.instanceDecl()
}

func (r *reader) instanceDecl() Def {
	at := r.off
	switch b := r.byte(); b {
	case 0x00:
		return r.coreType()
	case 0x01:
		return r.typeDef()
	case 0x02:
		return r.aliasDecl()
	case 0x04:
		name, implements := r.externName()
		return &ExportDecl{pos(at), name, implements, r.externDesc()}
	default:
		r.fail(at, "unknown declarator %#02x", b)
		return nil
	}
}

// aliasDecl reads an alias inside a type, where only types (outer) and types and instances (export) can be meant.
func (r *reader) aliasDecl() *Alias {
	a := r.alias()
	switch {
	case a.Target == AliasExport && (a.Sort.Code == SortType || a.Sort.Code == SortInstance):
	case a.Target == AliasOuter && (a.Sort.Code == SortType || a.Sort == Sort{SortCore, CoreTypeSort}):
	default:
		r.invalid(a.Offset(), "a type cannot hold this alias")
	}
	return a
}

// coreType reads a definition of the core type section (core:deftype).
func (r *reader) coreType() *CoreType {
	at := r.off
	r.enter(at)
	defer r.leave()
	t := &CoreType{pos: pos(at)}
	switch op := r.byte(); op {
	case 0x60:
		t.Func = &CoreFuncType{vec(r, "parameters", r.coreValType), vec(r, "results", r.coreValType)}
	case 0x50:
		t.Module = &CoreModuleType{vec(r, "declarators", r.moduleDecl)}
	case 0x00, 0x4e, 0x4f, 0x5e, 0x5f:
		r.unsupported(at, "a garbage-collected core type")
	default:
		r.fail(at, "unknown core type %#02x", op)
	}
	return t
}

func (r *reader) coreValType() CoreValType {
	at := r.off
	switch t := CoreValType(r.byte()); t {
	case I32, I64, CoreF32, CoreF64, V128, FuncRef, ExternRef:
		return t
	case 0x63, 0x64, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73, 0x74:
		r.unsupported(at, "a typed or garbage-collected reference")
	default:
		r.fail(at, "unknown core value type %#02x", byte(t))
	}
	return 0
}

func (r *reader) moduleDecl() CoreModuleDecl {
	at := r.off
	switch b := r.byte(); b {
	case 0:
		return CoreModuleDecl{Import: &CoreImportDecl{r.name(), r.name(), r.coreExternType()}}
	case 1:
		t := r.coreType()
		if t.Module != nil {
			r.invalid(at, "a module type inside a module type")
		}
		return CoreModuleDecl{Type: t}
	case 2:
		a := &Alias{pos: pos(at), Sort: Sort{SortCore, CoreTypeSort}, Target: AliasOuter}
		r.expect(byte(CoreTypeSort), "sort of a module type's alias")
		r.expect(0x01, "target of a module type's alias")
		a.Count, a.Index = r.u32(), r.u32()
		return CoreModuleDecl{Alias: a}
	case 3:
		return CoreModuleDecl{Export: &CoreExportDecl{r.name(), r.coreExternType()}}
	default:
		r.fail(at, "unknown module type declarator %#02x", b)
		return CoreModuleDecl{}
	}
}

func (r *reader) coreExternType() CoreExternType {
	at := r.off
	t := CoreExternType{Sort: CoreSort(r.byte())}
	switch t.Sort {
	case CoreFunc:
		t.Type = r.u32()
	case CoreTable:
		t.Val = r.coreValType()
		t.Limits = r.limits()
	case CoreMemory:
		t.Limits = r.limits()
	case CoreGlobal:
		t.Val = r.coreValType()
		mutAt := r.off
		m := r.byte()
		if m > 1 {
			r.fail(mutAt, "unknown mutability %#02x", m)
		}
		t.Mutable = m == 1
	case CoreTag:
		r.expect(0, "kind of a core tag")
		t.Type = r.u32()
	default:
		r.fail(at, "unknown core extern kind %#02x", byte(t.Sort))
	}
	return t
}

func (r *reader) limits() Limits {
	at := r.off
	flags := r.byte()
	switch {
	case flags > 15:
		r.fail(at, "unknown limits %#02x", flags)
	case flags > 7:
		r.unsupported(at, "a memory with pages of another size")
	case flags > 3:
		r.unsupported(at, "a 64-bit memory or table")
	}
	l := Limits{Min: uint64(r.u32()), Shared: flags&2 != 0}
	if flags&1 != 0 {
		m := uint64(r.u32())
		l.Max = &m
	}
	return l
}
