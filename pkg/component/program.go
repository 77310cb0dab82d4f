package component

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// program is a component with everything resolved that does not need the host or a memory: what instantiation has
// to do, in order. Components nested in it have been inlined, each as often as it is instantiated.
type program struct {
	modules   []*coreModule
	steps     []step       // core instances, in order of instantiation
	slots     []slot       // core functions that the canonical ABI provides: canon lower
	lifts     []lift       // component functions that core functions provide: canon lift
	contexts  []contextRef // memories and reallocs that slots and lifts work on
	parents   []int        // of each component instance the one that it is nested in; -1 for the root
	imports   []hostImport // functions that the host provides
	resources []hostResource
	dtors     map[*canon.Resource]coreItem // of the resources that components define
	exports   exports                      // of the root
}

// coreModule is one core module in one import shape.
type coreModule struct {
	at      int // offset in the file, for messages
	parsed  *core.Module
	wasm    []byte // the module as it is in the file
	shape   []importName
	imports []core.Import
}

// importName is what an import of a core module is rewritten to: a provider's ordinal in its step, and the name
// that the provider exports.
type importName struct {
	provider int
	name     string
}

// step instantiates one core module. Its providers are core instances of earlier steps, or the slots.
type step struct {
	module    int
	providers []int // indices of steps; slotProvider for the slots
}

// slotProvider stands for the host module that holds the slots.
const slotProvider = -1

// coreItem is a core definition that instantiation makes: an export of a core instance, or a slot.
type coreItem struct {
	sort binary.CoreSort
	step int // slotProvider for a slot
	name string
}

// slotKind says what the core function of a slot does.
type slotKind int

const (
	slotImport slotKind = iota // canon lower of a function that the host provides
	slotCall                   // canon lower of a function that a component lifts
	slotNew                    // canon resource.new
	slotRep                    // canon resource.rep
	slotDrop                   // canon resource.drop
)

// slot is a core function that the canonical ABI provides.
type slot struct {
	kind     slotKind
	fn       *function       // of slotImport and slotCall
	res      *canon.Resource // of the resource built-ins
	sig      canon.CoreSig
	context  int // of slotImport and slotCall
	instance int // the component instance that calls it
}

// lift is a component function made by canon lift.
type lift struct {
	core       coreItem
	identity   funcIdentity
	typ        *canon.FuncType // nil in a core module
	sig        core.FuncType
	context    int
	postReturn *coreItem
	instance   int
}

// funcIdentity tells whether two lifts lift the same core function.
type funcIdentity struct {
	step  int
	index uint32
}

// contextRef says where a canonical definition's memory and realloc come from.
type contextRef struct {
	memory, realloc coreItem
	hasMemory       bool
	hasRealloc      bool
	encoding        canon.Encoding
	instance        int
}

// hostImport names a function that the host provides. Interface is empty for a function imported by its bare name.
type hostImport struct {
	iface, name string
	typ         *canon.FuncType // nil in a core module
	at          int
}

// hostResource is a resource type that the host provides.
type hostResource struct {
	iface, name string
	res         *canon.Resource
}

// function is a component function: a lift of this program, or an import.
type function struct {
	typ        *canon.FuncType
	lift       int // -1 for an import
	hostImport int // -1 for a lift
}

// exports are named definitions, in the order of definition.
type exports struct {
	names []string
	items map[string]item
}

func (e *exports) add(name string, it item) {
	if e.items == nil {
		e.items = map[string]item{}
	}
	if _, ok := e.items[name]; !ok {
		e.names = append(e.names, name)
	}
	e.items[name] = it
}

// item is a component definition: exactly one of its pointers is set, by its sort.
type item struct {
	fn        *function
	typ       *typeDef
	instance  *exports
	component *componentDef
	module    *binary.CoreModule
}

// typeDef is a definition in the type index space: at most one of its pointers is set, none for a component type.
type typeDef struct {
	val      *canon.Type
	fn       *canon.FuncType
	res      *canon.Resource
	instance *instanceType
}

// instanceType is an instance type with the scope that its outer aliases look into.
type instanceType struct {
	decls []binary.Def
	env   *scope
}

// componentDef is a component with the scope that it was defined in.
type componentDef struct {
	ast *binary.Component
	env *scope
}
