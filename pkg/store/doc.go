// Package store keeps secrets, one file each: secrets/<scope>/<capsule>/<key> in the home, byte for byte what the
// Rust runtime reads and writes.
//
// A value is a [Secret]. It shows itself as [redacted] to every formatter, encoder and logger; one method,
// [Secret.Reveal], gives its bytes, so that a search for it finds every place where a value leaves.
//
// A secret that somebody else could have read or replaced is refused, not served: links, second names, foreign owners,
// and any access for group or others are a [*home.UnsafeError]. Values are limited to [MaxSecret] bytes of UTF-8 when
// they are written as well as when they are read.
//
// [Store.Apply] writes under a lock of the capsule's directory, on a condition if one is given: that there is nothing yet,
// or that the value is still the one of a digest. [Store.Check] reports what is wrong with this part of the tree.
//
// The package refuses to know which keys a capsule declares, which scope wins, or what a value means: that is
// package config's. Each operation touches exactly the scope that it is given.
package store
