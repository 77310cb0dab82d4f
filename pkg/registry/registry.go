package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"astrid/pkg/home"
	"astrid/pkg/manifest"

	"github.com/google/uuid"
)

// ErrUnavailable means that the tree of installed capsules is there and cannot be listed.
var ErrUnavailable = errors.New("registry of installed capsules is unavailable")

// ErrLeftover is what is wrong with the backup of a capsule that is installed.
var ErrLeftover = errors.New("left by an installer that did not finish")

// NamedError says that the manifest of an installed capsule is another one's.
type NamedError struct {
	Path  string
	Names home.CapsuleID
}

func (e *NamedError) Error() string {
	return fmt.Sprintf("%s names capsule %s; install it again", e.Path, e.Names)
}

// Capsule is an installed capsule.
type Capsule struct {
	ID       home.CapsuleID
	Dir      home.Dir // the backup of one whose installer was killed between two steps
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

// Registry is the capsules that are installed. It is immutable and may be shared. What is installed was listed when it
// was opened; the capsules themselves are read when somebody first asks for more than the running one: most runs
// never do, and there may be thousands.
type Registry struct {
	contents func() *contents
	running  map[uuid.UUID]manifest.Capabilities
}

// contents is what was found.
type contents struct {
	capsules []Capsule // sorted by id
	problems []Problem
	held     map[uuid.UUID]manifest.Capabilities
}

// Open lists the installed capsules. A tree that does not exist is an empty registry. The error is ErrUnavailable with
// its cause, or that of a context that has ended.
func Open(ctx context.Context, h *home.Home) (*Registry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := h.CapsulesDir().Entries()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return &Registry{contents: sync.OnceValue(func() *contents { return readAll(h, entries) })}, nil
}

func readAll(h *home.Home, entries []fs.DirEntry) *contents {
	all := &contents{held: map[uuid.UUID]manifest.Capabilities{}}
	tree, err := h.CapsulesDir().View()
	if err == nil {
		defer tree.Close()
	}
	for _, entry := range entries {
		var c Capsule
		entryErr := err
		if err == nil {
			c, entryErr = read(h, tree, entry)
		}
		if entryErr != nil {
			all.problems = append(all.problems, Problem{entry.Name(), entryErr})
		}
		if c.Manifest == nil {
			continue
		}
		all.capsules = append(all.capsules, c)
		if c.UUID != uuid.Nil {
			all.held[c.UUID] = c.Manifest.Capabilities
		}
	}
	// A backup sorts elsewhere than the capsule that it is.
	slices.SortFunc(all.capsules, func(a, b Capsule) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return all
}

// Find reads one installed capsule and no other. The error is fs.ErrNotExist if it is not installed, or what is wrong
// with its directory or manifest. A capsule whose meta.json cannot be used has no UUID; Open says why.
func Find(ctx context.Context, h *home.Home, id home.CapsuleID) (Capsule, error) {
	if err := ctx.Err(); err != nil {
		return Capsule{}, err
	}
	tree, err := h.CapsulesDir().View()
	if err != nil {
		return Capsule{}, err
	}
	defer tree.Close()
	dir, err := tree.Sub(h.CapsuleDir(id))
	if errors.Is(err, fs.ErrNotExist) {
		// The error of a backup that is not there would name a file that nobody knows.
		if backup, berr := tree.Sub(h.CapsuleBackupDir(id)); !errors.Is(berr, fs.ErrNotExist) {
			dir, err = backup, berr
		}
	}
	if err != nil {
		return Capsule{}, err
	}
	c, err := readCapsule(dir, id)
	if c.Manifest != nil {
		return c, nil
	}
	return c, err
}

// read reads one entry of the tree. An error may come with a capsule, which then has no UUID, or without.
func read(h *home.Home, tree *home.View, entry fs.DirEntry) (Capsule, error) {
	name, backup := strings.CutSuffix(entry.Name(), ".bak")
	id, err := home.ParseCapsuleID(name)
	switch {
	case err != nil:
		return Capsule{}, err
	case !entry.IsDir():
		return Capsule{}, errors.New("not a directory")
	}
	at := h.CapsuleDir(id)
	if backup {
		if there, err := at.Exists(); there || err != nil {
			return Capsule{}, ErrLeftover
		}
		at = h.CapsuleBackupDir(id)
	}
	dir, err := tree.Sub(at)
	if err != nil {
		return Capsule{}, err
	}
	return readCapsule(dir, id)
}

// readCapsule reads a capsule from its directory, and closes that.
func readCapsule(dir *home.View, id home.CapsuleID) (Capsule, error) {
	defer dir.Close()
	file := dir.Dir().ManifestFile()
	data, err := dir.Read(file, manifest.MaxSize)
	if err != nil {
		return Capsule{}, err
	}
	m, err := manifest.Parse(file.Path(), data)
	if err != nil {
		return Capsule{}, err
	}
	if m.ID() != id {
		return Capsule{}, &NamedError{file.Path(), m.ID()}
	}
	c := Capsule{ID: id, Dir: dir.Dir(), Manifest: m}
	meta := dir.Dir().MetaFile()
	if c.Meta, err = readMeta(meta, func() ([]byte, error) { return dir.Read(meta, maxMeta) }); err != nil {
		return c, err
	}
	if c.Meta.WasmHash != "" {
		c.UUID = UUID(id.String(), c.Meta.WasmHash)
	}
	return c, nil
}

// All returns the capsules, sorted by id.
func (r *Registry) All() []Capsule { return slices.Clone(r.contents().capsules) }

// Problems returns what was found instead of a sound capsule, sorted by name.
func (r *Registry) Problems() []Problem { return slices.Clone(r.contents().problems) }

// ByID returns the capsule with that id, and whether it is installed.
func (r *Registry) ByID(id home.CapsuleID) (Capsule, bool) {
	capsules := r.contents().capsules
	i, ok := slices.BinarySearchFunc(capsules, id, func(c Capsule, id home.CapsuleID) int {
		return cmp.Compare(c.ID.String(), id.String())
	})
	if !ok {
		return Capsule{}, false
	}
	return capsules[i], true
}

// ByUUID returns the capsule with that UUID, and whether it is installed.
func (r *Registry) ByUUID(id uuid.UUID) (Capsule, bool) {
	capsules := r.contents().capsules
	i := slices.IndexFunc(capsules, func(c Capsule) bool { return c.UUID == id && id != uuid.Nil })
	if i < 0 {
		return Capsule{}, false
	}
	return capsules[i], true
}

// Running returns a registry that also answers for a running capsule, with the capabilities that it runs with.
// They take the place of what is installed under the same UUID, in Allowed only. r is not changed.
func (r *Registry) Running(id uuid.UUID, held manifest.Capabilities) *Registry {
	with := *r
	with.running = maps.Clone(r.running)
	if with.running == nil {
		with.running = map[uuid.UUID]manifest.Capabilities{}
	}
	with.running[id] = held
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
	if err != nil {
		return false
	}
	if held, ok := r.running[parsed]; ok {
		return held.Has(capability)
	}
	return r.contents().held[parsed].Has(capability)
}
