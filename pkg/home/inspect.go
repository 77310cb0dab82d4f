package home

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"astrid/internal/atomicfile"
	"astrid/internal/nofollow"
)

// Flaws that only an inspection finds: nothing is refused for them.
const (
	FlawTemp     Flaw = "temp"     // a temporary file that its writer left
	FlawHeld     Flaw = "lock"     // a lock that somebody holds
	FlawUnread   Flaw = "unread"   // the system does not let us look
	FlawStage    Flaw = "stage"    // what an installation that died has left
	FlawRemoving Flaw = "removing" // a principal whose removal was not finished
	FlawAlike    Flaw = "alike"    // a principal whose name differs from another's in letter case only
)

// Fault is an entry of the tree that is not as it should be, whatever it holds.
type Fault struct {
	Path    string
	Flaw    Flaw
	Problem string // a clause about the entry, as in UnsafeError
	Mends   bool   // Mend can do something about it
}

// settle is the age at which a temporary file has been left by its writer: a write takes milliseconds.
const settle = 2 * time.Second

// Inspect looks at the directories and files of the layout and reports what is wrong with them, parents before what they
// hold: links, owners, modes, second names, and what a program that died has left. What no other user can reach need
// only be private where a read insists on it. It follows no link, changes nothing, and does not look into what capsules
// keep in a principal's home. A tree that does not exist has no faults.
//
// What the directories hold for which skip reports true, and that are safe themselves, is left to whoever knows it
// better; what a write leaves there is still reported. The error is that of a context that has ended.
func (h *Home) Inspect(ctx context.Context, skip func(Dir) bool) ([]Fault, error) {
	i := &inspection{ctx: ctx, home: h, skip: skip}
	i.base()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return i.faults, i.leftovers()
}

// inspection is one execution of Inspect.
type inspection struct {
	ctx    context.Context
	home   *Home
	skip   func(Dir) bool
	faults []Fault
	temps  []temp // looked at again in the end
}

// temp is a temporary file, which may be one that is being written.
type temp struct {
	file File
	seen fs.FileInfo
}

// place is an open directory and what holds of it.
type place struct {
	dir       Dir // rel is "" for the root
	root      *os.Root
	area      area
	reachable bool // by other users
}

func (i *inspection) add(path string, flaw Flaw, problem string, mends bool) {
	i.faults = append(i.faults, Fault{path, flaw, problem, mends})
}

// report adds what an error says about an entry. An entry that is gone by now has no fault.
func (i *inspection) report(path string, a area, err error) {
	if refusal, ok := errors.AsType[*nofollow.Refusal](err); ok {
		i.add(path, refusal.Flaw, refusal.Problem, a.mends(refusal.Flaw))
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		i.add(path, FlawUnread, "it cannot be looked at: "+Cause(err).Error(), false)
	}
}

func (i *inspection) base() {
	fi, err := os.Stat(i.home.root)
	if err != nil {
		i.report(i.home.root, area{}, err)
		return
	}
	i.report(i.home.root, area{}, nofollow.Inspect(fi, true))
	root, err := nofollow.DescendBase(i.home.root)
	if err != nil { // reported, if it is for what Inspect looks at
		return
	}
	defer root.Close()
	i.walk(place{Dir{i.home, ""}, root, area{inside: true}, nofollow.Reachable(fi)})
}

func (i *inspection) walk(p place) {
	if i.skipped(p) {
		i.sweep(p)
		return
	}
	entries, err := fs.ReadDir(p.root.FS(), ".")
	if err != nil {
		i.report(p.dir.Path(), p.area, err)
		return
	}
	if p.dir == i.home.PrincipalsDir() || p.dir == i.home.SecretsDir() {
		i.names(p.dir, entries)
	}
	for _, e := range entries {
		if i.ctx.Err() != nil {
			return
		}
		if a := areaOf(p.dir.rel, e.Name()); a.inside {
			i.entry(p, e.Name(), a)
		}
	}
}

// entry looks at one entry of an open directory, and below it.
func (i *inspection) entry(p place, name string, a area) {
	f := p.dir.file(name)
	fi, err := p.root.Lstat(name)
	if err != nil {
		i.report(f.Path(), a, err)
		return
	}
	if fi.Mode().IsRegular() && isLeftover(p.dir.rel, name) {
		i.temps = append(i.temps, temp{f, fi})
		return
	}
	flawed := nofollow.Inspect(fi, a.private || p.reachable)
	i.report(f.Path(), a, flawed)
	switch {
	case fi.IsDir():
		i.below(p, name, fi, a)
	case name == lockName && flawed == nil:
		i.lock(p, f)
	}
}

// sweep looks at what a write leaves in a directory that is otherwise left to somebody else.
func (i *inspection) sweep(p place) {
	names, err := readNames(p.root)
	if err != nil {
		i.report(p.dir.Path(), p.area, err)
	}
	for _, name := range names {
		if name == lockName || isLeftover(p.dir.rel, name) {
			i.entry(p, name, p.area)
		}
	}
}

// skipped reports whether somebody else looks at what a directory holds.
func (i *inspection) skipped(p place) bool {
	if i.skip == nil || !i.skip(p.dir) {
		return false
	}
	fi, err := p.root.Stat(".")
	return err == nil && nofollow.Inspect(fi, false) == nil
}

func (i *inspection) below(p place, name string, fi fs.FileInfo, a area) {
	root, err := nofollow.Descend(p.root, name)
	if err != nil {
		if _, refused := errors.AsType[*nofollow.Refusal](err); !refused {
			i.report(p.dir.file(name).Path(), a, err)
		}
		return
	}
	defer root.Close()
	d := Dir{i.home, strings.TrimPrefix(p.dir.rel+"/"+name, "/")}
	if p.dir == i.home.InstallDir() && i.abandoned(p.root, root) {
		i.add(d.Path(), FlawStage, "an installation that was interrupted left it", true)
		return
	}
	i.walk(place{d, root, a, p.reachable && nofollow.Reachable(fi)})
}

// abandoned reports whether nobody works in a stage. Stages are made under the lock of the directory that holds them, so
// while that is held the stage may be new.
func (i *inspection) abandoned(install, stage *os.Root) bool {
	outer, free := tryLock(install)
	if outer != nil {
		defer outer.Close()
	}
	if !free {
		return false
	}
	inner, free := tryLock(stage)
	if inner != nil {
		inner.Close()
	}
	return free
}

// tryLock takes the lock of an open directory, where there is one, and creates none. Close gives it back.
func tryLock(dir *os.Root) (f *os.File, free bool) {
	f, _, err := nofollow.Open(dir, lockName)
	if err != nil {
		return nil, errors.Is(err, fs.ErrNotExist)
	}
	free, err = atomicfile.TryLock(f)
	return f, free && err == nil
}

// lock reports a lock that is held. It is given back at once, and who waits for it asks again in milliseconds.
func (i *inspection) lock(p place, f File) {
	file, _, err := nofollow.Open(p.root, f.name)
	if err != nil {
		i.report(f.Path(), p.area, err)
		return
	}
	defer file.Close()
	if free, err := atomicfile.TryLock(file); err != nil { // the close gives it back
		i.report(f.Path(), p.area, err)
	} else if !free {
		i.add(f.Path(), FlawHeld, "another program holds it", false)
	}
}

// names reports what is wrong with the names of principals.
func (i *inspection) names(d Dir, entries []fs.DirEntry) {
	seen := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		if p, ok := removing(name); ok {
			i.add(filepath.Join(d.Path(), name), FlawRemoving, "the removal of principal "+p.String()+" was not finished", true)
			continue
		}
		if _, err := ParseSlot(name); err != nil {
			continue
		}
		if other, ok := seen[nofollow.Fold(name)]; ok {
			i.add(filepath.Join(d.Path(), name), FlawAlike, "on a file system that ignores the case of letters it is the same as "+other, false)
		}
		seen[nofollow.Fold(name)] = name
	}
}

// leftovers reports the temporary files that are still there once they must have been left.
func (i *inspection) leftovers() error {
	var newest time.Time
	for _, t := range i.temps {
		if m := t.seen.ModTime(); m.After(newest) {
			newest = m
		}
	}
	if wait := settle - time.Since(newest); wait > 0 && wait <= settle {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-i.ctx.Done():
			return i.ctx.Err()
		case <-timer.C:
		}
	}
	for _, t := range i.temps {
		fi, err := i.lstat(t.file)
		if err != nil || !os.SameFile(fi, t.seen) {
			continue // written by now
		}
		i.add(t.file.Path(), FlawTemp, "a write that was interrupted left it, with what was to be written", true)
	}
	return nil
}

// lstat is [File.Stat] that also looks into directories that are not safe.
func (i *inspection) lstat(f File) (fs.FileInfo, error) {
	dir, err := f.dir.descend()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Lstat(f.name)
}

// descend opens the directory as Open does, but lets pass that others may write to it or above it.
func (d Dir) descend() (*os.Root, error) {
	root, err := nofollow.DescendBase(d.home.root)
	if err != nil || d.rel == "" {
		return root, err
	}
	return d.walk("open", root, nil, nofollow.Descend)
}

// area is what the layout says of an entry.
type area struct {
	inside  bool // it belongs to the layout; what does not is nobody's business
	private bool // a read refuses it, or what is below it, if others can reach it
	secret  bool // it is in the place of a secret
}

// mends reports whether Mend can do something about a flaw. A link is removed only in the place of a secret, where it would
// serve one capsule's or principal's as another's; what a directory's link leads to may be all the secrets that there are,
// and elsewhere it may be what somebody wants for the Rust runtime.
func (a area) mends(flaw Flaw) bool {
	switch flaw {
	case FlawMode, FlawTemp:
		return true
	case FlawLink:
		return a.secret
	case FlawNames:
		return a.private
	}
	return false
}

// areaOf returns what the layout says of an entry of a directory.
func areaOf(rel, name string) area {
	path := append(strings.FieldsFunc(rel, func(r rune) bool { return r == '/' }), name)
	switch path[0] {
	case "secrets":
		return area{inside: true, private: true, secret: len(path) == 4}
	case "keys":
		return area{inside: true, private: true}
	case "etc", "var", "run", "log", "bin", "wit":
		return area{inside: true}
	case "home":
		return areaOfPrincipal(path[1:])
	}
	return area{}
}

// areaOfPrincipal is areaOf below home/. The rest of a principal's home belongs to capsules.
func areaOfPrincipal(path []string) area {
	if len(path) < 2 {
		return area{inside: true}
	}
	switch path[1] {
	case ".config":
		return area{inside: true, private: len(path) > 2 && path[2] == "env"}
	case ".local":
		return area{inside: len(path) == 2 || slices.Contains([]string{"capsules", "log"}, path[2])}
	}
	return area{}
}

// isLeftover reports whether a file of that name is temporary: ours, or one of those that the Rust runtime writes beside
// a secret, a settings file or the CLI's context.
func isLeftover(rel, name string) bool {
	if atomicfile.IsTemp(name) {
		return true
	}
	switch {
	case strings.HasPrefix(rel, "secrets/") && strings.Count(rel, "/") == 2:
		return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
	case strings.HasSuffix(rel, "/.config/env"):
		return strings.HasSuffix(name, overlaySuffix+".tmp")
	}
	return rel == "run" && name == "cli-context.toml.tmp"
}
