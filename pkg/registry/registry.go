package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"astrid/pkg/home"
	"astrid/pkg/manifest"

	"github.com/google/uuid"
)

// ErrUnavailable means that the tree of installed capsules is there and cannot be listed.
var ErrUnavailable = errors.New("registry of installed capsules is unavailable")

// Capsule is an installed capsule.
type Capsule struct {
	ID       home.CapsuleID
	Manifest *manifest.Manifest
	Meta     Meta
	UUID     uuid.UUID // uuid.Nil if Meta has no hash: nobody can name such a capsule
}

// Problem is an entry of the tree that is no capsule, or less of one than it should be. Name is the entry,
// whatever is on disk; show it with %q.
type Problem struct {
	Name string
	Err  error
}

func (p Problem) Error() string { return fmt.Sprintf("installed capsule %q: %v", p.Name, p.Err) }

// Unwrap returns what is wrong.
func (p Problem) Unwrap() error { return p.Err }

// Registry is the capsules that are installed, as they were when it was opened. It is immutable and may be
// shared.
type Registry struct {
	capsules []Capsule // sorted by id
	problems []Problem
	held     map[uuid.UUID]manifest.Capabilities
}

// Open reads the installed capsules. A tree that does not exist is an empty registry. The error is
// ErrUnavailable with its cause, or that of a context that has ended.
func Open(ctx context.Context, h *home.Home) (*Registry, error) {
	r := &Registry{held: map[uuid.UUID]manifest.Capabilities{}}
	entries, err := h.CapsulesDir().Entries()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := read(h, entry)
		if err != nil {
			r.problems = append(r.problems, Problem{entry.Name(), err})
		}
		if c.Manifest == nil {
			continue
		}
		r.capsules = append(r.capsules, c)
		if c.UUID != uuid.Nil {
			r.held[c.UUID] = c.Manifest.Capabilities
		}
	}
	return r, nil
}

// Find reads one installed capsule and no other. The error is fs.ErrNotExist if it is not installed, or what is wrong
// with its directory or manifest. A capsule whose meta.json cannot be used has no UUID; Open says why.
func Find(ctx context.Context, h *home.Home, id home.CapsuleID) (Capsule, error) {
	if err := ctx.Err(); err != nil {
		return Capsule{}, err
	}
	c, err := readCapsule(h, id)
	if c.Manifest != nil {
		return c, nil
	}
	return c, err
}

// read reads one entry of the tree. An error may come with a capsule, which then has no UUID, or without.
func read(h *home.Home, entry fs.DirEntry) (Capsule, error) {
	id, err := home.ParseCapsuleID(entry.Name())
	if err != nil {
		return Capsule{}, err
	}
	if !entry.IsDir() {
		return Capsule{}, errors.New("not a directory")
	}
	return readCapsule(h, id)
}

func readCapsule(h *home.Home, id home.CapsuleID) (Capsule, error) {
	file := h.ManifestFile(id)
	data, err := file.Read(manifest.MaxSize)
	if err != nil {
		return Capsule{}, err
	}
	m, err := manifest.Parse(file.Path(), data)
	if err != nil {
		return Capsule{}, err
	}
	if m.ID() != id {
		return Capsule{}, fmt.Errorf("the manifest names capsule %s; install it again", m.ID())
	}
	c := Capsule{ID: id, Manifest: m}
	if c.Meta, err = readMeta(h.MetaFile(id)); err != nil {
		return c, err
	}
	if c.Meta.WasmHash != "" {
		c.UUID = UUID(id.String(), c.Meta.WasmHash)
	}
	return c, nil
}

// All returns the capsules, sorted by id.
func (r *Registry) All() []Capsule { return slices.Clone(r.capsules) }

// Problems returns what was found instead of a sound capsule, sorted by name.
func (r *Registry) Problems() []Problem { return slices.Clone(r.problems) }

// ByID returns the capsule with that id, and whether it is installed.
func (r *Registry) ByID(id home.CapsuleID) (Capsule, bool) {
	i, ok := slices.BinarySearchFunc(r.capsules, id, func(c Capsule, id home.CapsuleID) int {
		return cmp.Compare(c.ID.String(), id.String())
	})
	if !ok {
		return Capsule{}, false
	}
	return r.capsules[i], true
}

// ByUUID returns the capsule with that UUID, and whether it is installed.
func (r *Registry) ByUUID(id uuid.UUID) (Capsule, bool) {
	i := slices.IndexFunc(r.capsules, func(c Capsule) bool { return c.UUID == id && id != uuid.Nil })
	if i < 0 {
		return Capsule{}, false
	}
	return r.capsules[i], true
}

// Running returns a registry that also answers for a running capsule, with the capabilities that it runs with.
// They take the place of what is installed under the same UUID, in Allowed only. r is not changed.
func (r *Registry) Running(id uuid.UUID, held manifest.Capabilities) *Registry {
	with := *r
	with.held = maps.Clone(r.held)
	with.held[id] = held
	return &with
}

// Allowed reports whether the capsule of that UUID holds a capability. The UUID may be written with or without
// hyphens, in braces or as a URN, in any case. Anything else, an unknown UUID and an unknown name are not
// allowed.
func (r *Registry) Allowed(id string, capability string) bool {
	// Parse alone takes any two characters for braces.
	if uuid.Validate(id) != nil {
		return false
	}
	parsed, err := uuid.Parse(id)
	return err == nil && r.held[parsed].Has(capability)
}
