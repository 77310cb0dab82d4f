// Package startup measures what it takes to start astrid, as whole processes.
//
// It owns the comparison with a program that links the same large libraries and does nothing, which is the least that
// astrid could take. It refuses to know what astrid does: it runs the program.
package startup
