// Package binary decodes the component binary format into a syntax tree.
//
// It owns the bytes: every length, index encoding, opcode and name is checked here, once, and an [Error] gives the
// section and the offset of what is wrong. It allocates in proportion to the bytes it has seen, never to a count
// that those bytes claim, and bounds nesting, so that a hostile file costs no more than a multiple of its size.
//
// It does not know what an index refers to: whether a type index names a type, and whether types fit, is for the
// caller, who walks the definitions in file order. Core modules are left as the bytes they are.
//
// The grammar is WebAssembly/component-model, design/mvp/Binary.md; the names of the Go types are its own.
package binary
