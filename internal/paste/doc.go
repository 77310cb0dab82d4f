// Package paste writes commands of the program that an operator pastes into a shell, as hints and remedies have them.
//
// The names in such a command come from manifests, archives and trees, whose authors are strangers. So whoever shows a
// command has it from here, where each word is quoted, and none writes one around a name.
//
// The package refuses to know which commands there are.
package paste
