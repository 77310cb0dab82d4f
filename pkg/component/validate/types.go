package validate

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
)

// def is the type of a definition: *valType, *funcType, *resourceType, *instanceType, *componentType or
// *moduleType. In the type index space its pointer is also its identity: an import or export makes a type that is
// equal to another but has a name of its own, and whether a type has a name outside is asked of pointers.
type def interface{ common() *shape }

// shape is what every type knows of the types that it is made of.
type shape struct {
	depth int // how deep types refer to each other, itself included
	size  int // how many types it would take to spell it out
	// open says that a resource type or a type that needs a name occurs in it, so that substitution and the rules
	// of visibility have to look inside.
	open bool
	// handles says that a handle occurs in a value or function type.
	handles bool
}

func (s *shape) common() *shape { return s }

// leaf is the shape of a type that is made of no others.
func leaf() shape { return shape{depth: 1, size: 1} }

// contain counts d among the types that this one is made of.
func (s *shape) contain(d def) {
	c := d.common()
	s.depth = max(s.depth, c.depth+1)
	s.size += c.size
	s.open = s.open || c.open
	s.handles = s.handles || c.handles
}

// kind is the constructor of a value type.
type kind uint8

const (
	kindPrim kind = iota
	kindRecord
	kindVariant
	kindList
	kindMap
	kindTuple
	kindFlags
	kindEnum
	kindOption
	kindResult
	kindOwn
	kindBorrow
)

// valType is a value type. All constructors share one form, so that what asks for structure alone needs no cases:
// names are the labels of fields, cases and flags, types what it is made of, in order, nil for a missing payload.
type valType struct {
	shape
	kind  kind
	prim  binary.Prim
	names []string
	types []*valType
	of    *resourceType // own, borrow

	length uint32 // of a list of a fixed length
	bytes  uint64 // that a value takes in memory, where pointers have 64 bits
	align  uint64

	borrows bool // a borrow occurs in it
	abi     *canon.Type
}

// named reports whether the type needs a name to be used in an import or export (Explainer.md, "External
// Visibility of Types").
func (t *valType) named() bool {
	return t.kind == kindRecord || t.kind == kindVariant || t.kind == kindFlags || t.kind == kindEnum
}

// String names the type by its constructor.
func (t *valType) String() string {
	if t.kind != kindPrim {
		return [...]string{
			kindRecord: "record", kindVariant: "variant", kindList: "list", kindMap: "map", kindTuple: "tuple", kindFlags: "flags",
			kindEnum: "enum", kindOption: "option", kindResult: "result", kindOwn: "own", kindBorrow: "borrow",
		}[t.kind]
	}
	return primitiveKind(t.prim).String()
}

// funcType is a function type. result is nil for a function without result.
type funcType struct {
	shape
	names  []string
	params []*valType
	result *valType
	abi    *canon.FuncType
}

// resource is the identity of a resource type. Two types in index spaces are the same resource type if they share
// it.
type resource struct{ _ byte }

// resourceType is a resource type in the type index space, under one of its names.
type resourceType struct {
	shape
	id *resource
}

func newResourceType() *resourceType {
	t := &resourceType{shape: leaf(), id: &resource{}}
	t.open = true
	return t
}

// instanceType is the type of an instance. abstract are the resource types that a type definition introduces and
// that each use of it makes anew; a definition in the instance index space has none.
type instanceType struct {
	shape
	exports  externs
	abstract []*resource
}

// componentType is the type of a component. It is closed over the resource types that its imports bring (params),
// which instantiation replaces by what it is given, and those that are its own (fresh), which instantiation makes
// anew.
type componentType struct {
	shape
	imports, exports externs
	params, fresh    []*resource
}

// extern is a definition that can be imported and exported: its sort, as an extern descriptor counts sorts, and
// its type. For a type it is the type itself.
type extern struct {
	kind binary.ExternKind
	def  def
}

// sortName names a sort, with its article.
func sortName(k binary.ExternKind) string {
	switch k {
	case binary.ExternModule:
		return "a core module"
	case binary.ExternFunc:
		return "a func"
	case binary.ExternType:
		return "a type"
	case binary.ExternComponent:
		return "a component"
	default:
		return "an instance"
	}
}

// what describes a type in the type index space.
func what(d def) string {
	switch d := d.(type) {
	case *valType:
		return "the value type " + d.String()
	case *funcType:
		return "a function type"
	case *resourceType:
		return "a resource type"
	case *instanceType:
		return "an instance type"
	case *componentType:
		return "a component type"
	default:
		return "a core module type"
	}
}

// externs are named definitions in order. Names are shared between types that differ by a substitution.
type externs struct {
	*directory
	defs []extern
}

type directory struct {
	names []string
	index map[string]int
}

func newExterns() externs { return externs{directory: &directory{index: map[string]int{}}} }

func (e *externs) add(name string, x extern) {
	e.index[name] = len(e.names)
	e.names = append(e.names, name)
	e.defs = append(e.defs, x)
}

func (e *externs) lookup(name string) (extern, bool) {
	i, ok := e.index[name]
	if !ok {
		return extern{}, false
	}
	return e.defs[i], true
}

// containAll counts the types of all of e among those that s is made of. A type among them needs a name or gives
// one, so that it has to be looked at whatever it is.
func (s *shape) containAll(e externs) {
	for _, x := range e.defs {
		s.contain(x.def)
		s.open = s.open || x.kind == binary.ExternType
	}
}

// renamed returns a type of the type index space equal to d with an identity of its own.
func renamed(d def) def {
	switch d := d.(type) {
	case *valType:
		c := *d
		return &c
	case *funcType:
		c := *d
		return &c
	case *resourceType:
		c := *d
		return &c
	case *instanceType:
		c := *d
		return &c
	default:
		c := *d.(*componentType)
		return &c
	}
}
