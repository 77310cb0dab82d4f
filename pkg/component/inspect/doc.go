// Package inspect says what is in a wasm file without running or compiling it: its imports and exports, its core
// modules with their memories and tables, its custom sections and the tools that made it.
//
// It owns the reading of what is in a file for people: the producers section, and the metadata that bindings generators
// leave. What a component is made of and whether it is valid it asks of packages binary, validate and core, and its
// world of package wit. It refuses to know who would run the file, with what, and whether that would be wise.
//
// A file is read once, and everything in it is bounded by its size or by a limit.
package inspect
