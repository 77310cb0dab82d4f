package home

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"astrid/internal/nofollow"
)

// LayoutVersion is the version of the tree that this package reads and writes, the content of etc/layout-version.
const LayoutVersion = "1"

// Home is the root of one tree. It names places; it holds nothing open, and the tree need not exist.
type Home struct{ root string }

// Resolve returns the home that the environment names: ASTRID_HOME as it is, or else .astrid in HOME (on
// Windows, where HOME is rarely set, in USERPROFILE). A variable that is set but empty, relative, or climbs with
// ".." is an *EnvError, never a reason to look further. Lookup is [os.LookupEnv] or stands in for it.
func Resolve(lookup func(string) (string, bool)) (*Home, error) {
	if root, ok := lookup("ASTRID_HOME"); ok {
		return at("ASTRID_HOME", root)
	}
	names := []string{"HOME"}
	if runtime.GOOS == "windows" {
		names = append(names, "USERPROFILE")
	}
	for _, name := range names {
		if user, ok := lookup(name); ok {
			if err := checkRoot(name, user); err != nil {
				return nil, err
			}
			return at(name, filepath.Join(user, ".astrid"))
		}
	}
	return nil, &EnvError{"ASTRID_HOME", "is not set, and neither is HOME; set one of them"}
}

// At returns the home with that root, which must be an absolute path without "..", or an *EnvError.
func At(root string) (*Home, error) { return at("home", root) }

func at(source, root string) (*Home, error) {
	if err := checkRoot(source, root); err != nil {
		return nil, err
	}
	root = filepath.Clean(root)
	if filepath.Dir(root) == root {
		return nil, &EnvError{source, "must not be the root of a file system"}
	}
	return &Home{root}, nil
}

func checkRoot(source, path string) error {
	climbs := func() bool {
		parts := strings.FieldsFunc(path, func(r rune) bool { return r < utf8.RuneSelf && os.IsPathSeparator(byte(r)) })
		return slices.Contains(parts, "..")
	}
	switch {
	case !utf8.ValidString(path) || strings.ContainsRune(path, 0):
		return &EnvError{source, "must be UTF-8 without NUL"}
	case !filepath.IsAbs(path):
		return &EnvError{source, "must be an absolute path"}
	case climbs():
		return &EnvError{source, "must not contain '..'"}
	}
	return nil
}

// Root returns the absolute path of the root.
func (h *Home) Root() string { return h.root }

// Ensure creates the directories of the system part of the tree, mode 0700, and etc/layout-version. It is for
// setting a tree up: every write creates the directories that it needs by itself. A tree of another layout
// version is an error and is left alone.
func (h *Home) Ensure() error {
	if err := h.ensureLayout(); err != nil {
		return err
	}
	for _, d := range h.systemDirs() {
		dir, err := d.Ensure()
		if err != nil {
			return err
		}
		dir.Close()
	}
	return nil
}

func (h *Home) ensureLayout() error {
	err := h.CheckLayout()
	if err != nil {
		return err
	}
	there, err := h.LayoutFile().Exists()
	if err != nil || there {
		return err
	}
	return h.LayoutFile().Write([]byte(LayoutVersion))
}

// CheckLayout reports a tree of a layout that this program does not know, as a *LayoutError. One that does not say is as
// good as empty.
func (h *Home) CheckLayout() error {
	f := h.LayoutFile()
	have, err := f.Read(64)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, ok := errors.AsType[*TooLargeError](err); ok {
		return &LayoutError{f.Path(), "that is longer than any"}
	}
	if err != nil {
		return err
	}
	if v := strings.TrimSpace(string(have)); v != LayoutVersion {
		return &LayoutError{f.Path(), v}
	}
	return nil
}

func (h *Home) open() (*os.Root, error) {
	dir, err := nofollow.OpenBase(h.root)
	if err != nil {
		return nil, explain("open", h.root, err)
	}
	return dir, nil
}

// ensure opens the root to write below it, which is not done in a tree that another program made in its own way, or may
// have.
func (h *Home) ensure() (*os.Root, error) {
	if err := h.CheckLayout(); err != nil {
		return nil, err
	}
	dir, err := nofollow.MakeBase(h.root)
	if err != nil {
		return nil, explain("mkdir", h.root, err)
	}
	return dir, nil
}
