package envfile_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"astrid/internal/envfile"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []envfile.Pair
	}{
		"nothing":             {"", nil},
		"blank and comments":  {"\n \t\n# a comment\n  # another\r\n", nil},
		"plain":               {"a=1\nB_2=x/y:z\n", []envfile.Pair{{"a", "1", 1, false}, {"B_2", "x/y:z", 2, false}}},
		"byte order mark":     {"\ufeffa=1", []envfile.Pair{{"a", "1", 1, false}}},
		"no end of line":      {"a=1", []envfile.Pair{{"a", "1", 1, false}}},
		"CRLF":                {"a=1\r\nb='2'\r\n", []envfile.Pair{{"a", "1", 1, false}, {"b", "2", 2, false}}},
		"empty":               {"a=\nb=''\nc=\"\"", []envfile.Pair{{"a", "", 1, false}, {"b", "", 2, false}, {"c", "", 3, false}}},
		"export":              {"export a=1\nexport  b=2\nexport=3", []envfile.Pair{{"a", "1", 1, false}, {"b", "2", 2, false}, {"export", "3", 3, false}}},
		"nothing is expanded": {"a=$HOME\nb=${x}\nc=$12345", []envfile.Pair{{"a", "$HOME", 1, false}, {"b", "${x}", 2, false}, {"c", "$12345", 3, false}}},
		"signs in the middle": {"url=http://h/?a=b&c=d", []envfile.Pair{{"url", "http://h/?a=b&c=d", 1, false}}},
		"single quotes":       {`a='a "b" \n $c #d'`, []envfile.Pair{{"a", `a "b" \n $c #d`, 1, false}}},
		"double quotes":       {`a="it's \"x\" \\ \$ \` + "`" + ` \n\r\t#"`, []envfile.Pair{{"a", "it's \"x\" \\ $ ` \n\r\t#", 1, false}}},
		"over lines":          {"a='one\ntwo\n' # why\nb=\"three\n\"\nc=4", []envfile.Pair{{"a", "one\ntwo\n", 1, false}, {"b", "three\n", 4, false}, {"c", "4", 6, false}}},
		"keys":                {"0.a-b=1\n_=2", []envfile.Pair{{"0.a-b", "1", 1, false}, {"_", "2", 2, false}}},
		"letters":             {"a=é", []envfile.Pair{{"a", "é", 1, false}}},
		"JSON object":         {"\n{\"a\": \"1\",\n\"b c\": \"\\u0000\"}\n", []envfile.Pair{{"a", "1", 2, false}, {"b c", "\x00", 3, false}}},
		"JSON values":         {`{"a": [1, "x"], "b": 5.0, "c": true, "d": {"z": 1}}`, []envfile.Pair{{"a", `[1,"x"]`, 1, true}, {"b", "5.0", 1, true}, {"c", "true", 1, true}, {"d", `{"z":1}`, 1, true}}},
		"empty object":        {"{}", nil},
	} {
		got, err := envfile.Parse([]byte(c.text))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		line   int
		key    string
		reason string
	}{
		"no pair":            {"a=1\ncanary", 2, "", "not KEY=VALUE"},
		"base64":             {"Y2FuYXJ5==", 1, "", "begins with '='"},
		"space before":       {" canary=1", 1, "", "not a key"},
		"space after":        {"canary =1", 1, "", "not a key"},
		"no key":             {"=canary", 1, "", "not a key"},
		"a hyphen first":     {"-canary=1", 1, "", "not a key"},
		"twice":              {"a=canary\n\na=canary2", 3, "a", "set before, on line 1"},
		"two words":          {"a=b canary", 1, "a", "has to be quoted"},
		"trailing space":     {"a=canary ", 1, "a", "has to be quoted"},
		"comment":            {"a=canary#x", 1, "a", "has to be quoted"},
		"quote within":       {"a=can'ary", 1, "a", "has to be quoted"},
		"backslash":          {`a=can\ary`, 1, "a", "has to be quoted"},
		"carriage return":    {"a=can\rary", 1, "a", "has to be quoted"},
		"escape sequence":    {"a=\x1bcanary", 1, "a", "has to be quoted"},
		"no end":             {"\na='canary\nx", 2, "a", "has no end"},
		"no end of double":   {`a="canary\"`, 1, "a", "has no end"},
		"after the end":      {"a='x'canary", 1, "a", "follows the closing quote"},
		"shell's way":        {`a='it'\''s canary'`, 1, "a", "follows the closing quote"},
		"comment too near":   {"a='x'#canary", 1, "a", "follows the closing quote"},
		"after many lines":   {"a='x\n\n' canary", 3, "a", "follows the closing quote"},
		"unknown escape":     {"a=\"\n\\canary\"", 2, "a", "after a backslash"},
		"backslash at end":   {`a="canary\`, 1, "a", "after a backslash"},
		"not UTF-8":          {"a=1\nb=canary\xff", 2, "", "not UTF-8"},
		"NUL":                {"a=1\n\nb=canary\x00", 3, "", "NUL"},
		"too large":          {"canary=" + strings.Repeat("x", envfile.MaxSize), 1, "", "limit of 1048576"},
		"JSON twice":         {"{\"a\":\"canary\",\n\"a\":1}", 2, "a", "set before"},
		"JSON twice no key":  {`{"can ary":"", "can ary":1}`, 1, "", "set before"},
		"JSON null":          {"{\"x\":1,\n\n\"a\":null}", 3, "a", "null"},
		"JSON cut":           {"{\"a\":\n\"canary", 2, "", "ends before"},
		"JSON key":           {`{canary:1}`, 1, "", "malformed"},
		"JSON trailing":      {"{}\n{\"canary\":1}", 1, "", "more after"},
		"JSON trailing text": {"{\"a\":\"b\"}canary", 1, "", "more after"},
		"JSON line feed":     {"\n{\"a\": \"1\",\n\"b\": \"canary\n\"}", 3, "", "malformed"},
		"JSON deep":          {"{\"canary\":" + strings.Repeat("[", 100_000), 1, "", ""},
	} {
		_, err := envfile.Parse([]byte(c.text))
		e, ok := errors.AsType[*envfile.Error](err)
		if !ok {
			t.Errorf("%s: %v, want an *Error", name, err)
			continue
		}
		if e.Line != c.line || e.Key != c.key || !strings.Contains(e.Reason, c.reason) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want line %d, key %q: %s", name, e, c.line, c.key, c.reason)
		}
	}
}

func pairs() *rapid.Generator[[]envfile.Pair] {
	return rapid.Custom(func(t *rapid.T) []envfile.Pair {
		keys := rapid.SliceOfDistinct(rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_]{0,8}`), rapid.ID[string]).Draw(t, "keys")
		var out []envfile.Pair
		for _, k := range keys {
			value := rapid.OneOf(
				rapid.String(), rapid.StringMatching("[a'\"\\\\$`# \n\r\t=!~*]*"),
			).Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }).Draw(t, "value")
			out = append(out, envfile.Pair{Key: k, Value: value})
		}
		return out
	})
}

// Whatever is written is read as it was, in each notation.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := pairs().Draw(t, "pairs")
		for _, n := range []envfile.Notation{envfile.Env, envfile.Shell, envfile.JSON} {
			text, err := envfile.Format(n, want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := envfile.Parse(text)
			if err != nil {
				t.Fatalf("%s: %v\n%s", n, err, text)
			}
			for i := range got {
				got[i].Line = 0
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", n, diff)
			}
		}
	})
}

// A shell reads the same values.
func TestShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	var want []envfile.Pair
	for i, value := range []string{
		"", "plain", "two words", "it's", `"`, `it's "$HOME" \ ` + "`id`", "line\nline\n", "tab\t", "#", "~", "*", "a=b", "$(id)", "!x", "é", "\x1b[31m'", "-n", `\n'`,
	} {
		want = append(want, envfile.Pair{Key: "v" + string(rune('a'+i)), Value: value})
	}
	file := filepath.Join(t.TempDir(), "env")
	for _, n := range []envfile.Notation{envfile.Env, envfile.Shell} {
		text, err := envfile.Format(n, want)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, p := range want {
			out, err := exec.Command(sh, "-c", `set -eu; . "$1"; eval "printf '%s' \"\$$2\""`, "sh", file, p.Key).Output()
			if err != nil || string(out) != p.Value {
				t.Errorf("%s: %q is %q for a shell, %v", n, p.Value, out, err)
			}
		}
	}
}

func TestFormatRefuses(t *testing.T) {
	for _, c := range []struct {
		n    envfile.Notation
		pair envfile.Pair
		want string
	}{
		{envfile.Env, envfile.Pair{Key: "a", Value: "canary\x00"}, "a holds a NUL"},
		{envfile.Env, envfile.Pair{Key: "a b"}, `"a b" is no key`},
		{envfile.Shell, envfile.Pair{Key: "a.b"}, "a.b is no name of a shell's variable"},
		{envfile.Shell, envfile.Pair{Key: "0a"}, "0a is no name"},
	} {
		if _, err := envfile.Format(c.n, []envfile.Pair{c.pair}); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", c.n, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a=1\n# c\nexport B='x\ny' # z\r\nc=\"\\n\\$\\`\"", "a='", "a=\"\\", "==", "a==", "\ufeffa=1", "a=\x00", "{\"a\":\"b\",\"c\":[1,{}]}",
		"{\"a\":1,\"a\":2}", "{\"a\":null}", "{} x", " {", "export a", "export  =1", "a=1\na=2", "a=b c", "a=\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		pairs, err := envfile.Parse(data)
		if err != nil {
			e, ok := errors.AsType[*envfile.Error](err)
			if !ok || e.Line < 1 || e.Line > 1+strings.Count(string(data), "\n") {
				t.Fatalf("%#v", err)
			}
			return
		}
		seen := map[string]bool{}
		line := 1
		for _, p := range pairs {
			if seen[p.Key] || p.Line < line || len(p.Value) > len(data) {
				t.Fatalf("%+v after line %d", p, line)
			}
			seen[p.Key], line = true, p.Line
		}
		text, err := envfile.Format(envfile.Env, pairs)
		if err != nil {
			return // only JSON can express it
		}
		again, err := envfile.Parse(text)
		if err != nil || len(again) != len(pairs) {
			t.Fatalf("%v\n%s", err, text)
		}
		for i := range pairs {
			if again[i].Key != pairs[i].Key || again[i].Value != pairs[i].Value {
				t.Fatalf("%+v became %+v", pairs[i], again[i])
			}
		}
	})
}
