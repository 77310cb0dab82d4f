// Package manifest reads Capsule.toml, the file in which a capsule says who it is, which settings it wants and
// what it may do.
//
// It owns the grammar of that file: the tables and their types, the rules between them, and the position of
// everything it has to say about a document. Every error carries file, line and column, and one run reports
// all the errors it can find. Keys that nothing here knows are not errors, because manifests for other
// versions of the runtime must load; they are collected, so that a tool can point at the misspelt one.
//
// It refuses to know what the values of settings are (see pkg/config), where a manifest is kept (pkg/home) and
// what a capability permits (the host functions that check it). A manifest is written by a stranger: sizes and
// depths are bounded, the work is linear in the size of the document, and nothing in it makes Parse panic.
package manifest
