package home

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"astrid/internal/atomicfile"
	"astrid/internal/nofollow"
)

// maxMended is the largest file that Mend gives a copy of its own, in bytes.
const maxMended = 1 << 20

// Fault says of a refusal what Inspect would say of its entry.
func (h *Home) Fault(e *UnsafeError) Fault {
	f := Fault{Path: e.Path, Flaw: e.Flaw, Problem: e.Problem}
	if at, err := h.fileAt(e.Path); err == nil {
		f.Mends = areaOf(at.dir.rel, at.name).mends(e.Flaw)
	}
	return f
}

// Mend does what is safe about a fault that says that it mends, and returns what it did, as a sentence without a subject. It
// looks again first: "" means that nothing is wrong any more. It changes only what is ours, and follows no link.
func (h *Home) Mend(ctx context.Context, f Fault) (did string, err error) {
	if !f.Mends {
		return "", fmt.Errorf("%s: %s, which is not safe to mend", f.Path, f.Problem)
	}
	switch f.Flaw {
	case FlawRemoving:
		return h.mendRemoval(ctx, f)
	case FlawStage:
		return h.mendStage(ctx, f)
	}
	if f.Path == h.root {
		if err := nofollow.TightenBase(h.root); err != nil {
			return "", explain("mend", f.Path, err)
		}
		return "took away what group and others may do", nil
	}
	at, err := h.fileAt(f.Path)
	if err != nil {
		return "", err
	}
	dir, err := at.dir.descend()
	if err != nil {
		return "", explain("mend", f.Path, err)
	}
	defer dir.Close()
	if f.Flaw == FlawNames && at.name != lockName { // the file will be read and written
		lock, err := at.dir.lockIn(dir, waitFor(ctx))
		if err != nil {
			return "", err
		}
		defer lock.Close()
	}
	fi, err := nofollow.Lstat(dir, at.name)
	if err == nil {
		did, err = mend(f.Flaw, dir, at, fi)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", explain("mend", f.Path, err)
	}
	return did, nil
}

func (h *Home) mendRemoval(ctx context.Context, f Fault) (did string, err error) {
	p, ok := removing(filepath.Base(f.Path))
	if !ok {
		return "", &fs.PathError{Op: "mend", Path: f.Path, Err: fs.ErrInvalid}
	}
	err = h.lockPrincipals(ctx, func() error {
		begun, settled, err := h.removalOf(p)
		if begun || settled {
			did = "finished the removal"
		}
		return errors.Join(err, h.finishRemoval(p))
	})
	return did, err
}

func (h *Home) mendStage(ctx context.Context, f Fault) (did string, err error) {
	release, err := h.InstallDir().Lock(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, release()) }()
	stages, err := h.Stages()
	if err != nil {
		return "", err
	}
	for _, s := range stages {
		if s.Path() != f.Path {
			continue
		}
		unlock, err := s.TryLock()
		if unlock == nil {
			return "", err // somebody works there by now
		}
		return "removed it", errors.Join(unlock(), ignoreAbsent(s.RemoveAll()))
	}
	return "", nil
}

// fileAt returns the place of an absolute path below the root.
func (h *Home) fileAt(path string) (File, error) {
	rel, err := filepath.Rel(h.root, path)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return File{}, &fs.PathError{Op: "mend", Path: path, Err: fs.ErrInvalid}
	}
	rel = filepath.ToSlash(rel)
	i := strings.LastIndexByte(rel, '/')
	return File{Dir{h, rel[:max(i, 0)]}, rel[i+1:]}, nil
}

func mend(flaw Flaw, dir *os.Root, at File, fi fs.FileInfo) (did string, err error) {
	a := areaOf(at.dir.rel, at.name)
	err = nofollow.Inspect(fi, true)
	refusal, flawed := errors.AsType[*nofollow.Refusal](err)
	switch {
	case flaw == FlawTemp && fi.Mode().IsRegular() && isLeftover(at.dir.rel, at.name):
		return "removed it", remove(dir, at.name)
	case !flawed || refusal.Flaw != flaw:
		return "", nil
	case flaw == FlawMode:
		mode, err := nofollow.Tighten(dir, at.name)
		return fmt.Sprintf("changed its mode from %04o to %04o", fi.Mode().Perm(), mode), err
	case flaw == FlawLink && a.secret:
		target, err := dir.Readlink(at.name)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("removed the link, which led to %q", target), remove(dir, at.name)
	case flaw == FlawNames && a.private:
		return "gave it a copy of its own; the other names still have what it holds", separate(dir, at.name)
	}
	return "", nil
}

func remove(dir *os.Root, name string) error {
	return errors.Join(dir.Remove(name), nofollow.SyncDir(dir))
}

// separate replaces a file that has other names by one of the same content that has none.
func separate(dir *os.Root, name string) error {
	f, fi, err := nofollow.Open(dir, name)
	if err != nil {
		return err
	}
	defer f.Close()
	if fi.Size() > maxMended {
		return &nofollow.Refusal{Flaw: FlawNames, Problem: fmt.Sprintf("it has other names, and with %d bytes is too large to copy", fi.Size())}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxMended))
	if err != nil {
		return err
	}
	return atomicfile.Write(dir, name, data)
}
