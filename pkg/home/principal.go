package home

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"astrid/internal/nofollow"
)

// anonymous is the principal that later versions of the Rust runtime keep for whom they do not know.
const anonymous = "anonymous"

// removingPrefix begins the name under which the home of a principal that is being removed stands in home/. It is the
// record that the removal was begun, and is removed last.
const removingPrefix = ".astrid-removing-"

func (h *Home) removingDir(p Principal) Dir { return h.dir("home", removingPrefix+p.name) }

// removing returns the principal whose removal an entry of home/ records.
func removing(name string) (Principal, bool) {
	name, ok := strings.CutPrefix(name, removingPrefix)
	p, err := ParsePrincipal(name)
	return p, ok && err == nil
}

// KnownPrincipals lists, sorted, every principal that has anything in the tree: a home, secrets or a profile. The default
// one is always there.
func (h *Home) KnownPrincipals() ([]Principal, error) {
	known, err := h.Principals()
	if err != nil {
		return nil, err
	}
	scopes, err := h.Scopes()
	if err != nil {
		return nil, err
	}
	for _, s := range scopes {
		if p, ok := s.Principal(); ok {
			known = append(known, p)
		}
	}
	profiles, err := list(h.ProfilesDir(), func(name string) (Principal, error) {
		stem, ok := strings.CutSuffix(name, profileSuffix)
		if !ok {
			return Principal{}, errForeign
		}
		return ParsePrincipal(stem)
	})
	if err != nil {
		return nil, err
	}
	known = append(append(known, profiles...), DefaultPrincipal())
	slices.SortFunc(known, func(p, q Principal) int { return strings.Compare(p.name, q.name) })
	return slices.Compact(known), nil
}

// Belongings is what a principal has in the tree.
type Belongings struct {
	Removing bool  // its removal was begun and not finished
	Home     bool  // a home of its own
	Profile  bool  // a policy in etc/profiles
	Secrets  int   // of its own, not the host's
	Overlays int   // settings files
	Files    int   // in its home, of whatever kind, if it was measured
	Bytes    int64 // of them together
}

// IsZero reports whether the principal has nothing.
func (b Belongings) IsZero() bool { return b == Belongings{} }

// Measure is Belongings with the files in the home of the principal, all of which are looked at: it takes as long as
// there are many, and fails where a capsule has made a directory that cannot be read.
func (h *Home) Measure(ctx context.Context, p Principal) (Belongings, error) {
	b, err := h.Belongings(p)
	if err == nil && b.Home {
		b.Files, b.Bytes, err = h.PrincipalDir(p).measure(ctx)
	}
	return b, err
}

// Belongings counts what a principal has, but for the files in its home. A name that nobody has given yet has nothing, and
// is no error.
func (h *Home) Belongings(p Principal) (b Belongings, err error) {
	if b.Removing, err = h.removingDir(p).Exists(); err != nil {
		return b, err
	}
	if b.Home, err = h.PrincipalDir(p).Exists(); err != nil {
		return b, err
	}
	if b.Profile, err = h.ProfileFile(p).Exists(); err != nil {
		return b, err
	}
	scope := PrincipalScope(p)
	capsules, err := h.SecretCapsules(scope)
	if err != nil {
		return b, err
	}
	for _, c := range capsules {
		keys, err := h.SecretKeys(scope, c)
		if err != nil {
			return b, err
		}
		b.Secrets += len(keys)
	}
	overlays, err := h.Overlays(p)
	b.Overlays = len(overlays)
	return b, err
}

// measure counts the files below a directory, links as what they are.
func (d Dir) measure(ctx context.Context) (files int, size int64, err error) {
	root, err := d.Open()
	if err != nil {
		return 0, 0, err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || isOurs(e.Name()) {
			return errors.Join(err, ctx.Err())
		}
		fi, err := root.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since it was listed
		}
		if err != nil {
			return err
		}
		files++
		size += fi.Size()
		return nil
	})
	if err != nil {
		return 0, 0, explain("read", d.Path(), err)
	}
	return files, size, nil
}

// CreatePrincipal makes the home of a principal, with the directories that the Rust runtime gives it. The error is a
// *NameError for one that has a home already, that a file system may take for another one, or that is reserved; or
// ErrBusy.
func (h *Home) CreatePrincipal(ctx context.Context, p Principal) error {
	if p.name == anonymous {
		return &NameError{KindPrincipal, p.name, "reserved for callers that the Rust runtime does not know"}
	}
	return h.lockPrincipals(ctx, func() error {
		if err := h.finishRemoval(p); err != nil {
			return err
		}
		there, err := h.PrincipalDir(p).Exists()
		if err != nil {
			return err
		}
		if there {
			return &NameError{KindPrincipal, p.name, "exists already"}
		}
		known, err := h.KnownPrincipals()
		if err != nil {
			return err
		}
		for _, q := range known {
			if q != p && nofollow.Fold(q.name) == nofollow.Fold(p.name) {
				return &NameError{KindPrincipal, p.name, fmt.Sprintf("differs from the existing principal %s in letter case only, which some file systems ignore", q)}
			}
		}
		for _, sub := range []string{
			".config/env", ".local/capsules", ".local/kv", ".local/log", ".local/audit", ".local/tokens", ".local/tmp",
		} {
			dir, err := h.dir("home", p.name, sub).Ensure()
			if err != nil {
				return err
			}
			dir.Close()
		}
		return nil
	})
}

// RemovePrincipal removes a principal with all that it has: its home, its secrets, its profile, and its place as the
// active one. A kill leaves a removal that the next call, CreatePrincipal or Mend finishes. The error is
// fs.ErrNotExist if it has nothing, a *NameError for the default principal, in whose home capsules are installed, or
// ErrBusy.
func (h *Home) RemovePrincipal(ctx context.Context, p Principal) error {
	if err := CheckRemovable(p); err != nil {
		return err
	}
	return h.lockPrincipals(ctx, func() error {
		begun, err := h.removingDir(p).Exists()
		if err != nil {
			return err
		}
		for _, step := range h.removal(p) {
			if err := step(); err != nil {
				if begun && errors.Is(err, fs.ErrNotExist) {
					return nil // finishing was all that there was to do
				}
				return err
			}
		}
		return nil
	})
}

// CheckRemovable returns the *NameError for which RemovePrincipal refuses a principal whatever it has, or nil.
func CheckRemovable(p Principal) error {
	if p == DefaultPrincipal() {
		return &NameError{KindPrincipal, p.name, "holds the installed capsules and cannot be removed"}
	}
	return nil
}

func (h *Home) lockPrincipals(ctx context.Context, do func() error) error {
	release, err := h.PrincipalsDir().Lock(ctx)
	if err != nil {
		return err
	}
	err = do()
	h.finishRemovals()
	return errors.Join(err, release())
}

// finishRemovals finishes what a kill left of the removals of any principals, and mostly finds none. One that cannot be
// finished is found again by the next to come and by Inspect, and is no failure of what was to be done.
func (h *Home) finishRemovals() {
	begun, err := list(h.PrincipalsDir(), func(name string) (Principal, error) {
		if p, ok := removing(name); ok {
			return p, nil
		}
		return Principal{}, errForeign
	})
	if err != nil {
		return
	}
	for _, p := range begun {
		_ = h.finishRemoval(p)
	}
}

// removal is the steps of a removal. Between any two of them a call can begin anew, and ends in the same place.
func (h *Home) removal(p Principal) []func() error {
	return append([]func() error{
		func() error { return h.finishRemoval(p) },
		func() error { return h.markRemoval(p) },
	}, h.afterMark(p)...)
}

// markRemoval takes the home out of the way, which nobody sees half, and records that the rest is to follow.
func (h *Home) markRemoval(p Principal) error {
	err := h.PrincipalDir(p).Move(h.removingDir(p))
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	left, err := h.Belongings(p)
	if err != nil {
		return err
	}
	if left.IsZero() {
		return &fs.PathError{Op: "remove", Path: h.PrincipalDir(p).Path(), Err: fs.ErrNotExist}
	}
	mark, err := h.removingDir(p).Ensure()
	if err != nil {
		return err
	}
	return mark.Close()
}

// afterMark is the steps of a removal that is recorded. The record goes last.
func (h *Home) afterMark(p Principal) []func() error {
	return []func() error{
		func() error { return ignoreAbsent(h.ScopeDir(PrincipalScope(p)).RemoveAll()) },
		func() error { return ignoreAbsent(h.ProfileFile(p).Remove()) },
		func() error { return h.deactivate(p) },
		func() error { return ignoreAbsent(h.removingDir(p).RemoveAll()) },
	}
}

// finishRemoval finishes a removal that was begun. If there is a home again, somebody has made the principal anew: then
// what is left of the old one goes, and nothing else.
func (h *Home) finishRemoval(p Principal) error {
	begun, err := h.removingDir(p).Exists()
	if err != nil || !begun {
		return err
	}
	again, err := h.PrincipalDir(p).Exists()
	if err != nil {
		return err
	}
	steps := h.afterMark(p)
	if again {
		steps = steps[len(steps)-1:]
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
