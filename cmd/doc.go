// Package cmd is the command line: one file per noun, with its verbs. It parses, asks, prints and maps errors to exit
// codes; what a command does is in the packages that a library user would call.
//
// # Rules of output
//
// Results go to stdout, everything else to stderr. On a terminal results are aligned and coloured; piped they are
// plain and stable. Text from files and guests is made inert before it is shown. With --json or --jq, the last line of
// stderr of a command that failed is the error as one JSON object. Secrets are never printed.
//
// # Rules of errors
//
// A command returns an error; exit.go alone says which code that is. Texts are lower case, without full stop, and
// say what failed, on which file or name. What to do about it is a hint, on a line of its own.
package cmd
