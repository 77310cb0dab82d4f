// Package validate decides whether a decoded component is valid: whether every index names a definition of the
// right sort that comes before it, every type is well formed, every instantiation is given what it imports, every
// import and export has a name of the right form that no other has, and every resource type that others can meet
// has a name by which they can know it.
//
// It owns the type system: types in the index spaces, substitution where a type import is supplied, subtyping
// where something is given for something declared, and the abstract resource types that imports, exports and
// instantiations create. A component that passes can be linked and run without asking any of these questions
// again.
//
// It does not read bytes (package binary does, and refuses what is not supported), does not look into function
// bodies (package core walks them, and the engine types them), and runs nothing. It keeps no state: two calls know
// nothing of each other.
//
// A hostile component costs a bounded amount of work. Types share structure, so they are compared and substituted
// with every pair or node visited once, their depth is bounded, and everything that walks them is paid for out of
// one budget.
//
// The rules are those of WebAssembly/component-model, design/mvp: the notes of Binary.md, "Type Checking", "Name
// Uniqueness" and "External Visibility of Types" of Explainer.md, and "canonopt Validation" of CanonicalABI.md.
package validate
