package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Severity says how bad a finding is.
type Severity int

// The severities.
const (
	Notice    Severity = iota // nothing is wrong, but it may not be what was meant
	Malformed                 // something cannot be understood, or not by every program that reads the tree
	Unsafe                    // somebody may get at what is not his, or what is refused for that
)

// String returns the severity as a command prints it.
func (s Severity) String() string {
	switch s {
	case Unsafe:
		return "unsafe"
	case Malformed:
		return "malformed"
	default:
		return "notice"
	}
}

// Check is what was looked at.
type Check string

// The checks.
const (
	CheckMode      Check = "mode"
	CheckOwner     Check = "owner"
	CheckLink      Check = "link"
	CheckHardLink  Check = "hard-link"
	CheckKind      Check = "kind"      // a pipe, a socket or a directory where a file belongs
	CheckName      Check = "name"      // that nothing reads, or that is like another
	CheckTemp      Check = "temp"      // left by a write that was interrupted
	CheckLock      Check = "lock"      // held
	CheckAccess    Check = "access"    // the system does not let us look
	CheckRemoval   Check = "removal"   // of a principal, not finished
	CheckInstall   Check = "install"   // of a capsule, not finished
	CheckOverlay   Check = "overlay"   // a settings file that cannot be read, or not by the Rust runtime
	CheckPlaintext Check = "plaintext" // a secret among the settings
	CheckSecret    Check = "secret"    // one that is empty, too large or not UTF-8
	CheckDigest    Check = "digest"    // keys/digest.key
	CheckOrphaned  Check = "orphaned"  // a secret that its capsule does not declare
	CheckShadowed  Check = "shadowed"  // the host's secret where a principal has its own
	CheckManifest  Check = "manifest"  // of an installed capsule, or its meta.json
	CheckContext   Check = "context"   // run/cli-context.toml
	CheckLayout    Check = "layout"    // etc/layout-version
)

// Finding is something in the tree that is not as it should be. Its texts may repeat names from the disk: make them inert
// before they are shown.
type Finding struct {
	Check    Check
	Severity Severity
	Path     string
	Problem  string
	Remedy   string // what to do, a command where there is one

	mend func(context.Context) (did string, err error)
}

// fixCommand is the remedy of what Mend mends.
const fixCommand = "astrid doctor --fix"

// Mends reports whether Mend can do something about it.
func (f Finding) Mends() bool { return f.mend != nil }

// Error is the outcome of an examination that found more than notices.
type Error struct{ Unsafe, Malformed, Mendable int }

// Judge returns an *Error if a finding is more than a notice.
func Judge(findings []Finding) error {
	var e Error
	for _, f := range findings {
		switch f.Severity {
		case Unsafe:
			e.Unsafe++
		case Malformed:
			e.Malformed++
		default:
			continue
		}
		if f.Mends() {
			e.Mendable++
		}
	}
	if e.Unsafe+e.Malformed == 0 {
		return nil
	}
	return &e
}

func (e *Error) Error() string {
	switch {
	case e.Unsafe == 0:
		return fmt.Sprintf("malformed in the tree: %d", e.Malformed)
	case e.Malformed == 0:
		return fmt.Sprintf("unsafe in the tree: %d", e.Unsafe)
	}
	return fmt.Sprintf("unsafe in the tree: %d, malformed: %d", e.Unsafe, e.Malformed)
}

// Hint says what to do.
func (e *Error) Hint() string {
	if e.Mendable == 0 {
		return "each finding says what to do about it"
	}
	return fmt.Sprintf("'%s' mends %d of them; each finding says what to do about it", fixCommand, e.Mendable)
}

// sortFindings puts the worst first and keeps the order otherwise.
func sortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
}
