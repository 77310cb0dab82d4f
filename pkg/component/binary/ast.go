package binary

// Component is one component: its definitions in file order. Index spaces grow in that order, so a definition
// can only refer to earlier ones of its own component, or to enclosing ones through outer aliases.
type Component struct {
	Defs   []Def
	Custom []Custom
	At     int // offset of the component's preamble in the file
	Size   int // bytes, preamble included
}

// Def is one definition of a component: *CoreModule, *CoreInstance, *CoreType, *Component, *Instance, *Alias,
// *Type, *Canon, *Import or *Export.
type Def interface {
	// Offset is where the definition begins in the file.
	Offset() int
}

// pos is embedded by every definition for its offset.
type pos int

func (p pos) Offset() int { return int(p) }

// Offset is where the component's preamble begins in the file.
func (c *Component) Offset() int { return c.At }

// Custom is a custom section, kept for tools. Data aliases the input.
type Custom struct {
	Name string
	Data []byte
	At   int
}

// CoreModule is an embedded core module. Wasm aliases the input.
type CoreModule struct {
	pos
	Wasm []byte
}

// CoreSort is a sort of core definition (core:sort).
type CoreSort byte

// The core sorts, with the format's opcodes.
const (
	CoreFunc       CoreSort = 0x00
	CoreTable      CoreSort = 0x01
	CoreMemory     CoreSort = 0x02
	CoreGlobal     CoreSort = 0x03
	CoreTag        CoreSort = 0x04
	CoreTypeSort   CoreSort = 0x10
	CoreModuleSort CoreSort = 0x11
	CoreInstSort   CoreSort = 0x12
)

// Sort is a sort of component definition (sort). Core is meaningful for SortCore only.
type Sort struct {
	Code SortCode
	Core CoreSort
}

// SortCode is the opcode of a sort.
type SortCode byte

// The component sorts, with the format's opcodes.
const (
	SortCore      SortCode = 0x00
	SortFunc      SortCode = 0x01
	SortValue     SortCode = 0x02
	SortType      SortCode = 0x03
	SortComponent SortCode = 0x04
	SortInstance  SortCode = 0x05
)

// CoreInstance is a core instance: Module instantiated with Args, or a bundle of Exports when Inline is set.
type CoreInstance struct {
	pos
	Inline  bool
	Module  uint32
	Args    []CoreArg
	Exports []CoreExport
}

// CoreArg supplies one module name of an instantiation with a core instance.
type CoreArg struct {
	Name     string
	Instance uint32
}

// CoreExport is one inline export of a core instance.
type CoreExport struct {
	Name  string
	Sort  CoreSort
	Index uint32
}

// Instance is an instance: Component instantiated with Args, or a bundle of Exports when Inline is set.
type Instance struct {
	pos
	Inline    bool
	Component uint32
	Args      []Arg
	Exports   []Arg
}

// Arg is a named reference to a definition: an instantiation argument or an inline export.
type Arg struct {
	Name       string
	Implements *string // of an inline export: see Import
	Sort       Sort
	Index      uint32
}

// AliasTarget says what an alias points into.
type AliasTarget byte

// The alias targets, with the format's opcodes.
const (
	AliasExport     AliasTarget = 0x00
	AliasCoreExport AliasTarget = 0x01
	AliasOuter      AliasTarget = 0x02
)

// Alias gives a definition of another instance or of an enclosing component an index here. Instance and Name are
// set for the export targets, Count and Index for the outer one.
type Alias struct {
	pos
	Sort     Sort
	Target   AliasTarget
	Instance uint32
	Name     string
	Count    uint32
	Index    uint32
}

// CanonKind is a canonical definition's opcode.
type CanonKind byte

// The canonical definitions of the synchronous Component Model.
const (
	CanonLift         CanonKind = 0x00
	CanonLower        CanonKind = 0x01
	CanonResourceNew  CanonKind = 0x02
	CanonResourceDrop CanonKind = 0x03
	CanonResourceRep  CanonKind = 0x04
)

// Canon is a canonical definition. Func is the core function that a lift lifts, or the component function that a
// lower lowers; Type is the function type of a lift or the resource type of a resource built-in.
type Canon struct {
	pos
	Kind CanonKind
	Func uint32
	Type uint32
	Opts CanonOpts
}

// StringEncoding is how a canonical definition's strings lie in memory.
type StringEncoding byte

// The string encodings, with the format's opcodes.
const (
	UTF8        StringEncoding = 0x00
	UTF16       StringEncoding = 0x01
	Latin1UTF16 StringEncoding = 0x02
)

// CanonOpts are the options of a lift or a lower (canonopt). A nil index is an option that is not given.
type CanonOpts struct {
	Encoding   StringEncoding
	Memory     *uint32
	Realloc    *uint32
	PostReturn *uint32
}

// Import is an import of a component or of a component type. Implements is the name of the interface that an
// instance is said to implement (the implements attribute); nil where the name says it, or nothing does.
type Import struct {
	pos
	Name       string
	Implements *string
	Desc       ExternDesc
}

// Export is an export of a component. Desc is nil where the type is not ascribed.
type Export struct {
	pos
	Name       string
	Implements *string // see Import
	Sort       Sort
	Index      uint32
	Desc       *ExternDesc
}

// ExternKind is the sort of thing that an extern descriptor describes.
type ExternKind byte

// The extern kinds, with the format's opcodes.
const (
	ExternModule    ExternKind = 0x00
	ExternFunc      ExternKind = 0x01
	ExternType      ExternKind = 0x03
	ExternComponent ExternKind = 0x04
	ExternInstance  ExternKind = 0x05
)

// ExternDesc is the type of an import or export (externtype). Index is a type index (a core type index for a
// module); SubResource marks the bound `sub resource` of a type, which has no index.
type ExternDesc struct {
	Kind        ExternKind
	Index       uint32
	SubResource bool
}
