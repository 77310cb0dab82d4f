// Package wit says in WIT what a component imports and exports.
//
// It owns the way back from a component's types to the text that they came from: which interface a type belongs to
// and which others use it, which functions are methods of a resource, which names have to be escaped, and which
// packages the interfaces are in. What WIT has no words for, such as an imported core module, is an
// [UnsayableError] that says what it is; everything else about the component is still reported.
//
// It takes a component that package validate has let pass, checks nothing of it again, and looks into no core
// module. A hostile component costs a bounded amount of work and of text, beyond which there is a [LimitError].
//
// The grammar is that of WebAssembly/component-model, design/mvp/WIT.md. The text has one file's form: a package
// that holds a world for the component, and the packages of the interfaces that it refers to, nested.
package wit
