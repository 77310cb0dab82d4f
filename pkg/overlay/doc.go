// Package overlay reads and writes the settings that a principal gave a capsule, a JSON object of strings in
// home/<principal>/.config/env/<capsule>.env.json.
//
// # Reading
//
// The file is read strictly. Duplicate keys, trailing data, invalid UTF-8, and anything that the Rust runtime's
// parser would not accept are a [*SyntaxError] with line and column: treating such a file as absent, as that
// runtime does, would send data to whatever a default names. Values that are no strings are tolerated, as text:
// numbers as they stand in the source, booleans, arrays and objects as compact JSON with sorted keys. null is unset.
//
// # Writing
//
// Every value that is written is a string, because one other value makes the Rust runtime ignore the whole file.
// So the first change to a tolerated file turns its other values into strings of the text that they read as, and
// drops its nulls, which read as unset before and after. [Update] holds a lock, so that of two writers neither
// loses anything; the Rust runtime takes no lock, and a write of its own at the same instant may be lost.
//
// [Check] reports what is wrong with the files of a principal.
//
// The package refuses to know what a key means and whether a manifest declares it. Secrets are not its business.
package overlay
