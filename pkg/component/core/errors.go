package core

import "fmt"

// Error is a module that is malformed, breaks a rule that this package checks, or uses what it refuses.
type Error struct {
	// Offset is where, in bytes from the start of the module.
	Offset int
	// Section names the section, "header" for the preamble.
	Section string
	// Reason says what is wrong, in lower case.
	Reason string
	// Kind tells what is no module from what is no valid one, and from what this package refuses.
	Kind Kind

	// strict marks what the specification rejects although wazero accepts it.
	strict bool
}

// Kind is a kind of error.
type Kind uint8

// The kinds of error. Where wazero and the specification would read a module differently it is Malformed.
const (
	Malformed   Kind = iota // the bytes are not of the format
	Invalid                 // they are, and break a rule of validation
	Unsupported             // the format knows it, this package or the engine does not
)

func (e *Error) Error() string {
	return fmt.Sprintf("core module: %s section, offset %#x: %s", e.Section, e.Offset, e.Reason)
}

// LimitError is a module that exceeds one of Limits.
type LimitError struct {
	// Name is the limit's name as Limits documents it: "functions", "nesting depth", …
	Name string
	// Limit is what is allowed and Got what the module has or, where the walk stops early, at least has.
	Limit, Got uint64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("core module: %d %s, at most %d are allowed", e.Got, e.Name, e.Limit)
}
