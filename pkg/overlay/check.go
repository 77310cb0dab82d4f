package overlay

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"astrid/pkg/home"
)

// Kind says what is wrong with a settings file.
type Kind string

// The kinds of problem.
const (
	Unreadable Kind = "unreadable" // Err says why no capsule runs with it: *SyntaxError, *home.TooLargeError, *home.UnsafeError, or of I/O
	Foreign    Kind = "foreign"    // Keys have values that are no strings, for which the Rust runtime ignores the file
	Plaintext  Kind = "plaintext"  // Keys are secrets and have a value here, where everybody looks and no capsule does
	Reserved   Kind = "reserved"   // Keys belong to the host and have no effect here
	Stray      Kind = "stray"      // the file has no name of an overlay, and nothing reads it
)

// Problem is something in the overlays of a principal that is not as it should be.
type Problem struct {
	Principal home.Principal
	Capsule   home.CapsuleID // zero for a Stray file, or where the whole directory is Unreadable
	Path      string
	Kind      Kind
	Keys      []string // sorted
	Err       error    // of Unreadable
}

// Error describes the problem, without any value.
func (p Problem) Error() string {
	keys := strings.Join(p.Keys, ", ")
	switch p.Kind {
	case Foreign:
		return fmt.Sprintf("%s: the values of %s are no strings, so that the Rust runtime ignores the file; the next change mends it", p.Path, keys)
	case Plaintext:
		return fmt.Sprintf("%s: the secrets %s are in the clear, where they have no effect", p.Path, keys)
	case Reserved:
		return fmt.Sprintf("%s: %s belong to the host and have no effect", p.Path, keys)
	case Stray:
		return p.Path + ": nothing reads a file of that name here"
	}
	return p.Err.Error()
}

// Unwrap returns what made the file unreadable.
func (p Problem) Unwrap() error { return p.Err }

// Check reads every overlay of a principal and reports what is wrong, by file and, within a file, by kind. Secret says
// whether a capsule's key is a secret, and no where nothing is known of it. The error is that of a context that has
// ended.
func Check(ctx context.Context, h *home.Home, p home.Principal, secret func(home.CapsuleID, string) bool) ([]Problem, error) {
	dir := h.EnvDir(p)
	entries, err := dir.Entries()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ctx.Err()
	}
	if err != nil {
		return []Problem{{Principal: p, Path: dir.Path(), Kind: Unreadable, Err: err}}, ctx.Err()
	}
	var problems []Problem
	for _, entry := range entries {
		id, err := home.ParseOverlayName(entry.Name())
		if err != nil {
			problems = append(problems, Problem{Principal: p, Path: filepath.Join(dir.Path(), entry.Name()), Kind: Stray})
			continue
		}
		o, err := Load(ctx, h, p, id)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		at := Problem{Principal: p, Capsule: id, Path: h.OverlayFile(p, id).Path()}
		if err != nil {
			at.Kind, at.Err = Unreadable, err
			problems = append(problems, at)
			continue
		}
		problems = append(problems, o.problems(at, secret)...)
	}
	return problems, nil
}

// problems reports what is wrong with what an overlay holds.
func (o *Overlay) problems(at Problem, secret func(home.CapsuleID, string) bool) []Problem {
	plaintext := slices.DeleteFunc(o.Keys(), func(key string) bool { return o.values[key] == "" || !secret(at.Capsule, key) })
	reserved := slices.DeleteFunc(o.Keys(), func(key string) bool { return !home.ReservedKey(key) })
	var problems []Problem
	for _, found := range []struct {
		kind Kind
		keys []string
	}{{Foreign, o.Foreign()}, {Plaintext, plaintext}, {Reserved, reserved}} {
		if len(found.keys) > 0 {
			at.Kind, at.Keys = found.kind, found.keys
			problems = append(problems, at)
		}
	}
	return problems
}
