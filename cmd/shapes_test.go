package cmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// shapes are the fields and types that docs/cli promises for the JSON of each command. All that the scripts make a
// command print is compared with them.
type shapes struct {
	verbs   map[string]map[string]string // by command, as "secret list": its fields with their types
	scripts int

	mu   sync.Mutex
	ran  int
	seen map[string]bool // "secret list key"
}

func readShapes(t *testing.T) *shapes {
	t.Helper()
	s := &shapes{verbs: map[string]map[string]string{}, seen: map[string]bool{}}
	pages, err := filepath.Glob(filepath.Join("..", "docs", "cli", "astrid-*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("there is no reference: %v", err)
	}
	row := regexp.MustCompile("(?m)^\\| `(.+?)` \\| (.+) \\|$")
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, section, ok := strings.Cut(string(text), "\n## JSON fields\n")
		if !ok {
			continue
		}
		section, _, _ = strings.Cut(section, "\n## ")
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# astrid "), "\n")
		fields := map[string]string{}
		for _, m := range row.FindAllStringSubmatch(section, -1) {
			fields[m[1]] = strings.ReplaceAll(m[2], `\`, "")
		}
		s.verbs[title] = fields
	}
	return s
}

// check compares what a command printed with what is promised for its fields.
func (s *shapes) check(ts *testscript.TestScript, args []string) {
	verb, fields := s.verb(args)
	names := jsonFlag(args)
	if i := slices.Index(args, "--jq"); i > 0 {
		if names != nil || args[i+1] != "." {
			return // it may print anything
		}
		names = slices.Collect(maps.Keys(fields))
	}
	if fields == nil || names == nil {
		return
	}
	d := json.NewDecoder(bytes.NewReader([]byte(ts.ReadFile("stdout"))))
	d.UseNumber()
	for d.More() {
		var doc any
		ts.Check(d.Decode(&doc))
		records, ok := doc.([]any)
		if !ok {
			records = []any{doc}
		}
		for _, r := range records {
			record, ok := r.(map[string]any)
			if !ok {
				ts.Fatalf("%s --json prints %v, which is no object", verb, r)
			}
			if got, want := slices.Sorted(maps.Keys(record)), slices.Compact(slices.Sorted(slices.Values(names))); !slices.Equal(got, want) {
				ts.Fatalf("%s --json prints the fields %q, and was asked for %q", verb, got, want)
			}
			for name, value := range record {
				if !hasType(value, fields[name]) {
					ts.Fatalf("%s --json: the field %s is documented as %s and is %v", verb, name, fields[name], value)
				}
				s.mu.Lock()
				s.seen[verb+" "+name] = true
				s.mu.Unlock()
			}
		}
	}
}

// verb returns the command that arguments begin with.
func (s *shapes) verb(args []string) (string, map[string]string) {
	for n := min(len(args), 3); n > 0; n-- {
		verb := strings.Join(args[:n], " ")
		if fields, ok := s.verbs[verb]; ok {
			return verb, fields
		}
	}
	return "", nil
}

// jsonFlag returns the fields that --json was given, nil for none.
func jsonFlag(args []string) []string {
	for i, arg := range args {
		switch list, ok := strings.CutPrefix(arg, "--json="); {
		case ok:
			return strings.Split(list, ",")
		case arg == "--json" && i+1 < len(args):
			return strings.Split(args[i+1], ",")
		case arg == "--":
			return nil
		}
	}
	return nil
}

// done counts a script that came to its end.
func (s *shapes) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ran++
}

// complete checks that the scripts had every field of every command printed, if all of them ran.
func (s *shapes) complete(t *testing.T) {
	if s.ran < s.scripts || t.Failed() || runtime.GOOS == "windows" { // some scripts skip what is not there
		return
	}
	for verb, fields := range s.verbs {
		for name := range fields {
			if !s.seen[verb+" "+name] {
				t.Errorf("no script has astrid %s print the field %s", verb, name)
			}
		}
	}
}

// hasType reports whether a JSON value has a type, as the reference writes it.
func hasType(value any, typ string) bool {
	if inner, ok := strings.CutSuffix(typ, " or null"); ok {
		return value == nil || hasType(value, inner)
	}
	if inner, ok := strings.CutPrefix(typ, "array of "); ok {
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(v any) bool { return !hasType(v, inner) })
	}
	object, isObject := value.(map[string]any)
	switch inner, ok := strings.CutPrefix(typ, "object of "); {
	case ok:
		for _, v := range object {
			if !hasType(v, inner) {
				return false
			}
		}
		return isObject
	case strings.HasPrefix(typ, "{"):
		return isObject
	case typ == "string":
		_, ok := value.(string)
		return ok
	case typ == "boolean":
		_, ok := value.(bool)
		return ok
	case typ == "number":
		_, ok := value.(json.Number)
		return ok
	}
	return false
}

func TestHasType(t *testing.T) {
	for _, test := range []struct {
		typ, value string
		want       bool
	}{
		{"string", `"a"`, true},
		{"string", `null`, false},
		{"string or null", `null`, true},
		{"number", `"1"`, false},
		{"number", `1`, true},
		{"boolean", `true`, true},
		{"boolean", `0`, false},
		{"array of string or null", `["a"]`, true},
		{"array of string or null", `null`, true},
		{"array of string or null", `[null]`, false},
		{"object of number or null", `{"a":1}`, true},
		{"object of number or null", `{"a":"b"}`, false},
		{"array of {a: string} or null", `[{"a":"b"}]`, true},
		{"array of {a: string} or null", `[1]`, false},
		{"any", `1`, false},
	} {
		d := json.NewDecoder(strings.NewReader(test.value))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if got := hasType(v, test.typ); got != test.want {
			t.Errorf("%s as %s: %v", test.value, test.typ, got)
		}
	}
	if got := fmt.Sprint(jsonFlag([]string{"a", "--json=b,c"}), jsonFlag([]string{"--json", "d"}), jsonFlag([]string{"--", "--json", "d"})); got != "[b c] [d] []" {
		t.Error(got)
	}
}
