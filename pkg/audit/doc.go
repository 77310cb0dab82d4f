// Package audit compares what a capsule's wasm imports with what its manifest declares.
//
// It owns one table: which functions of the runtime's host packages are refused without which capability or topic.
// The runtime asks when a function is called, so that a capability that is needed and not declared is a refusal that
// somebody meets later, and one that is declared and not needed a permission that nobody looks after.
//
// It refuses to know how a file is read (package inspect does) and whether this host provides what is imported, and it
// looks at imports alone: what is imported may never be called, and for which arguments it is called nothing here can
// tell.
package audit
