package core

import (
	"fmt"
	"slices"
	"strings"
)

// ValType is a value type by its first byte in the binary format.
type ValType byte

// The value types. Ref and RefNull stand for references to a type of the module (typed function references):
// which one is not kept, because only wazero compares them, when it instantiates.
const (
	I32       ValType = 0x7f
	I64       ValType = 0x7e
	F32       ValType = 0x7d
	F64       ValType = 0x7c
	V128      ValType = 0x7b
	FuncRef   ValType = 0x70
	ExternRef ValType = 0x6f
	ExnRef    ValType = 0x69
	RefNull   ValType = 0x63
	Ref       ValType = 0x64
)

// String gives the name of the text format.
func (t ValType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	case ExnRef:
		return "exnref"
	case RefNull:
		return "(ref null)"
	case Ref:
		return "(ref)"
	}
	return fmt.Sprintf("%#x", byte(t))
}

// FuncType is the type of a function. Its slices are shared: do not change them.
type FuncType struct{ Params, Results []ValType }

// Equal reports whether both types have the same parameters and results.
func (t FuncType) Equal(u FuncType) bool {
	return slices.Equal(t.Params, u.Params) && slices.Equal(t.Results, u.Results)
}

// String gives the text format's parameters and results: "(i32 i64) -> (f32)".
func (t FuncType) String() string {
	var b strings.Builder
	list := func(ts []ValType) {
		b.WriteByte('(')
		for i, t := range ts {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(t.String())
		}
		b.WriteByte(')')
	}
	list(t.Params)
	b.WriteString(" -> ")
	list(t.Results)
	return b.String()
}

// ExternKind is what an import or export is, by its byte in the binary format.
type ExternKind byte

// The kinds of imports and exports.
const (
	KindFunc   ExternKind = 0
	KindTable  ExternKind = 1
	KindMemory ExternKind = 2
	KindGlobal ExternKind = 3
	KindTag    ExternKind = 4
)

// String gives the keyword of the text format.
func (k ExternKind) String() string {
	switch k {
	case KindFunc:
		return "func"
	case KindTable:
		return "table"
	case KindMemory:
		return "memory"
	case KindGlobal:
		return "global"
	case KindTag:
		return "tag"
	}
	return fmt.Sprintf("%#x", byte(k))
}

// TableType is the type of a table: element type and size in elements. Max counts only if HasMax.
type TableType struct {
	Elem     ValType
	Min, Max uint32
	HasMax   bool
}

// MemoryType is the type of a memory, its size in pages of 64 KiB. Max counts only if HasMax.
type MemoryType struct {
	Min, Max uint32
	HasMax   bool
	Shared   bool
}

// GlobalType is the type of a global.
type GlobalType struct {
	Val     ValType
	Mutable bool
}

// Import is one import. Of the type fields only the one of Kind is set.
type Import struct {
	Module, Name string
	Kind         ExternKind
	// Func is the type of a function, or of a tag, whose Params are what it carries.
	Func   FuncType
	Table  TableType
	Memory MemoryType
	Global GlobalType
	// Offset is where the import begins in the module.
	Offset int
}

// Export is one export: Index is in the index space of its Kind, imports first.
type Export struct {
	Name  string
	Kind  ExternKind
	Index uint32
}

// Feature is a set of extensions of WebAssembly 1.0 that a module uses, as far as its encoding shows them:
// multi-value, mutable globals and the like leave no mark that an engine would need to be asked for.
type Feature uint32

// The extensions that Module.Features reports.
const (
	FeatureSignExtension Feature = 1 << iota
	FeatureSaturatingFloatToInt
	FeatureBulkMemory
	FeatureReferenceTypes
	FeatureSIMD
	FeatureTailCall
	FeatureExtendedConst
	FeatureThreads
	FeatureExceptions
	FeatureFunctionReferences
)
