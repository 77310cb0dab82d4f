package validate

import "fmt"

// Error is a component that is not valid.
type Error struct {
	Offset  int    // of the definition that breaks a rule, from the start of the file
	Rule    Class  // which kind of rule
	Linking bool   // the component is valid itself, and what it is linked with does not fit its imports
	Reason  string // what is wrong, in lower case
	Err     error  // of package core, where an embedded core module is at fault; nil elsewhere
}

func (e *Error) Error() string { return fmt.Sprintf("%s at offset %#x", e.Reason, e.Offset) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Class is a kind of rule.
type Class uint8

// The kinds of rules.
const (
	Index      Class = iota + 1 // an index lies outside its index space, an outer alias outside the file
	Sort                        // a definition is of another sort or kind than its use needs
	Type                        // a type is not the type, or not a subtype of the type, that its use needs
	Missing                     // an import is not given, or an instance has no export of that name
	Name                        // a name's form is wrong, or its annotation does not fit what it names
	Duplicate                   // a name is not strongly unique, or an argument is given twice
	Option                      // a canonical option is missing, or not what it has to be
	Resource                    // a resource type is used where it cannot be
	Visibility                  // an import or export refers to a type that has no name outside
	Size                        // a type is too large, or a core limit out of range
	Nesting                     // types refer to each other too deep
	Work                        // the component describes more than a validator should have to do
	CoreModule                  // an embedded core module is not valid
)

// String returns the class in one or two words.
func (c Class) String() string {
	names := [...]string{
		Index: "index", Sort: "sort", Type: "type mismatch", Missing: "missing definition", Name: "name",
		Duplicate: "duplicate", Option: "canonical option", Resource: "resource", Visibility: "visibility",
		Size: "size", Nesting: "nesting", Work: "work", CoreModule: "core module",
	}
	if int(c) < len(names) && names[c] != "" {
		return names[c]
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// maxShown bounds what an error repeats of a name.
const maxShown = 80

// shown quotes a name from the file for an error.
func shown(name string) string {
	if len(name) > maxShown {
		return fmt.Sprintf("%q…", name[:maxShown])
	}
	return fmt.Sprintf("%q", name)
}
