package binary

// Type is a type definition. Def is one of *Primitive, *Record, *Variant, *List, *Map, *Tuple, *Flags, *Enum, *Option,
// *Result, *Handle, *Func, *ComponentType, *InstanceType or *Resource.
type Type struct {
	pos
	Def any
}

// Prim is a primitive value type, with the format's opcode.
type Prim byte

// The primitive value types.
const (
	Bool   Prim = 0x7f
	S8     Prim = 0x7e
	U8     Prim = 0x7d
	S16    Prim = 0x7c
	U16    Prim = 0x7b
	S32    Prim = 0x7a
	U32    Prim = 0x79
	S64    Prim = 0x78
	U64    Prim = 0x77
	F32    Prim = 0x76
	F64    Prim = 0x75
	Char   Prim = 0x74
	String Prim = 0x73
)

// ValType is a reference to a value type: a primitive, or the type index Index where Prim is zero.
type ValType struct {
	Prim  Prim
	Index uint32
}

// Primitive defines a type equal to a primitive.
type Primitive struct{ Prim Prim }

// Field is a label with a type: a record field or a parameter.
type Field struct {
	Name string
	Type ValType
}

// Record is a record type.
type Record struct{ Fields []Field }

// Case is one case of a variant; Type is nil for a case without payload.
type Case struct {
	Name string
	Type *ValType
}

// Variant is a variant type.
type Variant struct{ Cases []Case }

// List is a list type. Length is that of a list of a fixed length, 0 for any other.
type List struct {
	Elem   ValType
	Length uint32
}

// Map is a map type.
type Map struct{ Key, Value ValType }

// Tuple is a tuple type.
type Tuple struct{ Types []ValType }

// Flags is a flags type of 1 to 32 labels.
type Flags struct{ Labels []string }

// Enum is an enum type.
type Enum struct{ Labels []string }

// Option is an option type.
type Option struct{ Elem ValType }

// Result is a result type; either side may have no payload.
type Result struct{ Ok, Err *ValType }

// Handle is an own or borrow of the resource type Resource.
type Handle struct {
	Borrow   bool
	Resource uint32
}

// Func is a function type. Result is nil for a function without result.
type Func struct {
	Params []Field
	Result *ValType
}

// Resource is a resource type, represented by an i32. Dtor is nil where it has no destructor.
type Resource struct{ Dtor *uint32 }

// ComponentType is a component type. Its declarators are *CoreType, *Type, *Alias, *Import and *ExportDecl.
type ComponentType struct{ Decls []Def }

// InstanceType is an instance type. Its declarators are *CoreType, *Type, *Alias and *ExportDecl.
type InstanceType struct{ Decls []Def }

// ExportDecl is an export declarator of a component or instance type.
type ExportDecl struct {
	pos
	Name       string
	Implements *string // see Import
	Desc       ExternDesc
}

// CoreType is a core type definition: exactly one of Func and Module is set.
type CoreType struct {
	pos
	Func   *CoreFuncType
	Module *CoreModuleType
}

// CoreValType is a core value type, by its opcode.
type CoreValType byte

// The core value types that a component can meet.
const (
	I32       CoreValType = 0x7f
	I64       CoreValType = 0x7e
	CoreF32   CoreValType = 0x7d
	CoreF64   CoreValType = 0x7c
	V128      CoreValType = 0x7b
	FuncRef   CoreValType = 0x70
	ExternRef CoreValType = 0x6f
)

// CoreFuncType is a core function type.
type CoreFuncType struct{ Params, Results []CoreValType }

// CoreModuleType is a core module type. Aliases to outer core types are resolved by the caller.
type CoreModuleType struct{ Decls []CoreModuleDecl }

// CoreModuleDecl is a declarator of a module type: exactly one of its fields is set.
type CoreModuleDecl struct {
	Type   *CoreType
	Alias  *Alias
	Import *CoreImportDecl
	Export *CoreExportDecl
}

// CoreImportDecl is an import declarator of a module type.
type CoreImportDecl struct {
	Module, Name string
	Type         CoreExternType
}

// CoreExportDecl is an export declarator of a module type.
type CoreExportDecl struct {
	Name string
	Type CoreExternType
}

// CoreExternType is the type of a core import or export. Func and tag types are a Type index; Val is a global's
// value type or a table's element type; Limits are a table's or memory's.
type CoreExternType struct {
	Sort    CoreSort
	Type    uint32
	Val     CoreValType
	Mutable bool
	Limits  Limits
}

// Limits are a table's (elements) or memory's (64 KiB pages) bounds. Max is nil where there is none.
type Limits struct {
	Min    uint64
	Max    *uint64
	Shared bool
}
