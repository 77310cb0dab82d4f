package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"astrid/internal/atomicfile"
	"astrid/internal/nofollow"
)

// ErrBusy is returned when a lock could not be had for 10 seconds.
var ErrBusy = atomicfile.ErrBusy

// Flaw is the kind of thing that is wrong with an entry of the tree.
type Flaw = nofollow.Flaw

// The flaws for which an entry is refused.
const (
	FlawLink    = nofollow.FlawLink    // a symbolic link
	FlawKind    = nofollow.FlawKind    // a pipe or the like, or a directory in place of a file
	FlawOwner   = nofollow.FlawOwner   // somebody else's
	FlawNames   = nofollow.FlawNames   // a file with a second name
	FlawMode    = nofollow.FlawMode    // others may do more with it than they should, or its owner less
	FlawChanged = nofollow.FlawChanged // spelled otherwise on disk, or replaced again and again
)

// Remedy is what an operator can do about a flaw for which an entry is refused, a clause.
func Remedy(f Flaw) string {
	switch f {
	case FlawMode, FlawNames:
		return "mend it with: astrid doctor --fix"
	case FlawLink:
		return "put what it leads to in its place, or remove it"
	case FlawOwner:
		return "make it belong to the user who runs astrid, or remove it"
	case FlawChanged:
		return "rename it as the layout has it"
	}
	return "remove it"
}

// UnsafeError reports a file or directory that is refused for what it is or for who may change it: a link, a
// pipe, another owner, a mode that lets others in.
type UnsafeError struct {
	Path    string
	Flaw    Flaw
	Problem string // what is wrong with it, a clause: "it is a symbolic link where a file belongs"
	Remedy  string // what to do about it, a clause
}

func (e *UnsafeError) Error() string {
	return fmt.Sprintf("refused %s: %s; %s", e.Path, e.Problem, e.Remedy)
}

// AlikeError reports a file or directory that is not made, because some file systems would take its name for that of
// another one: they ignore the case of letters, dots at the end, or characters that nobody sees. It does not repeat the
// name, which may be a value that was typed in the wrong place.
type AlikeError struct {
	Dir   string // the path of the directory
	Other string // the name that is there
}

func (e *AlikeError) Error() string {
	return fmt.Sprintf("%s has %q, which is the same name on some file systems; nothing was made", e.Dir, e.Other)
}

// TooLargeError reports a file whose content is, or would become, larger than its limit. Size is at least the
// size that was seen, in bytes; a file that grows while it is read may be larger.
type TooLargeError struct {
	Path        string
	Limit, Size int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s: %d bytes exceeds the limit of %d", e.Path, e.Size, e.Limit)
}

// LayoutError reports a tree of another layout than the one that this package reads and writes. Nothing is written there.
type LayoutError struct {
	Path    string // of the file that says so
	Version string
}

func (e *LayoutError) Error() string {
	return fmt.Sprintf("%s: the tree has layout version %q, and this program writes %q: use a version of it that knows the tree",
		e.Path, e.Version, LayoutVersion)
}

// EnvError reports an environment variable, or none, that does not say where the home is.
type EnvError struct {
	Name   string // the variable, or what else the root came from
	Reason string
}

func (e *EnvError) Error() string { return e.Name + " " + e.Reason }

// ContextError reports a CLI context that cannot be understood, so that the active principal is not known.
type ContextError struct {
	Path string
	Err  error
}

func (e *ContextError) Error() string {
	return fmt.Sprintf("%s: %v; correct or remove the file", e.Path, e.Err)
}

func (e *ContextError) Unwrap() error { return e.Err }

// explain puts the whole path into an error of the layers below, which know only the last component.
func explain(op, path string, err error) error {
	if refusal, ok := errors.AsType[*nofollow.Refusal](err); ok {
		return &UnsafeError{Path: path, Flaw: refusal.Flaw, Problem: refusal.Problem, Remedy: Remedy(refusal.Flaw)}
	}
	if alike, ok := errors.AsType[*nofollow.AlikeError](err); ok {
		return &AlikeError{Dir: filepath.Dir(path), Other: alike.Other}
	}
	unsettled := errors.Is(err, atomicfile.ErrUnsettled)
	var inPath *fs.PathError
	var inLink *os.LinkError
	switch {
	case errors.As(err, &inPath):
		err = inPath.Err
	case errors.As(err, &inLink):
		err = inLink.Err
	}
	if unsettled {
		err = fmt.Errorf("%w: %w", atomicfile.ErrUnsettled, err)
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// Cause is an error of the file system without the path, for a message that has it.
func Cause(err error) error {
	if inPath, ok := errors.AsType[*fs.PathError](err); ok {
		return inPath.Err
	}
	return err
}
