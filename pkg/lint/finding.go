package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says how bad a finding is.
type Severity uint8

// The severities.
const (
	Warning Severity = iota // it has no effect, or not the one that was meant
	Wrong                   // the capsule cannot be installed, cannot run, or is refused what it needs
)

// String returns warning or error.
func (s Severity) String() string {
	if s == Wrong {
		return "error"
	}
	return "warning"
}

// Rule names what a finding is about.
type Rule string

// The rules.
const (
	RuleManifest   Rule = "manifest"    // the document breaks a rule of Capsule.toml
	RuleUnknownKey Rule = "unknown-key" // nothing reads a key
	RuleNoEffect   Rule = "no-effect"   // a declaration does nothing
	RulePackage    Rule = "package"     // what readers want to know is not said
	RuleEnv        Rule = "env"         // a setting that operators cannot make sense of, or not set
	RuleTopic      Rule = "topic"       // a key of publish or subscribe that matches nothing
	RuleFile       Rule = "file"        // a file that is named is not there
	RuleCode       Rule = "code"        // the wasm is not valid, or not what the manifest needs
	RuleImports    Rule = "imports"     // the wasm imports what is not provided
	RuleCapability Rule = "capability"  // something is needed and not declared, or declared and not needed
)

// Finding is one thing that is wrong, or likely is. Line and Column are those of the manifest, as in manifest.Error; they are
// 0 for what is about a file as a whole.
type Finding struct {
	Severity Severity
	Rule     Rule
	File     string
	Line     int
	Column   int
	Message  string
	Nearest  string // of an unknown key: the one that may be meant
}

// String returns the finding as compilers write theirs.
func (f Finding) String() string {
	at := f.File
	if f.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", at, f.Line, f.Column)
	}
	return fmt.Sprintf("%s: %s: %s [%s]", at, f.Severity, f.Message, f.Rule)
}

// Error is a capsule that has errors.
type Error struct{ Errors, Warnings int }

func (e *Error) Error() string {
	text := count(e.Errors, "error")
	if e.Warnings > 0 {
		text += " and " + count(e.Warnings, "warning")
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Judge returns an *Error if a finding is more than a warning.
func Judge(findings []Finding) error {
	var e Error
	for _, f := range findings {
		if f.Severity == Wrong {
			e.Errors++
		} else {
			e.Warnings++
		}
	}
	if e.Errors == 0 {
		return nil
	}
	return &e
}

// sorted puts findings in the order of the document, those about whole files last.
func sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		whole := func(f Finding) int { return cmp.Compare(0, f.Line) + 1 } // 0 with a line
		return cmp.Or(cmp.Compare(whole(a), whole(b)), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return findings
}
