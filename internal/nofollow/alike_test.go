package nofollow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ a, b, by string }{
		{"api_key", "API_key", "letter case"},
		{"api_key", "api_key.", "a dot at the end, on Windows"},
		{"api_key", "api_key. .", "dots and spaces at the end, on Windows"},
		{"api_key", "api\u200c_key", "a character of no width, on HFS+ and ext4"},
		{"api_key", "\ufeffapi_key", "a byte order mark"},
		{"api_key", "api_\u202ekey", "a mark of direction"},
		{"api_key", "api_key.\u00ad", "a hyphen that nobody sees, and then the dot before it"},
		{"kiss", "\u212aiss", "the Kelvin sign"},
		{"kiss", "ki\u017fs", "the long s"},
		{"a", "A.", "both"},
	} {
		if Fold(c.a) != Fold(c.b) {
			t.Errorf("%q and %q differ, which %s makes the same", c.a, c.b, c.by)
		}
	}
	for _, c := range [][2]string{{"api_key", "api-key"}, {"a.b", "ab"}, {".a", "a"}, {"a0", "aO"}, {"a", "aa"}, {"i", "\u0131"}} {
		if Fold(c[0]) == Fold(c[1]) {
			t.Errorf("%q and %q are the same", c[0], c[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		folded := Fold(s)
		if Fold(folded) != folded {
			t.Fatalf("Fold(%q) is %q, and of that %q", s, folded, Fold(folded))
		}
		if trimmed := strings.TrimRight(s, ". "); !strings.ContainsFunc(trimmed, func(r rune) bool { return unicode.Is(unicode.Cf, r) }) &&
			strings.ToValidUTF8(s, "") == s && !strings.EqualFold(trimmed, folded) {
			t.Fatalf("Fold(%q) is %q", s, folded)
		}
	})
}

func TestCheckNew(t *testing.T) {
	path := t.TempDir()
	dir := openRoot(t, path)
	for _, name := range []string{"alice", "bob"} {
		if err := os.Mkdir(filepath.Join(path, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		names []string
		other string
	}{
		{nil, ""},
		{[]string{"carol"}, ""},
		{[]string{"alice"}, ""},
		{[]string{"carol", "Alice"}, "alice"},
		{[]string{"bob."}, "bob"},
		{[]string{"carol", "dave", "CAROL"}, "carol"},
		{[]string{"carol", "carol"}, ""},
	} {
		err := CheckNew(dir, c.names...)
		alike, ok := errors.AsType[*AlikeError](err)
		if ok != (c.other != "") || ok && alike.Other != c.other || !ok && err != nil {
			t.Errorf("CheckNew(%q) = %v, want one like %q", c.names, err, c.other)
		}
	}
	if _, err := MakeDir(dir, "ALICE"); !isAlike(err) {
		t.Errorf("MakeDir: %v, want an *AlikeError", err)
	}
	if d, err := MakeDir(dir, "alice"); err != nil {
		t.Errorf("MakeDir of what is there: %v", err)
	} else {
		d.Close()
	}
	wantNames(t, path, "alice", "bob")
}

func isAlike(err error) bool {
	_, ok := errors.AsType[*AlikeError](err)
	return ok
}

func wantNames(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %q, want %q", path, names, want)
	}
}

// A file system that ignores letter case shows one entry for two names.
func TestMayFold(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{"alice", "bob", "Bob", "42"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if bob, err := os.Stat(filepath.Join(path, "bob")); err != nil {
		t.Fatal(err)
	} else if Bob, err := os.Stat(filepath.Join(path, "Bob")); err != nil || os.SameFile(bob, Bob) {
		t.Skip("this is one")
	}
	sensitive := func(name string) (fs.FileInfo, error) { return os.Lstat(filepath.Join(path, name)) }
	folding := func(name string) (fs.FileInfo, error) { return sensitive(strings.ToLower(name)) }
	for _, name := range []string{"alice", "Alice", "bob"} {
		fi, err := folding(name)
		if err != nil {
			t.Fatal(err)
		}
		if !mayFold(fi, name, folding) {
			t.Errorf("%s is not noticed where case is ignored", name)
		}
	}
	for _, name := range []string{"alice", "bob", "Bob"} {
		fi, err := sensitive(name)
		if err != nil {
			t.Fatal(err)
		}
		if mayFold(fi, name, sensitive) && !alwaysFolds {
			t.Errorf("%s is suspected where case counts", name)
		}
	}
}

// What another process made between the look and the making is found, and neither stands beside the other.
func TestMadeAtOnce(t *testing.T) {
	path := t.TempDir()
	dir := openRoot(t, path)
	const unseen = "al\u200cice" // which file systems that ignore the case of letters tell from alice
	for _, name := range []string{unseen, "bob"} {
		if err := os.Mkdir(filepath.Join(path, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := makeNew(dir, "alice"); !isAlike(err) {
		t.Errorf("beside %q: %v, want an *AlikeError", unseen, err)
	}
	made, err := makeNew(dir, "carol")
	if err != nil {
		t.Fatal(err)
	}
	made.Close()
	wantNames(t, path, unseen, "bob", "carol")
}
