package validate

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// primitives are the primitive types by the low bits of their opcode.
var primitives = [16]canon.Kind{
	binary.Bool & 0xf:   canon.KindBool,
	binary.S8 & 0xf:     canon.KindS8,
	binary.U8 & 0xf:     canon.KindU8,
	binary.S16 & 0xf:    canon.KindS16,
	binary.U16 & 0xf:    canon.KindU16,
	binary.S32 & 0xf:    canon.KindS32,
	binary.U32 & 0xf:    canon.KindU32,
	binary.S64 & 0xf:    canon.KindS64,
	binary.U64 & 0xf:    canon.KindU64,
	binary.F32 & 0xf:    canon.KindF32,
	binary.F64 & 0xf:    canon.KindF64,
	binary.Char & 0xf:   canon.KindChar,
	binary.String & 0xf: canon.KindString,
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
		t.abi = canon.PrimOf(primitives[t.prim&0xf])
	case kindOwn, kindBorrow:
		t.abi = canon.PrimOf(canon.KindU32)
	case kindList:
		t.abi = canon.ListOf(parts[0])
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
