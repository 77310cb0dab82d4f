package install

import (
	"fmt"
	"strings"

	"astrid/pkg/home"
)

// PackageError says why an archive or a directory is no package that can be installed, or packed.
type PackageError struct {
	File   string // the archive or directory
	Entry  string // the entry that is wrong, as it is written there; empty for the whole
	Reason string
	Err    error // what reading ran into, or nil
}

func (e *PackageError) Error() string {
	text := e.File + ": "
	if e.Entry != "" {
		text += fmt.Sprintf("entry %q ", shown(e.Entry))
	}
	return text + e.Reason
}

// Unwrap returns what reading ran into.
func (e *PackageError) Unwrap() error { return e.Err }

// shown bounds what a message repeats of a hostile name; %q makes the rest inert.
func shown(s string) string {
	const limit = 200
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}

// HookError says that a lifecycle hook failed, so that nothing was installed.
type HookError struct {
	Export string
	Err    error
}

func (e *HookError) Error() string {
	return fmt.Sprintf("%s failed, and nothing was changed: %v", e.Export, e.Err)
}

// Unwrap returns how the hook ended.
func (e *HookError) Unwrap() error { return e.Err }

// DependentsError says that other capsules import what only the one that was to be removed exports.
type DependentsError struct {
	Capsule    home.CapsuleID
	Dependents []string // "<capsule> imports <namespace>:<interface>", sorted
}

func (e *DependentsError) Error() string {
	return fmt.Sprintf("capsule %s is needed: %s, which nothing else exports", e.Capsule, strings.Join(e.Dependents, ", "))
}

// Hint says what the operator can do.
func (e *DependentsError) Hint() string { return "remove those first, or pass --force" }
