package home_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"astrid/pkg/home"
)

// Every way in which a name can be wrong, and who must not take it. A name that one of them takes is one component of a
// path, on every system.
func TestEveryWrongName(t *testing.T) {
	const principalOf, capsuleOf, keyOf, lookupOf = "principal", "capsule", "key", "lookup"
	all := principalOf + capsuleOf + keyOf + lookupOf
	written := principalOf + capsuleOf + keyOf // what only names of ours must not be
	for _, tt := range []struct{ what, name, refusedBy string }{
		{"empty", "", all},
		{"here", ".", all},
		{"above", "..", all},
		{"three dots", "...", written},
		{"a separator", "a/b", all},
		{"a separator of Windows", `a\b`, all},
		{"absolute", "/abs", all},
		{"above and down", "../bob", all},
		{"a separator at the end", "a/", all},
		{"longer than a file name may be", strings.Repeat("a", 256), all},
		{"NUL", "a\x00b", all},
		{"newline", "a\nb", all},
		{"carriage return", "a\r", all},
		{"escape", "a\x1b[2J", all},
		{"delete", "a\x7f", all},
		{"C1 control", "a\u009bm", all},
		{"a stream of Windows", "a:b", all},
		{"a drive", "c:", all},
		{"a hyphen first", "-rf", keyOf},
		{"a dot first", ".a", written},
		{"a dot last", "a.", principalOf + capsuleOf},
		{"a space last", "a ", written},
		{"a space", "a b", written},
		{"a device", "con", all},
		{"a device in capitals", "NUL", all},
		{"a device with a suffix", "aux.txt", all},
		{"a device with a space", "lpt1 .x", all},
		{"a port", "com9", all},
		{"our temporary files", ".astrid-X.tmp", all},
		{"our lock", ".astrid.lock", all},
		{"our record of a removal", ".astrid-removing-alice", written},
		{"not UTF-8", "a\xff", all},
		{"half a surrogate pair", "a\xed\xa0\x80", all},
		{"composed", "caf\u00e9", written},
		{"decomposed", "cafe\u0301", written},
		{"right to left", "a\u202eb", written},
		{"of no width", "a\u200bb", written},
		{"byte order mark", "\ufeffa", written},
		{"full width", "\uff41", written},
		{"the Kelvin sign", "\u212aelvin", written},
		{"percent-encoded", "..%2fbob", written},
		{"a tilde", "~root", written},
		{"a variable", "$HOME", written},
		{"an asterisk", "*", written},
		{"the host's slot", home.HostSlot, principalOf + capsuleOf},
		{"capitals", "Alice", capsuleOf},
	} {
		for by, parse := range map[string]func(string) (string, error){
			principalOf: func(s string) (string, error) { p, err := home.ParsePrincipal(s); return p.String(), err },
			capsuleOf:   func(s string) (string, error) { c, err := home.ParseCapsuleID(s); return c.String(), err },
			keyOf:       func(s string) (string, error) { k, err := home.ParseKey(s); return k.String(), err },
			lookupOf:    func(s string) (string, error) { k, err := home.LookupKey(s); return k.String(), err },
		} {
			got, err := parse(tt.name)
			_, named := errors.AsType[*home.NameError](err)
			if refused := strings.Contains(tt.refusedBy, by); refused != named || err == nil && got != tt.name {
				t.Errorf("%s %q as a %s: %q, %v", tt.what, tt.name, by, got, err)
			}
			if err == nil {
				wantComponent(t, tt.name, 255)
			}
		}
	}
}

func FuzzParseCapsuleID(f *testing.F) {
	seedNames(f)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := home.ParseCapsuleID(s)
		if err != nil {
			return
		}
		if c.String() != s {
			t.Errorf("ParseCapsuleID(%q) = %q", s, c)
		}
		wantComponent(t, s, home.MaxCapsuleID)
		if again, err := home.ParseOverlayName(s + ".env.json"); err != nil || again != c {
			t.Errorf("the overlay of %q is that of %q, %v", s, again, err)
		}
	})
}

// FuzzContext reads what says who is active: a principal, or an error that names the file.
func FuzzContext(f *testing.F) {
	for _, s := range []string{
		"", "active_agent = \"alice\"\n", "active_agent = 1", "active_agent = ''", "active_agent = '__host__'", "ACTIVE_AGENT = 'bob'",
		"active_agent = 'a'\nactive_agent = 'b'", "[active_agent]\nx=1", "\xff", "\ufeffactive_agent='a'", "active_agent = \"\\ud800\"", strings.Repeat("[", 20000),
	} {
		f.Add([]byte(s))
	}
	h, err := home.At(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	nothing := func(string) (string, bool) { return "", false }
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := h.ContextFile().Write(data); err != nil {
			t.Fatal(err)
		}
		p, err := h.ActivePrincipal("", false, nothing)
		_, wrong := errors.AsType[*home.ContextError](err)
		_, large := errors.AsType[*home.TooLargeError](err)
		switch {
		case err != nil && !wrong && !large:
			t.Errorf("%v", err)
		case err == nil && p.IsZero():
			t.Error("it is nobody")
		}
		if err := os.Remove(h.ContextFile().Path()); err != nil {
			t.Fatal(err)
		}
	})
}
