package manifest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// requirement is a Cargo version requirement: bounds that all hold. Versions are written as package semver wants
// them, v1.2.3-pre.
type requirement []bounds

// bounds is one comparator as a half-open interval. An empty end is open.
type bounds struct {
	from, to string
	// pre is the version of a comparator that names a pre-release, which is what lets in pre-releases of the
	// same major.minor.patch.
	pre string
}

const (
	maxComparators = 32  // Cargo's limit
	maxVersion     = 256 // bytes of a version
)

// AcceptedBy reports whether an export is what the import wants: the interface, in a version that it takes.
func (i Import) AcceptedBy() func(Export) bool {
	req, err := parseRequirement(i.Requirement)
	return func(e Export) bool {
		return err == nil && e.Namespace == i.Namespace && e.Interface == i.Interface && req.matches("v"+e.Version)
	}
}

// parseRequirement reads a requirement: comparators joined by commas.
func parseRequirement(s string) (requirement, error) {
	s = strings.Trim(s, " ")
	if s == "*" || s == "x" || s == "X" {
		return requirement{{}}, nil
	}
	if strings.Count(s, ",") >= maxComparators {
		return nil, fmt.Errorf("more than %d comparators", maxComparators)
	}
	var req requirement
	for part := range strings.SplitSeq(s, ",") {
		b, err := parseComparator(strings.Trim(part, " "))
		if err != nil {
			return nil, err
		}
		req = append(req, b)
	}
	return req, nil
}

// matches reports whether v meets every comparator. A pre-release also needs a comparator that names a
// pre-release of the very same version.
func (r requirement) matches(v string) bool {
	named := semver.Prerelease(v) == ""
	for _, b := range r {
		if b.from != "" && semver.Compare(v, b.from) < 0 || b.to != "" && semver.Compare(v, b.to) >= 0 {
			return false
		}
		named = named || b.pre != "" && numbers(b.pre) == numbers(v)
	}
	return named
}

// numbers is a version up to its patch number.
func numbers(v string) string {
	v, _, _ = strings.Cut(v, "+")
	v, _, _ = strings.Cut(v, "-")
	return v
}

// parseComparator reads one operator with its version.
func parseComparator(s string) (bounds, error) {
	version := strings.TrimLeft(s, "<>=~^")
	op := s[:len(s)-len(version)]
	p, err := parsePartial(strings.TrimLeft(version, " "))
	if err != nil {
		return bounds{}, err
	}
	if op == "" {
		op = "^"
		if p.wildcard {
			op = "="
		}
	}
	b := bounds{}
	if p.pre != "" {
		b.pre = p.floor()
	}
	switch op {
	case "=":
		b.from, b.to = p.floor(), p.after()
	case ">":
		b.from = p.after()
	case ">=":
		b.from = p.floor()
	case "<":
		b.to = p.floor()
		if p.given < 3 { // 1.2.0-a is no less than 1.2
			b.to = lowest(p.part)
		}
	case "<=":
		b.to = p.after()
	case "~":
		b.from, b.to = p.floor(), p.bump(min(p.given, 2)-1)
	case "^":
		// The left-most part that is not zero must stay, or the last one given if all are.
		i := 0
		for i < p.given-1 && p.part[i] == 0 {
			i++
		}
		b.from, b.to = p.floor(), p.bump(i)
	default:
		return bounds{}, fmt.Errorf("unknown operator %s", show(op))
	}
	return b, nil
}

// partial is a version whose last parts may be missing.
type partial struct {
	part     [3]uint64
	given    int // how many of them there are, at least one
	wildcard bool
	pre      string
}

// parsePartial reads major[.minor[.patch[-pre][+build]]], with * for a part from the minor on.
func parsePartial(s string) (partial, error) {
	var p partial
	if len(s) > maxVersion {
		return p, fmt.Errorf("more than %d bytes", maxVersion)
	}
	s, build, hasBuild := strings.Cut(s, "+")
	s, pre, hasPre := strings.Cut(s, "-")
	parts := strings.Split(s, ".")
	if len(parts) > len(p.part) {
		return p, errors.New("more than three numbers")
	}
	for i, text := range parts {
		if i > 0 && (text == "*" || text == "x" || text == "X") {
			p.wildcard = true
			continue
		}
		// 63 bits, so that the next version never overflows.
		n, err := strconv.ParseUint(text, 10, 63)
		switch {
		case p.wildcard:
			return p, errors.New("a number after a wildcard")
		case err != nil || len(text) > 1 && text[0] == '0':
			return p, fmt.Errorf("%s is not a version number", show(text))
		}
		p.part[i] = n
		p.given++
	}
	if !hasPre && !hasBuild {
		return p, nil
	}
	if p.given < 3 {
		return p, errors.New("a pre-release or build needs all three numbers")
	}
	full := s
	if hasPre {
		full += "-" + pre
	}
	if hasBuild {
		full += "+" + build
	}
	if !semver.IsValid("v" + full) {
		return p, fmt.Errorf("%s is no pre-release or build", show(strings.TrimPrefix(full, s)))
	}
	p.pre = pre
	return p, nil
}

// isVersion reports whether s is a full semantic version.
func isVersion(s string) bool {
	p, err := parsePartial(s)
	return err == nil && p.given == len(p.part)
}

// floor is the lowest version that p names, with missing parts zero.
func (p partial) floor() string { return version(p.part, p.pre) }

// after is the lowest version beyond all that p names.
func (p partial) after() string {
	if p.pre != "" {
		return version(p.part, p.pre+".0")
	}
	return p.bump(p.given - 1)
}

// bump is the lowest version with a higher part i.
func (p partial) bump(i int) string {
	var next [3]uint64
	copy(next[:], p.part[:i+1])
	next[i]++
	return lowest(next)
}

// lowest is the lowest of all versions with these numbers, the first pre-release.
func lowest(part [3]uint64) string { return version(part, "0") }

func version(part [3]uint64, pre string) string {
	v := fmt.Sprintf("v%d.%d.%d", part[0], part[1], part[2])
	if pre != "" {
		v += "-" + pre
	}
	return v
}
