package inspect_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"astrid/pkg/component/core"
	"astrid/pkg/component/inspect"
	"astrid/pkg/component/wit"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func report(t testing.TB, file []byte) *inspect.Report {
	t.Helper()
	r, err := inspect.File(file, core.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestComponent(t *testing.T) {
	file := read(t, "capsules/greeter/greeter.wasm")
	r := report(t, file)
	if r.Kind != inspect.Component || r.Size != len(file) || len(r.Problems) > 0 {
		t.Errorf("kind %s, %d bytes, problems %q", r.Kind, r.Size, r.Problems)
	}
	var names []string
	for _, it := range slices.Concat(r.Imports, r.Exports) {
		names = append(names, it.Name)
	}
	want := "astrid:sys/host@1.0.0 astrid:guest/lifecycle@1.0.0 capsule-result astrid-hook-trigger run astrid-install astrid-upgrade"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("imports and exports %s", got)
	}
	if len(r.Imports[0].Funcs) != 10 || r.Imports[0].Funcs[3].Type != "func()" {
		t.Errorf("functions %v", r.Imports[0].Funcs)
	}
	if len(r.Modules) != 3 {
		t.Fatalf("%d core modules", len(r.Modules))
	}
	main := r.Modules[0]
	if len(main.Memories) != 1 || main.Memories[0].Imported || main.Memories[0].Min == 0 || main.Memories[0].Min%65536 != 0 {
		t.Errorf("memories %+v", main.Memories)
	}
	if shim := r.Modules[1]; len(shim.Tables) != 1 || shim.Tables[0].Elem != "funcref" || shim.Tables[0].Max == nil {
		t.Errorf("tables %+v", shim.Tables)
	}
	if fixup := r.Modules[2]; len(fixup.Tables) != 1 || !fixup.Tables[0].Imported {
		t.Errorf("tables %+v", fixup.Tables)
	}
	for _, m := range r.Modules {
		if string(file[m.Offset:m.Offset+4]) != "\x00asm" || m.Size == 0 {
			t.Errorf("no module at %#x", m.Offset)
		}
	}
	if !slices.ContainsFunc(r.Producers, func(p inspect.Producer) bool {
		return p.Field == "processed-by" && p.Name == "wit-component" && p.Version != ""
	}) {
		t.Errorf("producers %v", r.Producers)
	}
	for _, c := range r.Customs {
		if file[c.Offset] != 0 || !strings.Contains(string(file[c.Offset:min(len(file), c.Offset+12+len(c.Name))]), c.Name) {
			t.Errorf("no custom section %s at %#x", c.Name, c.Offset)
		}
	}
}

func TestCoreModule(t *testing.T) {
	r := report(t, read(t, "capsules/minimal-core/minimal-core.wasm"))
	if r.Kind != inspect.CoreModule || r.World != nil || len(r.Modules) != 1 {
		t.Errorf("%+v", r)
	}
	want := []wit.Item{{Name: "astrid:sys/host@1.0.0", Kind: "core imports", Funcs: []wit.Func{
		{Name: "get-config", Type: "(i32 i32 i32) -> ()"},
	}}}
	if diff := cmp.Diff(want[0].Funcs[:1], r.Imports[0].Funcs[:1]); len(r.Imports) != 1 || r.Imports[0].Name != want[0].Name || diff != "" {
		t.Errorf("imports %+v\n%s", r.Imports, diff)
	}
	kinds := map[string]string{}
	for _, e := range r.Exports {
		kinds[e.Name] = e.Kind
	}
	if kinds["memory"] != "core memory" || kinds["cabi_realloc"] != "core function" {
		t.Errorf("exports %v", kinds)
	}
}

// TestMetadata checks that the world that a core module was made for is found in it.
func TestMetadata(t *testing.T) {
	r := report(t, read(t, "world/embedded.wasm"))
	if r.Kind != inspect.CoreModule || r.World == nil {
		t.Fatalf("%+v", r)
	}
	got, err := r.World.Text()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(read(t, "world/inline.wit")), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if r.Imports[0].Name != "cm32p2|log" {
		t.Errorf("imports %v", r.Imports)
	}
}

const (
	modulePreamble = "\x00asm\x01\x00\x00\x00"
	producers      = "\x09producers"
)

// custom returns a custom section with the given name, in its encoding, and content.
func custom(name, content string) string {
	return "\x00" + string(rune(len(name)+len(content))) + name + content
}

func TestProducers(t *testing.T) {
	tests := []struct {
		content string
		want    string
		problem bool
	}{
		{"\x00", "", false},
		{"\x01\x08language\x02\x04Rust\x041.79\x01C\x00", "language=Rust 1.79;language=C ", false},
		{"\x02\x03sdk\x01\x01a\x011\x0cprocessed-by\x01\x01b\x012", "sdk=a 1;processed-by=b 2", false},
		{"\x02\x03sdk\x01\x01a\x011\x03sdk\x01\x01a\x011", "sdk=a 1", false},
		{"", "", true},
		{"\x00\x00", "", true},
		{"\x7f", "", true},
		{"\x02\x03sdk\x01\x01a\x011\x03sd", "sdk=a 1", true},
		{"\x01\x03sdk\x02\x01a\x011\x01b", "sdk=a 1", true},
		{"\x01\x03sdk\x01\x01\xff\x011", "", true},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "", true},
	}
	for _, test := range tests {
		r := report(t, []byte(modulePreamble+custom(producers, test.content)))
		var got []string
		for _, p := range r.Producers {
			got = append(got, p.Field+"="+p.Name+" "+p.Version)
		}
		if s := strings.Join(got, ";"); s != test.want || len(r.Problems) > 0 != test.problem {
			t.Errorf("%q: got %s, problems %q", test.content, s, r.Problems)
		}
	}
}

func TestBadMetadata(t *testing.T) {
	for name, content := range map[string]string{
		"no wasm":       "x",
		"core module":   modulePreamble,
		"other content": "\x00asm\x0d\x00\x01\x00",
	} {
		r := report(t, []byte(modulePreamble+custom("\x0ecomponent-type", content)))
		if r.World != nil || len(r.Problems) != 1 {
			t.Errorf("%s: problems %q", name, r.Problems)
		}
	}
}

func TestManyCustoms(t *testing.T) {
	r := report(t, []byte(modulePreamble+strings.Repeat(custom("\x01x", ""), 10_001)))
	if len(r.Customs) != 10_000 || len(r.Problems) != 1 {
		t.Errorf("%d custom sections, problems %q", len(r.Customs), r.Problems)
	}
}

func TestInvalid(t *testing.T) {
	component := read(t, "capsules/greeter/greeter.wasm")
	for name, file := range map[string][]byte{
		"empty":            nil,
		"text":             []byte("package root:component;"),
		"cut component":    component[:len(component)/2],
		"cut module":       []byte(modulePreamble + "\x01"),
		"invalid":          []byte("\x00asm\x0d\x00\x01\x00\x05\x03\x01\x01\x00\x00"),
		"preamble version": []byte("\x00asm\x02\x00\x00\x00"),
	} {
		_, err := inspect.File(file, core.Limits{})
		if _, ok := errors.AsType[*inspect.InvalidError](err); !ok || err.Error() == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzFile inspects whatever the bytes are: the answer is a report whose parts lie in the file, or the documented error.
func FuzzFile(f *testing.F) {
	for _, pattern := range []string{"component/*.wasm", "world/*.wasm", "capsules/*/*.wasm"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", filepath.FromSlash(pattern)))
		if err != nil || len(paths) == 0 {
			f.Fatal(paths, err)
		}
		for _, path := range paths {
			file, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			if len(file) < 8<<10 {
				f.Add(file)
			}
		}
	}
	f.Add([]byte(modulePreamble + custom(producers, "\x01\x03sdk\x01\x01a\x011")))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := inspect.File(file, core.Limits{})
		if err != nil {
			if _, ok := errors.AsType[*inspect.InvalidError](err); !ok || r != nil {
				t.Fatalf("not the documented error: %#v", err)
			}
			return
		}
		if r.Size != len(file) || r.Kind == inspect.Component && r.World == nil {
			t.Fatalf("%+v", r)
		}
		for _, m := range r.Modules {
			if m.Offset < 0 || m.Size < 8 || m.Offset+m.Size > len(file) {
				t.Fatalf("core module at %d of %d bytes in %d", m.Offset, m.Size, len(file))
			}
		}
		for _, c := range r.Customs {
			if c.Offset < 0 || c.Size < 0 || c.Offset+c.Size >= len(file) {
				t.Fatalf("custom section at %d of %d bytes in %d", c.Offset, c.Size, len(file))
			}
		}
		if r.World != nil {
			_, _ = r.World.Text() // does not panic
		}
	})
}
