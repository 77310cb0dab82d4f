// Package capsule opens one capsule and calls it: it compiles the wasm, links it to astrid:sys as its manifest, the
// overlays and the secrets of the tree have it, and invokes its exports for a principal.
//
// It owns what a call of a capsule is: whose settings it sees, who the caller is, which exports count, what its
// deadline and its interruption mean, and which outcome wins when several things went wrong. It refuses to know
// streams, flags and exit codes, and how capsules come to be installed.
//
// Every call runs in a fresh instance: the memory of one call never reaches another.
package capsule
