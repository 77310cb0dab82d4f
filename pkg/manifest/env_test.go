package manifest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWarnings(t *testing.T) {
	// A32: the scope that a manifest asks for is ignored.
	m := mustParse(t, head+"[env.__x]\ntype = 'text'\n[env.ASTRID_SOCKET_PATH]\ntype = 'text'\n[env.k]\ntype = 'secret'\nscope = 'shared'\n")
	var got []Warning
	for _, w := range m.Warnings() {
		w.Reason, _, _ = strings.Cut(w.Reason, " ")
		got = append(got, w)
	}
	want := []Warning{{4, 6, "__x"}, {6, 6, "ASTRID_SOCKET_PATH"}, {10, 1, "scope"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestIsSecret(t *testing.T) {
	// A18, and a letter that only Unicode folds to an s.
	for kind, want := range map[string]bool{
		"secret": true, "SECRET": true, "Secret": true, "ſecret": false, "secret ": false, "text": false, "": false,
	} {
		if got := (EnvField{Type: kind}).IsSecret(); got != want {
			t.Errorf("%q: %v", kind, got)
		}
	}
}

func TestDefaults(t *testing.T) {
	tests := []struct{ toml, want string }{
		{`"text"`, "text"},
		{`""`, ""},
		{`"5"`, "5"},
		{"'<a> & \"b\"'", `<a> & "b"`},
		{"5", "5"},
		{"0xff", "255"},
		{"5.0", "5.0"},
		{"1e-7", "1e-7"},
		{"nan", "null"},
		{"true", "true"},
		{"1979-05-27 07:32:00Z", "1979-05-27T07:32:00Z"},
		{"[]", "[]"},
		{"{}", "{}"},
		{`["a", 'b"', "<&>", "\u0001\u2028\n"]`, "[\"a\",\"b\\\"\",\"<&>\",\"\\u0001\u2028\\n\"]"},
		{"[1, 2.0, [true]]", "[1,2.0,[true]]"},
		{"{ b = 1, a.z = 2, a.y = 07:32:00 }", `{"a":{"y":"07:32:00","z":2},"b":1}`},
	}
	for _, test := range tests {
		m := mustParse(t, head+"[env.k]\ntype = 'text'\ndefault = "+test.toml+"\n")
		f, _ := m.Env("k")
		if f.Default.IsZero() || f.Default.Text() != test.want {
			t.Errorf("%s: got %q, want %q", test.toml, f.Default.Text(), test.want)
		}
	}
	m := mustParse(t, head+"[env.k]\ntype = 'text'\n[env.k.default]\nb = 1\n[[env.k.default.a]]\nc = 2\n")
	if f, _ := m.Env("k"); f.Default.Text() != `{"a":[{"c":2}],"b":1}` {
		t.Errorf("default in its own table: %s", f.Default.Text())
	}
	if got := len(m.Unknown()); got != 0 {
		t.Errorf("%d unknown keys below a default", got)
	}
}

func TestParseValue(t *testing.T) {
	choice := EnvField{Key: "k", Type: TypeSelect, EnumValues: []string{"a", "b\x1b"}}
	list := EnvField{Key: "k", Type: TypeArray, EnumValues: []string{"ignored"}}
	for _, test := range []struct {
		field       EnvField
		typed, want string
	}{
		{EnvField{Type: TypeText}, "any thing", "any thing"},
		{EnvField{Type: "unheard-of", EnumValues: []string{"a"}}, "", ""},
		{choice, "a", "a"},
		{choice, "b\x1b", "b\x1b"},
		{EnvField{Type: TypeSelect}, "without choices", "without choices"},
		{list, "", "[]"},
		{list, "a", `["a"]`},
		{list, "a,b", `["a","b"]`},
		{list, " a,,<b>\"", `[" a","","<b>\""]`},
		{list, "[]", "[]"},
		{list, ` [a`, `[" [a"]`},
		{list, `[ "a,b", "\u0041" ]`, `["a,b","A"]`},
	} {
		if got, err := test.field.ParseValue(test.typed); got != test.want || err != nil {
			t.Errorf("%+v, %q: got %q, %v; want %q", test.field, test.typed, got, err, test.want)
		}
	}
	for _, test := range []struct {
		field       EnvField
		typed, want string
	}{
		{choice, "A", `invalid value for k: must be one of a, "b\x1b"`},
		{choice, "", `invalid value for k: must be one of a, "b\x1b"`},
		{list, `["marked",1]`, "invalid value for k: must be items separated by commas, or a JSON array of strings"},
		{list, `["marked",null]`, "invalid value for k: must be items separated by commas, or a JSON array of strings"},
		{list, `["marked"`, "invalid value for k: must be items separated by commas, or a JSON array of strings"},
		{list, "\xff", "invalid value for k: must be UTF-8 text"},
		{EnvField{Key: "\x1b"}, "\xff", `invalid value for "\x1b": must be UTF-8 text`},
	} {
		got, err := test.field.ParseValue(test.typed)
		if _, ok := errors.AsType[*ValueError](err); !ok || got != "" || err.Error() != test.want {
			t.Errorf("%q: got %q, %v; want %s", test.typed, got, err, test.want)
		}
	}
}

// A value that an operator set reads as the default of the same items would.
func TestParseValueReadsAsDefault(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOf(rapid.StringMatching(`[^,\[]*`)).Draw(t, "items")
		if len(items) == 0 || len(items) == 1 && items[0] == "" {
			return // no items and one empty one are typed alike
		}
		want := &node{kind: kindArray}
		for _, item := range items {
			want.items = append(want.items, &node{kind: kindString, text: item})
		}
		list := EnvField{Key: "k", Type: TypeArray}
		got, err := list.ParseValue(strings.Join(items, ","))
		if err != nil || got != newValue(want).Text() {
			t.Fatalf("got %q, %v; want %q", got, err, newValue(want).Text())
		}
		if again, err := list.ParseValue(got); again != got || err != nil {
			t.Fatalf("stored %q, typed again %q, %v", got, again, err)
		}
	})
}
