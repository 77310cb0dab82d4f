package manifest

import (
	"fmt"
	"strconv"
	"strings"
)

// Error is one thing that is wrong with a manifest. Line and Column count from 1, columns in bytes; a Line of 0
// means the file as a whole. Reason never repeats the default of a setting.
type Error struct {
	File   string
	Line   int
	Column int
	Reason string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

// Warning is something in a manifest that is legal and has no effect, or not the one its author expects. The
// position is as in Error.
type Warning struct {
	Line   int
	Column int
	Reason string
}

// UnknownKey is a key or table that nothing reads. Keys are case-sensitive, so Name is unknown where name is
// meant. Only the outermost unknown key is reported, not what is below it. The position is as in Error.
type UnknownKey struct {
	Path   []string
	Line   int
	Column int
}

// String returns the path as TOML would write it: parts joined by dots, quoted where they must be.
func (k UnknownKey) String() string {
	parts := make([]string, len(k.Path))
	for i, p := range k.Path {
		parts[i] = showKey(p)
	}
	return strings.Join(parts, ".")
}

// maxShown is how much of a hostile name a message repeats, in bytes.
const maxShown = 64

// showKey makes a key fit for a message: inert, bounded, and bare where TOML allows a bare key.
func showKey(s string) string {
	bare := s != ""
	for i := range len(s) {
		c := s[i]
		bare = bare && ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-')
	}
	if bare && len(s) <= maxShown {
		return s
	}
	return show(s)
}

// show quotes a string of the manifest for a message, inert and bounded.
func show(s string) string {
	if len(s) > maxShown {
		return strconv.Quote(s[:maxShown]) + "…"
	}
	return strconv.Quote(s)
}
