package install

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"astrid/internal/nofollow"
	"astrid/pkg/home"
)

// Bounds on names: of a whole path and of one component in bytes, and of how deep a path goes. The second is that of
// every file system that matters.
const (
	maxPath      = 1024
	maxComponent = 255
	maxDepth     = 32
)

// checkPath returns why a path of a package is refused, or "". It is relative, written with slashes, and means the same
// file on every system.
func checkPath(path string) string {
	switch {
	case path == "":
		return "has no name"
	case len(path) > maxPath:
		return "has a name that is too long"
	case !utf8.ValidString(path):
		return "has a name that is not UTF-8"
	case strings.HasPrefix(path, "/"):
		return "has an absolute path"
	case strings.ContainsFunc(path, unicode.IsControl):
		return "has a name with control characters"
	case strings.Contains(path, `\`):
		return "has a name with a backslash"
	}
	depth := 0
	for part := range strings.SplitSeq(path, "/") {
		if depth++; depth > maxDepth {
			return "lies too deep"
		}
		if reason := checkComponent(part); reason != "" {
			return reason
		}
	}
	return ""
}

func checkComponent(part string) string {
	switch {
	case part == "..":
		return "has a path that climbs with '..'"
	case part == "" || part == ".":
		return "has a path with an empty component"
	case len(part) > maxComponent:
		return "has a name that is too long"
	case strings.Contains(part, ":"):
		return "has a name with a colon"
	case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " "):
		return "has a name that ends in a dot or a space"
	case home.IsDevice(part):
		return "has the name of a device"
	}
	return ""
}

// names are the paths that were seen, by their fold. Two that a file system could take for one are not let pass.
type names map[string]name

type name struct {
	path string
	dir  bool
	seen bool // as an entry of its own, not only above another
}

// newNames begins with the files that an installer writes: what a package brings must not be taken for one of them.
func newNames() names {
	n := names{}
	for _, path := range []string{home.ManifestName, home.MetaName} {
		n[nofollow.Fold(path)] = name{path: path}
	}
	return n
}

// add returns why a path that passed checkPath is refused after those before, or "".
func (n names) add(path string, dir bool) string {
	for i, c := range path {
		if c == '/' {
			if reason := n.put(name{path[:i], true, false}); reason != "" {
				return reason
			}
		}
	}
	return n.put(name{path, dir, true})
}

func (n names) put(next name) string {
	key := nofollow.Fold(next.path)
	had, ok := n[key]
	switch {
	case !ok:
	case had.path != next.path:
		return "has a name that differs from another only in case, or in characters that nobody sees"
	case had.dir != next.dir:
		return "is a file and a directory"
	case had.seen && next.seen:
		return "is there twice"
	}
	next.seen = next.seen || had.seen
	n[key] = next
	return ""
}
