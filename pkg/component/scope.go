package component

import (
	"fmt"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// scope holds the index spaces of a component, a component type or an instance type while its definitions are
// walked. outer is the scope that encloses it.
type scope struct {
	outer    *scope
	instance int // the component instance that is being built

	coreTypes     []*binary.CoreType
	coreModules   []*binary.CoreModule
	coreInstances []coreInstance
	coreFuncs     []coreFunc
	coreOthers    map[binary.CoreSort][]coreItem // tables, memories, globals

	types      []*typeDef
	funcs      []*function
	instances  []*exports
	components []*componentDef
}

// coreInstance is a core instance: a step of the program, or a bundle of items.
type coreInstance struct {
	step   int
	module *coreModule // nil for a bundle
	bundle map[string]coreFunc
}

// coreFunc is a core item, with its type where it is a function.
type coreFunc struct {
	coreItem
	sig      core.FuncType
	identity funcIdentity
}

// at returns space[i]. The component has been validated, so that an index out of range is a fault of this package:
// it ends the compilation, not the process.
func at[T any](space []T, i uint32) T {
	if uint64(i) >= uint64(len(space)) {
		panic(&InvalidError{Reason: fmt.Sprintf("index %d of %d is out of range, which validation let pass", i, len(space))})
	}
	return space[i]
}

// valueType resolves a reference to a value type.
func (s *scope) valueType(v binary.ValType) *canon.Type {
	if v.Prim != 0 {
		return primitive(v.Prim)
	}
	return at(s.types, v.Index).val
}

// enclosing returns the scope count steps outward.
func (s *scope) enclosing(count uint32) *scope {
	for range count {
		s = s.outer
	}
	return s
}

func primitive(p binary.Prim) *canon.Type {
	switch p {
	case binary.Bool:
		return canon.PrimOf(canon.KindBool)
	case binary.S8:
		return canon.PrimOf(canon.KindS8)
	case binary.U8:
		return canon.PrimOf(canon.KindU8)
	case binary.S16:
		return canon.PrimOf(canon.KindS16)
	case binary.U16:
		return canon.PrimOf(canon.KindU16)
	case binary.S32:
		return canon.PrimOf(canon.KindS32)
	case binary.U32:
		return canon.PrimOf(canon.KindU32)
	case binary.S64:
		return canon.PrimOf(canon.KindS64)
	case binary.U64:
		return canon.PrimOf(canon.KindU64)
	case binary.F32:
		return canon.PrimOf(canon.KindF32)
	case binary.F64:
		return canon.PrimOf(canon.KindF64)
	case binary.Char:
		return canon.PrimOf(canon.KindChar)
	default:
		return canon.PrimOf(canon.KindString)
	}
}
