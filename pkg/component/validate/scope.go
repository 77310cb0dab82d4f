package validate

import (
	"astrid/pkg/component/binary"
)

// scopeKind is what a scope belongs to.
type scopeKind uint8

const (
	inComponent scopeKind = iota
	inComponentType
	inInstanceType
)

// direction tells imports from exports.
type direction uint8

const (
	importing direction = iota
	exporting
)

func (d direction) String() string {
	if d == importing {
		return "import"
	}
	return "export"
}

// scope holds the index spaces of a component, a component type or an instance type while its definitions are
// walked, and what its imports and exports have made known. outer is the scope that encloses it.
type scope struct {
	outer *scope
	kind  scopeKind

	core          [5][]*coreExtern // functions, tables, memories, globals and tags, by binary.CoreSort
	coreTypes     []coreDef
	modules       []*moduleType
	coreInstances []coreExports

	types      []def
	funcs      []*funcType
	instances  []*instanceType
	components []*componentType

	imports, exports externs
	params, fresh    []*resource            // resource types by their origin: imports, and everything else
	local            map[*resource]struct{} // those defined here
	names            [2]namespace           // by direction
	// visible are the types that have a name outside, which imports or exports may use, and the identities of the
	// resource types among them.
	visible [2]map[any]struct{}
}

func newScope(outer *scope, kind scopeKind) *scope {
	s := &scope{
		outer: outer, kind: kind,
		imports: newExterns(), exports: newExterns(),
		local: map[*resource]struct{}{},
	}
	for i := range s.names {
		s.names[i] = newNamespace()
		s.visible[i] = map[any]struct{}{}
	}
	return s
}

// at returns space[i], which has to exist.
func at[T any](v *validator, space []T, i uint32, what string) T {
	if uint64(i) >= uint64(len(space)) {
		v.fail(Index, "%s index %d is out of bounds, there are %d", what, i, len(space))
	}
	return space[i]
}

// item returns a definition by its sort and index.
func (v *validator) item(s *scope, sort binary.Sort, i uint32) extern {
	switch sort.Code {
	case binary.SortFunc:
		return extern{binary.ExternFunc, at(v, s.funcs, i, "function")}
	case binary.SortType:
		return extern{binary.ExternType, at(v, s.types, i, "type")}
	case binary.SortComponent:
		return extern{binary.ExternComponent, at(v, s.components, i, "component")}
	case binary.SortInstance:
		return extern{binary.ExternInstance, at(v, s.instances, i, "instance")}
	}
	if sort.Core != binary.CoreModuleSort {
		v.fail(Sort, "of the core definitions only a module can stand here")
	}
	return extern{binary.ExternModule, at(v, s.modules, i, "core module")}
}

// push gives a definition the next index of its sort.
func (s *scope) push(x extern) {
	switch x.kind {
	case binary.ExternFunc:
		s.funcs = append(s.funcs, x.def.(*funcType))
	case binary.ExternType:
		s.types = append(s.types, x.def)
	case binary.ExternComponent:
		s.components = append(s.components, x.def.(*componentType))
	case binary.ExternInstance:
		s.instances = append(s.instances, x.def.(*instanceType))
	case binary.ExternModule:
		s.modules = append(s.modules, x.def.(*moduleType))
	}
}

// enclosing returns the scope count steps outward, and whether the way there leaves a component.
func (v *validator) enclosing(s *scope, count uint32) (found *scope, leaves bool) {
	for range count {
		leaves = leaves || s.kind == inComponent
		if s = s.outer; s == nil {
			v.fail(Index, "outer alias count %d is more than there are enclosing scopes", count)
		}
	}
	return s, leaves
}
