// Package canon is the Canonical ABI of the Component Model: how values of interface types lie in a core module's
// memory and on its stack, and how Go values become them and back.
//
// A [Plan] is made once from a pair of a Go type and a WIT type. It is a tree of closures with every offset baked
// in; a call runs the closures over the stack and the guest's memory, without reflection. What does not fit is an
// error when the plan is made. What a guest gets wrong at run time (a pointer out of bounds, a discriminant that
// does not exist, a string that is not Unicode) is a [Trap], raised by panic for the caller to recover: it never
// touches memory that is not the guest's.
//
// This is the only package of the module that uses unsafe, and only on Go's side: field offsets of types that
// reflect has described. Guest memory is always reached through bounds-checked slices.
//
// The rules are those of WebAssembly/component-model, design/mvp/CanonicalABI.md; functions name the sections
// they follow.
package canon
