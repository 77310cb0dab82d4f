// Package install puts capsules into the tree and takes them out again.
//
// It owns the form of a .capsule archive, which files of a package belong to it, the content store that code and
// interfaces lie in, meta.json, the lifecycle hooks and what becomes of a tree whose installer was killed. An
// installation happens out of sight, in a [home.Stage]; then the new version takes the place of the previous one in one
// step. Whatever fails before leaves the tree as it was. What a kill leaves is a stage, which package home
// finds, and what [Leftovers] does.
//
// What is installed comes from a stranger. Archives are read as a stream, within bounds on entries, bytes and ratio, and
// nothing that is a link, a device, or a name with a meaning of its own on some system gets as far as the disk. A
// lifecycle hook runs with nothing granted.
//
// It refuses to know terminals and flags, and to run what it installed: that is pkg/capsule's. Reading what is
// installed is pkg/registry's.
package install
