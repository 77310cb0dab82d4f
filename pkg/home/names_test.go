package home_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"astrid/pkg/home"
)

// Vector A5.
func TestVectorA5Principal(t *testing.T) {
	for _, c := range []struct{ in, reason string }{
		{strings.Repeat("a", 64), ""},
		{"Alice_2-x", ""},
		{"-", ""},
		{strings.Repeat("a", 65), "longer than 64 bytes"},
		{"", "must not be empty"},
		{"foo.bar", "only letters"},
		{"foo bar", "only letters"},
		{"foo/bar", "only letters"},
		{"zoë", "only letters"},
		{"a\x00", "only letters"},
		{"a\n", "only letters"},
		{"__host__", "reserved"},
		{"con", "device"},
		{"NUL", "device"},
		{"Com7", "device"},
	} {
		p, err := home.ParsePrincipal(c.in)
		wantName(t, c.in, err, home.KindPrincipal, c.reason)
		if c.reason == "" && p.String() != c.in || c.reason != "" && !p.IsZero() {
			t.Errorf("ParsePrincipal(%q) = %q", c.in, p)
		}
	}
}

func TestParseCapsuleID(t *testing.T) {
	for _, c := range []struct{ in, reason string }{
		{strings.Repeat("z", 128), ""},
		{"open-ai-2", ""},
		{"-", ""},
		{"42", ""},
		{strings.Repeat("z", 129), "longer than 128 bytes"},
		{"", "must not be empty"},
		{"OpenAI", "only lower-case letters"},
		{"a_b", "only lower-case letters"},
		{"../x", "only lower-case letters"},
		{"a.env.json", "only lower-case letters"},
		{"aux", "device"},
		{"lpt1", "device"},
	} {
		id, err := home.ParseCapsuleID(c.in)
		wantName(t, c.in, err, home.KindCapsule, c.reason)
		if c.reason == "" && id.String() != c.in || c.reason != "" && !id.IsZero() {
			t.Errorf("ParseCapsuleID(%q) = %q", c.in, id)
		}
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct{ in, write, read string }{
		{"api_key", "", ""},
		{"API.KEY-2", "", ""},
		{"_x", "", ""},
		{strings.Repeat("k", 128), "", ""},
		{strings.Repeat("k", 129), "longer than 128", ""},
		{strings.Repeat("k", 255), "longer than 128", ""},
		{strings.Repeat("k", 256), "longer than 128", "longer than 255"},
		{"", "empty", "empty"},
		{".", "begin with", "directory reference"},
		{"..", "begin with", "directory reference"},
		{".hidden", "begin with", ""},
		{".api_key.tmp", "begin with", ""},
		{"-rf", "begin with", ""},
		{"a b", "only letters", ""},
		{"a/b", "only letters", "separator"},
		{`a\b`, "only letters", "separator"},
		{"/abs", "only letters", "separator"},
		{"ns:key", "only letters", "separator"},
		{"bad\x00key", "only letters", "control"},
		{"two\nlines", "only letters", "control"},
		{"c1\u0085", "only letters", "control"},
		{"\xff", "only letters", "UTF-8"},
		{"%2e%2e%2f", "only letters", ""},
		{"clé", "only letters", ""},
		{"con", "device", "device"},
		{"NUL.txt", "device", "device"},
		{"com0", "device", "device"},
		{"common", "", ""},
		{".astrid.lock", "begin with", "temporary"},
		{".astrid-ABC.tmp", "begin with", "temporary"},
	} {
		_, err := home.ParseKey(c.in)
		wantName(t, c.in, err, home.KindKey, c.write)
		k, err := home.LookupKey(c.in)
		wantName(t, c.in, err, home.KindKey, c.read)
		if c.read == "" && k.String() != c.in {
			t.Errorf("LookupKey(%q) = %q", c.in, k)
		}
	}
}

// The operator who mistakes the grammar of a command types the secret where the key belongs.
func TestKeyErrorsHideTheKey(t *testing.T) {
	const typed = "sk-live hunter2"
	_, err := home.ParseKey(typed)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("ParseKey: %v", err)
	}
	_, err = home.LookupKey(typed + "\x00")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("LookupKey: %v", err)
	}
}

func TestKeyCheckSet(t *testing.T) {
	for in, reason := range map[string]string{
		"api_key": "", "_x": "", "astrid_socket_path": "",
		"__x": "reserved", "__host__": "reserved", "__": "reserved",
		"ASTRID_SOCKET_PATH": "belongs to the host",
		".hidden":            "begin with",
		"a b":                "only letters",
	} {
		k, err := home.LookupKey(in)
		if err != nil {
			t.Fatal(err)
		}
		wantName(t, in, k.CheckSet(), home.KindKey, reason)
	}
}

func TestScope(t *testing.T) {
	alice := principal(t, "alice")
	for in, want := range map[string]home.Scope{
		"principal": home.PrincipalScope(alice), "agent": home.PrincipalScope(alice),
		"host": home.HostScope(), "shared": home.HostScope(),
	} {
		if got, err := home.ParseScope(in, alice); err != nil || got != want {
			t.Errorf("ParseScope(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "Host", "alice", "__host__"} {
		_, err := home.ParseScope(in, alice)
		wantName(t, in, err, home.KindScope, "want principal or host")
	}
	if p, ok := home.PrincipalScope(alice).Principal(); !ok || p != alice {
		t.Errorf("Principal() = %v, %v", p, ok)
	}
	if _, ok := home.HostScope().Principal(); ok || !home.HostScope().IsHost() {
		t.Error("the host's scope has a principal")
	}
	// A principal that was never set must not become everybody.
	if zero := home.PrincipalScope(home.Principal{}); zero.IsHost() || !zero.IsZero() {
		t.Error("the scope of no principal is the host's")
	}
}

func TestNameErrorIsBoundedAndInert(t *testing.T) {
	_, err := home.ParsePrincipal("\x1b]0;owned\a" + strings.Repeat("x", 1<<20))
	if err == nil || len(err.Error()) > 2048 || strings.ContainsFunc(err.Error(), unicode.IsControl) {
		t.Errorf("error of %d bytes: %.100q", len(err.Error()), err)
	}
}

func wantName(t *testing.T, in string, err error, kind home.Kind, reason string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Errorf("%q: %v, want none", in, err)
		}
		return
	}
	e, ok := errors.AsType[*home.NameError](err)
	if !ok || e.Kind != kind || !strings.Contains(e.Reason, reason) {
		t.Errorf("%q: %v, want a *NameError for a %s that says %q", in, err, kind, reason)
	}
}

func principal(t testing.TB, s string) home.Principal {
	t.Helper()
	p, err := home.ParsePrincipal(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func capsule(t testing.TB, s string) home.CapsuleID {
	t.Helper()
	c, err := home.ParseCapsuleID(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func key(t testing.TB, s string) home.Key {
	t.Helper()
	k, err := home.LookupKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func seedNames(f *testing.F) {
	for _, s := range []string{
		"", ".", "..", "default", "__host__", "api_key", "ns:key", "bad\x00key", "a/b", `a\b`, "con", "NUL.txt", "lpt9 .x",
		"\u202etxt", "é", "e\u0301", "\xff", ".astrid-X.tmp", ".astrid.lock", strings.Repeat("a", 256),
	} {
		f.Add(s)
	}
}

func FuzzParsePrincipal(f *testing.F) {
	seedNames(f)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := home.ParsePrincipal(s)
		if err != nil {
			return
		}
		if p.String() != s || s == home.HostSlot {
			t.Errorf("ParsePrincipal(%q) = %q", s, p)
		}
		wantComponent(t, s, home.MaxPrincipal)
	})
}

func FuzzParseKey(f *testing.F) {
	seedNames(f)
	f.Fuzz(func(t *testing.T, s string) {
		k, err := home.ParseKey(s)
		if err != nil {
			return
		}
		wantComponent(t, s, home.MaxKey)
		if read, err := home.LookupKey(s); err != nil || read != k {
			t.Errorf("%q may be written and not read: %v", s, err)
		}
	})
}

func FuzzLookupKey(f *testing.F) {
	seedNames(f)
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := home.LookupKey(s); err == nil {
			wantComponent(t, s, 255)
		}
	})
}

// wantComponent checks that s can be nothing but the name of one file.
func wantComponent(t *testing.T, s string, limit int) {
	t.Helper()
	if s == "" || s == "." || s == ".." || len(s) > limit || !utf8.ValidString(s) ||
		strings.ContainsAny(s, `/\:`) || strings.ContainsFunc(s, unicode.IsControl) {
		t.Errorf("%q was accepted", s)
	}
}
