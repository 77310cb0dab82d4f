// Package lint examines the sources of a capsule, a directory with a Capsule.toml and the code that it names, for its
// authors and for those who review it.
//
// It collects what others know: package manifest whether the document is one, package inspect what is in the code,
// package capsule whether it could be linked here, and package audit whether what it imports is declared. What it adds is
// what each of them lets pass although nobody can have meant it, the position of everything, and how bad it is.
//
// It refuses to know the tree of installed capsules, and runs and changes nothing. It reads no file outside of the
// directory, and repeats no default of a setting.
package lint
