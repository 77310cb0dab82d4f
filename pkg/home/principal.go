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

// removingPrefix begins the names under which the home and the secrets of a principal that is being removed stand aside, in
// home/ and in secrets/. No principal has such a name.
//
// The home is set aside first, which records that the removal was begun, and the secrets after everything else, which
// records that the name is free: what has it from then on is somebody else's, and the removal does not touch it. So
// whoever stores something for a principal sees to it that the second record is there where the first is.
const removingPrefix = ".astrid-removing-"

func (h *Home) homeAside(p Principal) Dir { return h.dir("home", removingPrefix+p.name) }

func (h *Home) secretsAside(p Principal) Dir { return h.dir("secrets", removingPrefix+p.name) }

// removing returns the principal whose removal an entry of home/ or secrets/ records.
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
	begun, settled, err := h.removalOf(p)
	if err != nil {
		return b, err
	}
	b.Removing = begun || settled
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
		if err := h.freeName(p); err != nil {
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
// active one. A kill, or a file that cannot be removed, leaves a removal that the next call, CreatePrincipal or Mend
// finishes; what is stored for a principal of that name in the meantime stays. The error is fs.ErrNotExist if it has
// nothing, a *NameError for the default principal, in whose home capsules are installed, or ErrBusy.
func (h *Home) RemovePrincipal(ctx context.Context, p Principal) error {
	if err := CheckRemovable(p); err != nil {
		return err
	}
	return h.lockPrincipals(ctx, func() error {
		begun, settled, err := h.removalOf(p)
		if err != nil {
			return err
		}
		for _, step := range h.removal(p) {
			if err := step(); err != nil {
				if (begun || settled) && errors.Is(err, fs.ErrNotExist) {
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
	for _, d := range []Dir{h.PrincipalsDir(), h.SecretsDir()} {
		begun, _ := list(d, func(name string) (Principal, error) {
			if p, ok := removing(name); ok {
				return p, nil
			}
			return Principal{}, errForeign
		})
		for _, p := range begun {
			_ = h.finishRemoval(p)
		}
	}
}

// removalOf reports whether the removal of a principal was begun, and whether its name is free again.
func (h *Home) removalOf(p Principal) (begun, settled bool, err error) {
	if begun, err = h.homeAside(p).taken(); err == nil {
		settled, err = h.secretsAside(p).taken()
	}
	return begun, settled, err
}

// removal is the steps of a removal. Between any two of them a call can begin anew, and ends in the same place.
func (h *Home) removal(p Principal) []func() error {
	return slices.Concat([]func() error{
		func() error { return h.finishRemoval(p) },
		func() error { return h.beginRemoval(p) },
	}, h.settling(p), h.clearing(p))
}

// beginRemoval takes the home out of the way, which nobody sees half, and records that the rest is to follow.
func (h *Home) beginRemoval(p Principal) error {
	err := h.PrincipalDir(p).Move(h.homeAside(p))
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
	return h.homeAside(p).make()
}

// settling is the steps after which nothing of a principal whose removal was begun is under its name.
func (h *Home) settling(p Principal) []func() error {
	return []func() error{
		func() error { return ignoreAbsent(h.ProfileFile(p).Remove()) },
		func() error { return h.deactivate(p) },
		func() error {
			err := h.ScopeDir(PrincipalScope(p)).Move(h.secretsAside(p))
			if errors.Is(err, fs.ErrNotExist) {
				return h.secretsAside(p).make()
			}
			return err
		},
	}
}

// clearing is the steps that remove what stands aside. The secrets go first, and their directory, the record, last.
func (h *Home) clearing(p Principal) []func() error {
	return []func() error{
		func() error { return h.secretsAside(p).empty() },
		func() error { return ignoreAbsent(h.homeAside(p).RemoveAll()) },
		func() error { return ignoreAbsent(h.secretsAside(p).RemoveAll()) },
	}
}

// finishRemoval finishes a removal that was begun, if one was.
func (h *Home) finishRemoval(p Principal) error {
	begun, settled, err := h.removalOf(p)
	switch {
	case err != nil:
		return err
	case settled:
		return inOrder(h.clearing(p))
	case begun:
		return inOrder(append(h.settling(p), h.clearing(p)...))
	}
	return nil
}

// freeName is the part of finishRemoval after which the name may be used again.
func (h *Home) freeName(p Principal) error {
	begun, settled, err := h.removalOf(p)
	if err != nil || !begun || settled {
		return err
	}
	return inOrder(h.settling(p))
}

// claim frees the name of a principal for which something is to be stored. Mostly no removal has taken it.
func (h *Home) claim(ctx context.Context, p Principal) error {
	begun, settled, err := h.removalOf(p)
	if err != nil || !begun || settled {
		return err
	}
	return h.lockPrincipals(ctx, func() error { return h.freeName(p) })
}

func inOrder(steps []func() error) error {
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
