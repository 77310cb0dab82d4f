package wit_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
	"astrid/pkg/component/wit"
)

const testdata = "../../../testdata"

func read(t testing.TB, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// glob returns the files below testdata that match, of which there have to be some.
func glob(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(filepath.FromSlash(testdata), filepath.FromSlash(pattern)))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %v, %v", pattern, paths, err)
	}
	return paths
}

func world(t testing.TB, file []byte) *wit.World {
	t.Helper()
	c, err := binary.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Component(c, core.Limits{}); err != nil {
		t.Fatal(err)
	}
	w, err := wit.Of(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestWorlds checks the text of components against the text that they were made of, or that a WIT parser has taken.
func TestWorlds(t *testing.T) {
	for _, path := range glob(t, "world/*.wit") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			got, err := world(t, read(t, strings.TrimSuffix(path, "wit")+"wasm")).Text()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(read(t, path)), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// unsayable are the fixtures that WIT cannot describe, with why.
func unsayable() map[string]string {
	return map[string]string{
		"circle":          "packages of its interfaces use each other in a circle",
		"core-import":     `"m" is a core module` + "\n" + `WIT cannot describe the component: "c" is a component`,
		"differs":         `interface "test:differs/a" is imported with one "t" and exported with another`,
		"foreign-method":  `"[method]r.m" is a function of a resource that is defined elsewhere`,
		"in-the-world":    `a type in "test:world/b" has a name only where WIT cannot refer to it`,
		"code-root":       `"math" is a core module`,
		"exported-type":   `exports the type "point"`,
		"instance-nested": `interface "test:values/outer" has an instance "inner" in it`,
	}
}

func TestFixtures(t *testing.T) {
	why := unsayable()
	paths := slices.Concat(glob(t, "component/*.wasm"), glob(t, "world/*.wasm"), glob(t, "capsules/*/*.wasm"))
	for _, path := range paths {
		file := read(t, path)
		if binary.Sniff(file) != binary.LayerComponent {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(path), ".wasm")
		text, err := world(t, file).Text()
		want, bad := why[name]
		delete(why, name)
		var reason *wit.UnsayableError
		switch {
		case !bad && errors.As(err, &reason) && !strings.Contains(path, "world"): // a fixture of other packages
			t.Logf("%s: %v", name, err)
		case !bad && (err != nil || !strings.HasPrefix(text, "package root:component")):
			t.Errorf("%s: %v\n%s", name, err, text)
		case bad && (!errors.As(err, &reason) || !strings.Contains(err.Error(), want) || text != ""):
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	if len(why) > 0 {
		t.Errorf("there are no fixtures %v", why)
	}
}

func TestItems(t *testing.T) {
	w := world(t, read(t, testdata+"/world/inline.wasm"))
	want := []wit.Item{
		{Name: "test:inline/types", Kind: "interface", Types: []string{"level"}},
		{Name: "log", Kind: "interface", Types: []string{"writer", "level", "line"}, Funcs: []wit.Func{
			{Name: "[constructor]writer", Type: "constructor(name: string)"},
			{Name: "[method]writer.write", Type: "func(l: line)"},
			{Name: "flush", Type: "func()"},
		}},
		{Name: "importance", Kind: "type"},
		{Name: "job", Kind: "type"},
		{Name: "session", Kind: "type"},
		{Name: "[constructor]session", Kind: "function", Funcs: []wit.Func{{Name: "[constructor]session", Type: "constructor()"}}},
		{Name: "[method]session.cancel", Kind: "function", Funcs: []wit.Func{{Name: "[method]session.cancel", Type: "func(j: job)"}}},
		{Name: "now", Kind: "function", Funcs: []wit.Func{{Name: "now", Type: "func() -> u64"}}},
		{Name: "start", Kind: "function", Funcs: []wit.Func{{Name: "start", Type: "func(j: job) -> session"}}},
	}
	byName := func(a, b wit.Item) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(w.Imports, byName)
	slices.SortFunc(want, byName)
	if diff := cmp.Diff(want, w.Imports); diff != "" {
		t.Errorf("imports, -want +got:\n%s", diff)
	}
	if len(w.Exports) != 2 || w.Exports[1].Name != "run" && w.Exports[0].Name != "run" {
		t.Errorf("exports %v", w.Exports)
	}
}

// TestItemsOfUnsayable checks that what WIT has words for is reported although the whole cannot be described.
func TestItemsOfUnsayable(t *testing.T) {
	w := world(t, read(t, testdata+"/world/core-import.wasm"))
	want := []wit.Item{
		{Name: "m", Kind: "core module"},
		{Name: "c", Kind: "component"},
		{Name: "f", Kind: "function", Funcs: []wit.Func{{Name: "f", Type: "func(n: u8)"}}},
	}
	if diff := cmp.Diff(want, w.Imports); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// section returns a section of a component.
func section(id byte, body ...[]byte) []byte {
	content := slices.Concat(body...)
	return slices.Concat([]byte{id}, leb(len(content)), content)
}

func leb(n int) []byte {
	var out []byte
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

func name(s string) []byte { return append(leb(len(s)), s...) }

const preamble = "\x00asm\x0d\x00\x01\x00"

func TestImplements(t *testing.T) {
	file := slices.Concat([]byte(preamble),
		section(7, []byte{1, 0x42, 0}),
		section(10, []byte{1, 2}, name("log"), []byte{1, 0}, name("test:log/sink@1.0.0"), []byte{5, 0}))
	w := world(t, file)
	want := []wit.Item{{Name: "log", Kind: "interface", Implements: "test:log/sink@1.0.0"}}
	if diff := cmp.Diff(want, w.Imports); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	text, err := w.Text()
	if err != nil || !strings.Contains(text, "  /// Implements test:log/sink@1.0.0.\n  import log: interface {\n  }\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

// doubling is a component of n components, each of which instantiates the one before it twice.
func doubling(n int) []byte {
	file := slices.Concat([]byte(preamble), section(4, []byte(preamble)))
	for i := range n {
		before := section(6, []byte{1, 4, 2, 1}, leb(i)) // alias outer
		twice := section(5, []byte{2, 0, 0, 0, 0, 0, 0}) // instantiate without arguments
		file = slices.Concat(file, section(4, []byte(preamble), before, twice))
	}
	return slices.Concat(file, section(5, []byte{1, 0}, leb(n), []byte{0}))
}

// repeated is a component with an interface whose functions all take a type of a name of n bytes.
func repeated(n, funcs int) []byte {
	decls := [][]byte{
		leb(3 + funcs),
		{1, 0x6d, 1, 1, 'x'}, // type 0: an enum
		slices.Concat([]byte{4, 0}, name(strings.Repeat("a", n)), []byte{3, 0, 0}), // exported as type 1
		{1, 0x40, 1, 1, 'p', 1, 1, 0}, // type 2: a function of it
	}
	for i := range funcs {
		decls = append(decls, slices.Concat([]byte{4, 0}, name("f"+strings.Repeat("b", i)), []byte{1, 2}))
	}
	return slices.Concat([]byte(preamble), section(7, []byte{1, 0x42}, slices.Concat(decls...)),
		section(10, []byte{1, 0}, name("t:t/t"), []byte{5, 0}))
}

// TestHostile checks that repetition is not followed without end.
func TestHostile(t *testing.T) {
	for name, file := range map[string][]byte{"instances": doubling(40), "text": repeated(100_000, 200)} {
		c, err := binary.Decode(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := validate.Component(c, core.Limits{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = wit.Of(c)
		if _, ok := errors.AsType[*wit.LimitError](err); !ok {
			t.Errorf("%s: got %v, want a limit", name, err)
		}
	}
	if w := world(t, repeated(10, 20)); len(w.Imports) != 1 || len(w.Imports[0].Funcs) != 20 {
		t.Errorf("imports %v", w.Imports)
	}
}

// FuzzOf decodes, validates and says. Whatever the bytes are, the answer is an error of a documented type or text that
// is the same every time and not longer than it may be.
func FuzzOf(f *testing.F) {
	for _, pattern := range []string{"component/*.wasm", "world/*.wasm", "capsules/*/*.wasm"} {
		for _, path := range glob(f, pattern) {
			if file := read(f, path); len(file) < 8<<10 {
				f.Add(file)
			}
		}
	}
	f.Add(doubling(8))
	f.Add(repeated(5, 3))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := binary.Decode(file)
		if err != nil || validate.Component(c, core.Limits{}) != nil {
			return
		}
		w, err := wit.Of(c)
		if err != nil {
			if _, ok := errors.AsType[*wit.LimitError](err); !ok || w != nil {
				t.Fatalf("not a documented error: %#v", err)
			}
			return
		}
		text, err := w.Text()
		switch {
		case err == nil && (text == "" || len(text) > 16<<20 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r > '~' })):
			t.Fatalf("text of %d bytes: %.200q", len(text), text)
		case err != nil:
			_, limit := errors.AsType[*wit.LimitError](err)
			_, cannot := errors.AsType[*wit.UnsayableError](err)
			if !limit && !cannot || text != "" {
				t.Fatalf("not a documented error: %#v", err)
			}
		}
		again, err := wit.Of(c)
		if err != nil {
			t.Fatal(err)
		}
		if second, _ := again.Text(); second != text {
			t.Fatalf("another text the second time:\n%s\n%s", text, second)
		}
	})
}
