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
	outer     *scope
	component bool // whether it is a component's, rather than a type's
	instance  int  // the component instance that is being built

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

func invalid(at int, format string, args ...any) error {
	return &InvalidError{Offset: at, Reason: fmt.Sprintf(format, args...)}
}

func unsupported(at int, what string) error {
	return &InvalidError{Offset: at, Reason: what + " is not supported", Unsupported: true}
}

// at returns space[i], or an error that names the index space.
func at[T any](space []T, i uint32, offset int, what string) (T, error) {
	if uint64(i) >= uint64(len(space)) {
		var zero T
		return zero, invalid(offset, "%s index %d, of %d", what, i, len(space))
	}
	return space[i], nil
}

// valueType resolves a reference to a value type.
func (s *scope) valueType(v binary.ValType, offset int) (*canon.Type, error) {
	if v.Prim != 0 {
		return primitive(v.Prim), nil
	}
	t, err := at(s.types, v.Index, offset, "type")
	if err != nil {
		return nil, err
	}
	if t.val == nil {
		return nil, invalid(offset, "type %d is %s, not a value type", v.Index, t.what())
	}
	return t.val, nil
}

func (s *scope) funcType(i uint32, offset int) (*canon.FuncType, error) {
	t, err := at(s.types, i, offset, "type")
	if err != nil {
		return nil, err
	}
	if t.fn == nil {
		return nil, invalid(offset, "type %d is %s, not a function type", i, t.what())
	}
	return t.fn, nil
}

func (s *scope) resource(i uint32, offset int) (*canon.Resource, error) {
	t, err := at(s.types, i, offset, "type")
	if err != nil {
		return nil, err
	}
	if t.res == nil {
		return nil, invalid(offset, "type %d is %s, not a resource type", i, t.what())
	}
	return t.res, nil
}

func (s *scope) instanceType(i uint32, offset int) (*instanceType, error) {
	t, err := at(s.types, i, offset, "type")
	if err != nil {
		return nil, err
	}
	if t.instance == nil {
		return nil, invalid(offset, "type %d is %s, not an instance type", i, t.what())
	}
	return t.instance, nil
}

// enclosing returns the scope count steps outward.
func (s *scope) enclosing(count uint32, offset int) (*scope, error) {
	for range count {
		if s = s.outer; s == nil {
			return nil, invalid(offset, "outer alias crosses %d scopes, which is more than enclose it", count)
		}
	}
	return s, nil
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
