package overlay_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"astrid/pkg/overlay"

	"github.com/google/go-cmp/cmp"
)

func TestParseTexts(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{`"text"`, "text"},
		{`""`, ""},
		{`"é\u00e9\n\t\"\\\/\u2028"`, "éé\n\t\"\\/\u2028"},
		{`"\ud83d\ude00"`, "😀"},
		{`"a\u0000b"`, "a\x00b"},
		{`"<&>"`, "<&>"},
		{`0`, "0"},
		{`-0`, "-0"},
		{`5.0`, "5.0"},
		{`1e400`, "1e400"},
		{`1E+2`, "1E+2"},
		{`12345678901234567890123`, "12345678901234567890123"},
		{`true`, "true"},
		{`false`, "false"},
		{`[]`, "[]"},
		{`{}`, "{}"},
		{`[ 1 , "a" , null , true , [ ] , { } ]`, `[1,"a",null,true,[],{}]`},
		{`{ "b" : 5.0 , "a" : { "z" : 1 , "y" : [ 2 ] } }`, `{"a":{"y":[2],"z":1},"b":5.0}`},
		{`{"é":1,"z":2,"Z":3,"":4}`, `{"":4,"Z":3,"z":2,"é":1}`},
		{`{"\ud83d\ude00":1,"\uff5e":2}`, "{\"\uff5e\":2,\"😀\":1}"}, // by byte, where UTF-16 sorts the other way
		{`["<&>\u2028\u007f"]`, "[\"<&>\u2028\x7f\"]"},
		{`["\u0008\u000c\n\r\t\u001f\"\\\/"]`, `["\b\f\n\r\t\u001f\"\\/"]`},
	} {
		o, err := overlay.Parse("f", []byte(`{"k":`+c.value+`}`))
		if err != nil {
			t.Errorf("%s: %v", c.value, err)
			continue
		}
		got, ok := o.Lookup("k")
		if !ok || got != c.want {
			t.Errorf("%s reads as %q, %v; want %q", c.value, got, ok, c.want)
		}
		if isString := c.value[0] == '"'; (len(o.Foreign()) == 0) != isString {
			t.Errorf("%s: foreign keys %q", c.value, o.Foreign())
		}
	}
}

func TestParseKeys(t *testing.T) {
	o, err := overlay.Parse("f", []byte(` { "b":"1", "B":"2", "a b/c:\u0000":"3", "":"4", "gone":null, "n":5 } `))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "B", "a b/c:\x00", "b", "n"}, o.Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"gone", "n"}, o.Foreign()); diff != "" {
		t.Errorf("foreign keys (-want +got):\n%s", diff)
	}
	if text, ok := o.Lookup("gone"); ok {
		t.Errorf("null has the value %q", text)
	}
	if text, ok := o.Lookup("B"); !ok || text != "2" {
		t.Errorf("a key in another letter case is another key: %q, %v", text, ok)
	}
}

func TestParseErrors(t *testing.T) {
	deep := func(n int) string { return `{"k":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	if _, err := overlay.Parse("f", []byte(deep(overlay.MaxDepth-1))); err != nil {
		t.Errorf("as deep as may be: %v", err)
	}
	for _, c := range []struct {
		name, data   string
		line, column int
		reason       string
	}{
		{"empty", "", 1, 1, "ends before"},
		{"blank", " \n\n", 3, 1, "ends before"},
		{"array", ` ["a"]`, 1, 2, "not a JSON object"},
		{"string", "\n\"canary\"", 2, 1, "not a JSON object"},
		{"null", "null", 1, 1, "not a JSON object"},
		{"word", "canary", 1, 1, "malformed"},
		{"BOM", "\ufeff{}", 1, 1, "malformed"},
		{"cut", "{\n  \"k\": \"canary", 2, 15, "ends before"},
		{"cut after a key", "{\"k\"", 1, 5, "ends before"},
		{"trailing", "{}\n x", 2, 2, "more data"},
		{"trailing object", "{}{}", 1, 3, "more data"},
		{"trailing bracket", "{}]", 1, 3, "more data"},
		{"comma after", "{},", 1, 3, "more data"},
		{"trailing NUL", "{}\x00", 1, 3, "more data"},
		{"trailing comma", "{\"k\":\"canary\",}", 1, 14, "malformed"},
		{"duplicate", "{\"a\":\"canary\",\n \"b\":\"x\", \"a\":\"canary\"}", 2, 11, `duplicate key "a"`},
		{"duplicate by escape", `{"a":"x","\u0061":"canary"}`, 1, 10, `duplicate key "a"`},
		{"duplicate within", `{"k":{"a":1,"a":2}}`, 1, 13, `duplicate key "a"`},
		{"key is no string", `{5:"canary"}`, 1, 2, "key must be a string"},
		{"single quotes", `{'k':"canary"}`, 1, 2, "malformed"},
		{"comment", "{} // canary", 1, 4, "more data"},
		{"control character", "{\"k\":\"can\nary\"}", 1, 10, "malformed"},
		{"escape", `{"k":"\x canary"}`, 1, 7, "malformed"},
		{"lone surrogate", `{"k":"canary\ud800"}`, 1, 13, "malformed"},
		{"not UTF-8", "{\"k\":\"canary\xff\"}", 1, 13, "not UTF-8"},
		{"not UTF-8 in a key", "{\"\xc3\":\"canary\"}", 1, 3, "not UTF-8"},
		{"number", `{"k":01}`, 1, 7, "malformed"},
		{"NaN", `{"k":NaN}`, 1, 6, "malformed"},
		{"too deep", deep(overlay.MaxDepth), 1, 5 + overlay.MaxDepth, "nested too deep"},
		{"far too deep", `{"k":` + strings.Repeat(`{"a":`, 100_000), 1, 1 + 5*overlay.MaxDepth, "nested too deep"},
	} {
		_, err := overlay.Parse("alice/openai.env.json", []byte(c.data))
		e, ok := errors.AsType[*overlay.SyntaxError](err)
		if !ok {
			t.Errorf("%s: %v, want a *SyntaxError", c.name, err)
			continue
		}
		if e.File != "alice/openai.env.json" || e.Line != c.line || e.Column != c.column || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%s: %v, want %d:%d: %s", c.name, e, c.line, c.column, c.reason)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error holds a value: %v", c.name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "{}", `{"a":"1","b":2}`, `{"a":null,"b":[1,{"z":1e9,"a":"\u0000"}]}`, `{"a":1,"a":2}`, `{"k":"\ud800"}`,
		"{\"k\":\"\xff\"}", "\ufeff{}", `{"é":"<&>\u2028"}`, `{} {}`, strings.Repeat(`{"k":`, 200),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := overlay.Parse("f", data)
		if err != nil {
			e, ok := errors.AsType[*overlay.SyntaxError](err)
			if !ok || e.Line < 1 || e.Column < 1 || e.Line > 1+strings.Count(string(data), "\n") {
				t.Fatalf("%#v", err)
			}
			return
		}
		// Whatever we accept, another parser reads alike.
		var want map[string]any
		if err := json.Unmarshal(data, &want); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		for key, v := range want {
			text, ok := o.Lookup(key)
			if s, isString := v.(string); isString && (!ok || text != s) || ok != (v != nil) {
				t.Errorf("%q is %q, %v; want %q", key, text, ok, v)
			}
		}
		wantRoundTrip(t, o)
	})
}

// wantRoundTrip checks that what Encode writes is read as the same strings, by us and by others.
func wantRoundTrip(t interface {
	Helper()
	Fatalf(string, ...any)
}, o *overlay.Overlay,
) {
	t.Helper()
	data := o.Encode()
	again, err := overlay.Parse("f", data)
	if err != nil {
		t.Fatalf("cannot read what was written: %v\n%s", err, data)
	}
	strings := make(map[string]string)
	if err := json.Unmarshal(data, &strings); err != nil {
		t.Fatalf("no object of strings: %v\n%s", err, data)
	}
	if diff := cmp.Diff(o.Keys(), again.Keys()); diff != "" || len(again.Foreign()) != 0 || len(strings) != len(o.Keys()) {
		t.Fatalf("keys (-want +got):\n%s", diff)
	}
	for _, key := range o.Keys() {
		want, _ := o.Lookup(key)
		if got, ok := again.Lookup(key); !ok || got != want || strings[key] != want {
			t.Fatalf("%q: %q became %q", key, want, got)
		}
	}
	if string(again.Encode()) != string(data) || !utf8.Valid(data) {
		t.Fatalf("encoding is not stable:\n%s", data)
	}
}
