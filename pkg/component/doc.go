// Package component runs WebAssembly components on wazero, in pure Go. It knows the Component Model and the
// Canonical ABI, and nothing of what a host offers its guests.
//
// # From bytes to calls
//
//	[Compile]   decodes a component, resolves every definition in it into one flat program (which core modules to
//	            instantiate, in which order, with what), screens and rewrites the core modules so that their imports
//	            name that program's providers, and has wazero compile them.
//	[Linker]    holds the host's interfaces. Link type-checks every import of a component against them and compiles
//	            each into a plan; what does not fit is an error here, with both types shown.
//	[Linked]    is immutable and can be shared between goroutines.
//	[Instance]  is one running copy: one goroutine at a time. After a trap or an interrupt it is poisoned.
//
// Host functions and exports are Go functions with Go types: see [Func1] and [ExportFunc1] for how they are bound,
// and package canon for how WIT types map to Go types. Callers that learn the types at run time, or have functions of
// more than four parameters, use [Value]s: see [Linked.Export] and [FuncDyn].
//
// # Core modules
//
// A core module that imports functions with canonically lowered signatures, as bindings generators emit before
// they componentise, is taken as well: its imports are matched by interface and function name, and the types come
// from the host's Go functions.
package component
