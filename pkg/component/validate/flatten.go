package validate

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// primitiveKind returns a primitive type as package canon names it.
func primitiveKind(p binary.Prim) canon.Kind {
	switch p {
	case binary.Bool:
		return canon.KindBool
	case binary.S8:
		return canon.KindS8
	case binary.U8:
		return canon.KindU8
	case binary.S16:
		return canon.KindS16
	case binary.U16:
		return canon.KindU16
	case binary.S32:
		return canon.KindS32
	case binary.U32:
		return canon.KindU32
	case binary.S64:
		return canon.KindS64
	case binary.U64:
		return canon.KindU64
	case binary.F32:
		return canon.KindF32
	case binary.F64:
		return canon.KindF64
	case binary.Char:
		return canon.KindChar
	default:
		return canon.KindString
	}
}

// canonical returns the type as package canon knows it, for its flattening. Names do not matter there, and handles
// are numbers.
func (v *validator) canonical(t *valType) *canon.Type {
	if t == nil {
		return nil
	}
	if t.abi != nil {
		return t.abi
	}
	v.spend(1 + len(t.types) + len(t.names))
	parts := make([]*canon.Type, len(t.types))
	for i, x := range t.types {
		parts[i] = v.canonical(x)
	}
	var err error
	switch t.kind {
	case kindPrim:
		t.abi = canon.PrimOf(primitiveKind(t.prim))
	case kindOwn, kindBorrow:
		t.abi = canon.PrimOf(canon.KindU32)
	case kindList:
		if t.length > 0 {
			t.abi, err = canon.FixedListOf(parts[0], t.length)
		} else {
			t.abi = canon.ListOf(parts[0])
		}
	case kindMap:
		t.abi, err = canon.MapOf(parts[0], parts[1])
	case kindFlags:
		t.abi = canon.FlagsOf(t.names)
	case kindEnum:
		t.abi = canon.EnumOf(t.names)
	case kindRecord, kindTuple:
		t.abi, err = canon.TupleOf(parts...)
	case kindOption:
		t.abi, err = canon.OptionOf(parts[0])
	case kindResult:
		t.abi, err = canon.ResultOf(parts[0], parts[1])
	case kindVariant:
		cases := make([]canon.Case, len(parts))
		for i, p := range parts {
			cases[i].Type = p
		}
		t.abi, err = canon.VariantOf(cases)
	}
	if err != nil {
		v.fail(Size, "%s", err)
	}
	return t.abi
}

// canonicalFunc returns the function type as package canon knows it.
func (v *validator) canonicalFunc(f *funcType) *canon.FuncType {
	if f.abi == nil {
		f.abi = &canon.FuncType{Result: v.canonical(f.result)}
		for _, p := range f.params {
			f.abi.Params = append(f.abi.Params, canon.Field{Type: v.canonical(p)})
		}
	}
	v.spend(1 + len(f.params))
	return f.abi
}

// coreSignature returns a flattened signature as package core knows it.
func coreSignature(sig canon.CoreSig) core.FuncType {
	types := func(in []canon.Core) []core.ValType {
		out := make([]core.ValType, len(in))
		for i, c := range in {
			out[i] = core.ValType(c)
		}
		return out
	}
	return core.FuncType{Params: types(sig.Params), Results: types(sig.Results)}
}

// reallocType is the type of the canonical option realloc: old pointer, old size, alignment, new size.
func reallocType() core.FuncType {
	i := core.I32
	return core.FuncType{Params: []core.ValType{i, i, i, i}, Results: []core.ValType{i}}
}

// dtorType is the type of a destructor, and of resource.drop.
func dtorType() core.FuncType { return core.FuncType{Params: []core.ValType{core.I32}} }
