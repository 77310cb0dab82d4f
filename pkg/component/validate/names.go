package validate

import "strings"

// externName is the name of an import or export, taken apart (externname of Explainer.md, "Import and Export
// Definitions").
type externName struct {
	annotation string // "constructor", "method" or "static"; empty for a plain label and an interface name
	label      string // the plain label, or the resource that an annotation refers to
	member     string // the second label of a method or static
	iface      bool   // an interface name
}

// parseName takes a name apart. Its second result says what is wrong with the name, if anything.
func parseName(s string) (n externName, problem string) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		return annotated(s, rest)
	}
	if strings.Contains(s, ":") {
		return externName{iface: true}, interfaceName(s)
	}
	if !isLabel(s) {
		return n, "name " + shown(s) + " is not in kebab case"
	}
	return externName{label: s}, ""
}

func annotated(s, rest string) (n externName, problem string) {
	n.annotation, rest, _ = strings.Cut(rest, "]")
	switch n.annotation {
	case "constructor":
		n.label = rest
	case "method", "static":
		var ok bool
		if n.label, n.member, ok = strings.Cut(rest, "."); !ok {
			return n, "name " + shown(s) + " has no '.' between a resource and a function"
		}
		if !isLabel(n.member) {
			return n, "name " + shown(s) + " is not in kebab case after the '.'"
		}
	default:
		return n, "name " + shown(s) + " has an unknown annotation"
	}
	if !isLabel(n.label) {
		return n, "name " + shown(s) + " does not name a resource in kebab case"
	}
	return n, ""
}

// interfaceName checks a name of the form namespace:package/interface@version. Nested namespaces and packages, and
// versions cut short (canonversion), are proposals, and refused.
func interfaceName(s string) (problem string) {
	path, version, versioned := strings.Cut(s, "@")
	namespace, rest, _ := strings.Cut(path, ":")
	pkg, iface, ok := strings.Cut(rest, "/")
	switch {
	case !isWords(namespace):
		return "namespace " + shown(namespace) + " of name " + shown(s) + " is not in lower kebab case"
	case !ok:
		return "name " + shown(s) + " has no '/' after the package"
	case !isWords(pkg):
		return "package " + shown(pkg) + " of name " + shown(s) + " is not in lower kebab case"
	case !isLabel(iface):
		return "interface " + shown(iface) + " of name " + shown(s) + " is not in kebab case"
	case versioned && !isSemver(version):
		return "version " + shown(version) + " of name " + shown(s) + " is not a semantic version"
	}
	return ""
}

// unique returns the form of a name that no other name of the same scope may share (Explainer.md, "Name
// Uniqueness"). A version has no words, so its letters keep their case.
func unique(s string) string {
	path, version, versioned := strings.Cut(s, "@")
	path = strings.ToLower(path)
	if versioned {
		return path + "@" + version
	}
	for _, annotation := range []string{"[method]", "[static]"} {
		if rest, ok := strings.CutPrefix(path, annotation); ok {
			if resource, member, _ := strings.Cut(rest, "."); resource == member {
				return resource
			}
			return rest
		}
	}
	return path
}

// isLabel reports whether s is in kebab case: words in lower case or in upper case, the first of which begins with
// a letter.
func isLabel(s string) bool {
	if s == "" || isDigit(s[0]) {
		return false
	}
	for word := range strings.SplitSeq(s, "-") {
		if word == "" || !all(word, isLower) && !all(word, isUpper) {
			return false
		}
	}
	return true
}

// isWords reports whether s is in kebab case and all in lower case.
func isWords(s string) bool { return isLabel(s) && s == strings.ToLower(s) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' || isDigit(c) }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' || isDigit(c) }

func all(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

// isSemver reports whether s is a version of Semantic Versioning 2.0: three numbers, identifiers of a pre-release
// after '-', identifiers of a build after '+'.
func isSemver(s string) bool {
	s, build, hasBuild := strings.Cut(s, "+")
	s, pre, hasPre := strings.Cut(s, "-")
	if hasBuild && !identifiers(build, false) || hasPre && !identifiers(pre, true) {
		return false
	}
	n := 0
	for number := range strings.SplitSeq(s, ".") {
		if !isNumber(number) {
			return false
		}
		n++
	}
	return n == 3
}

// identifiers checks the identifiers of a pre-release or build. Those of a pre-release have an order, so their
// numbers have one spelling.
func identifiers(s string, ordered bool) bool {
	for id := range strings.SplitSeq(s, ".") {
		if id == "" || !all(id, func(c byte) bool { return isLower(c) || isUpper(c) || c == '-' }) {
			return false
		}
		if ordered && all(id, isDigit) && !isNumber(id) {
			return false
		}
	}
	return true
}

// isNumber reports whether s is a decimal number without leading zeros.
func isNumber(s string) bool {
	return s != "" && all(s, isDigit) && (s == "0" || s[0] != '0')
}
