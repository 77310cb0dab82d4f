// Package inert makes text that a guest or a stranger wrote harmless to print.
//
// It owns one rule: whatever is no graphic character of Unicode (letters, marks, numbers, punctuation, symbols
// and spaces) becomes a Go escape, such as \n, \x1b or \u202e. That takes the power from terminal sequences,
// from line feeds in a log, from bidirectional overrides, and from characters that nobody sees. A backslash
// stays what it is: the result is for eyes and cannot be turned back. The package refuses to know secrets;
// redaction comes first, while they still read as they were written.
package inert
