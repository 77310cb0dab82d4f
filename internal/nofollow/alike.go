package nofollow

import (
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode"
)

// AlikeError reports a name that is new to a directory, next to one that some file system takes for the same.
type AlikeError struct{ Name, Other string }

func (e *AlikeError) Error() string {
	return fmt.Sprintf("%s is the same name as %s on some file systems", e.Name, e.Other)
}

// Fold returns the same text for two names that some file system takes for one: because it ignores the case of letters,
// drops dots and spaces at the end, or overlooks characters that nobody sees. Normal forms of Unicode are not looked at:
// the names that this program makes are ASCII, and no other one has those for its normal form but by the case of letters.
func Fold(name string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return foldRune(r)
	}, name)
	return strings.TrimRight(seen, ". ") // last: what nobody sees may stand after a dot
}

// foldRune returns the first of the letters that differ in case only.
func foldRune(r rune) rune {
	first := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		first = min(first, next)
	}
	return first
}

// CheckNew returns an *AlikeError for the first of some names that must not be made in a directory, because of another one
// that is there or comes before it. Where such names stand side by side, a tree cannot be carried to another file system without
// one becoming the other.
func CheckNew(dir *os.Root, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	there, err := list(dir)
	if err != nil {
		return err
	}
	seen := make(map[string]string, len(there)+len(names))
	fresh := make(map[string]bool, len(names))
	for _, name := range names {
		fresh[name] = true
	}
	for _, name := range there {
		if !fresh[name] {
			seen[Fold(name)] = name
		}
	}
	for _, name := range names {
		folded := Fold(name)
		if other, ok := seen[folded]; ok && other != name {
			return &AlikeError{name, other}
		}
		seen[folded] = name
	}
	return nil
}

// checkSpelling refuses a name that the directory answers to but does not list.
func checkSpelling(dir *os.Root, name string) error {
	names, err := list(dir)
	if err != nil || slices.Contains(names, name) {
		return err
	}
	return refuse(FlawChanged, "its name is spelled differently on disk")
}

// alwaysFolds says that file systems which ignore the case of letters are the rule.
const alwaysFolds = runtime.GOOS == "darwin" || runtime.GOOS == "windows"

// mayFold reports whether the entry that a directory showed for a name may have another one. Where file systems that
// ignore the case of letters are not the rule, one gives itself away by showing the entry for the other case, too.
func mayFold(fi fs.FileInfo, name string, lstat func(string) (fs.FileInfo, error)) bool {
	if alwaysFolds {
		return true
	}
	other := strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, name)
	if other == name {
		return false
	}
	twin, err := lstat(other)
	return err == nil && os.SameFile(fi, twin)
}

func list(dir *os.Root) ([]string, error) {
	f, err := dir.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
