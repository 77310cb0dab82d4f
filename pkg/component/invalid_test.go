package component_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/component"
	wasm "astrid/pkg/component/binary"
	"astrid/pkg/component/core"
)

// def is a section with one definition.
func def(id int, definition ...any) []byte { return section(id, 1, b(definition...)) }

// A component whose definitions do not fit each other is refused with the offset of the one that is to blame.
func TestInvalid(t *testing.T) {
	r := newRuntime(t, component.Config{Interpreter: true})
	fn := section(1, moduleOf(section(1, vec(b(0x60, 0, 0))), section(3, vec(b(0))), section(7, vec(b(name("f"), 0, 0))), section(10, vec(b(2, 0, 0x0b)))))
	inst := def(2, 0, 0, 0)                // core instance of module 0
	alias := def(6, 0, 0, 1, 0, name("f")) // core function f of core instance 0
	// A function that adds two numbers that are not there.
	adder := section(1, moduleOf(section(1, vec(b(0x60, 0, 0))), section(3, vec(b(0))), section(10, vec(b(3, 0, 0x6a, 0x0b)))))
	for _, test := range []struct {
		what   string
		file   []byte
		reason string
	}{
		{"core instance of nothing", componentOf(def(2, 0, 0, 0)), "core module index 0 is out of bounds, there are 0"},
		{"core alias of nothing", componentOf(fn, alias), "core instance index 0 is out of bounds, there are 0"},
		{"core alias of no export", componentOf(fn, inst, def(6, 0, 0, 1, 0, name("g"))), `core instance 0 has no export "g"`},
		{"core alias of another sort", componentOf(fn, inst, def(6, 0, 2, 1, 0, name("f"))), `export "f" of core instance 0 is a func`},
		{"component alias into a core instance", componentOf(fn, inst, def(6, 1, 1, 0, name("f"))), "a core instance exports core definitions only"},
		{"inline export of nothing", componentOf(def(2, 1, vec(b(name("f"), 0, 3)))), "core definition index 3 is out of bounds, there are 0"},
		{"inline core export twice", componentOf(fn, inst, alias, def(2, 1, vec(b(name("f"), 0, 0), b(name("f"), 0, 0)))), `core export "f" is given twice`},
		{"core argument twice", componentOf(fn, inst, def(2, 0, 0, vec(b(name("a"), 0x12, 0), b(name("a"), 0x12, 0)))), `core argument "a" is given twice`},
		{"lift of nothing", componentOf(def(7, 0x40, 0, 1, 0), def(8, 0, 0, 0, 0, 0)), "core function index 0 is out of bounds, there are 0"},
		{"lift to a value type", componentOf(fn, inst, alias, def(7, 0x73), def(8, 0, 0, 0, 0, 0)), "type 0 is the value type string, not a function type"},
		{"lift of another signature", componentOf(fn, inst, alias, def(7, 0x40, vec(b(name("a"), 0x79)), 1, 0), def(8, 0, 0, 0, 0, 0)), "the lifted core function has to have type (i32) -> (), and has type () -> ()"},
		{"lift without memory", componentOf(fn, inst, alias, def(7, 0x40, 0, 0, 0x73), def(8, 0, 0, 0, 0, 0)), "values of this function go through memory, and the option memory is not given"},
		{"lower of nothing", componentOf(def(8, 1, 0, 0, 0)), "function index 0 is out of bounds, there are 0"},
		{"lower without memory", componentOf(def(7, 0x40, vec(b(name("a"), 0x73)), 1, 0), def(10, 0, name("f"), 1, 0), def(8, 1, 0, 0, 0)), "values of this function go through memory, and the option memory is not given"},
		{"a memory that is not there", componentOf(def(7, 0x40, 0, 1, 0), def(10, 0, name("f"), 1, 0), def(8, 1, 0, 0, vec(b(3, 0)))), "core memory index 0 is out of bounds, there are 0"},
		{"realloc of another signature", componentOf(fn, inst, alias, def(7, 0x40, 0, 1, 0), def(8, 0, 0, 0, vec(b(4, 0)), 0)), "realloc needs a core function"},
		{"list of a function type", componentOf(def(7, 0x40, 0, 1, 0), def(7, 0x70, 0)), "type 0 is a function type, not a value type"},
		{"type of itself", componentOf(def(7, 0x70, 0)), "type index 0 is out of bounds, there are 0"},
		{"own of a value type", componentOf(def(7, 0x73), def(7, 0x69, 0)), "type 0 is the value type string, not a resource type"},
		{"import of no type", componentOf(def(10, 0, name("f"), 1, 0)), "type index 0 is out of bounds, there are 0"},
		{"import of an instance of a value type", componentOf(def(7, 0x73), def(10, 0, name("i"), 5, 0)), "type 0 is the value type string, and does not describe an instance"},
		{"alias of nothing", componentOf(def(6, 1, 0, 0, name("f"))), "instance index 0 is out of bounds, there are 0"},
		{"outer alias too far", componentOf(def(6, 3, 2, 1, 0)), "outer alias count 1 is more than there are enclosing scopes"},
		{"outer alias of 2^32-1 scopes", componentOf(def(6, 3, 2, "\xff\xff\xff\xff\x0f", 0)), "outer alias count 4294967295 is more than there are enclosing scopes"},
		{"export of nothing", componentOf(def(11, 0, name("f"), 1, 0, 0)), "function index 0 is out of bounds, there are 0"},
		{"export twice", componentOf(def(7, 0x73), section(11, vec(b(0, name("t"), 3, 0, 0), b(0, name("t"), 3, 0, 0)))), `export name "t" conflicts with the earlier name "t"`},
		{"instance of nothing", componentOf(def(5, 0, 0, 0)), "component index 0 is out of bounds, there are 0"},
		{"inline export given twice", componentOf(def(7, 0x73), def(5, 1, vec(b(0, name("t"), 3, 0), b(0, name("t"), 3, 0)))), `export name "t" conflicts with the earlier name "t"`},
		{"nested import that is not given", componentOf(section(4, componentOf(def(7, 0x40, 0, 1, 0), def(10, 0, name("f"), 1, 0))), def(5, 0, 0, 0)), `the component imports "f", which is not given`},
		{"nested import of another sort", componentOf(def(7, 0x73), section(4, componentOf(def(7, 0x40, 0, 1, 0), def(10, 0, name("f"), 1, 0))), def(5, 0, 0, vec(b(name("f"), 3, 0)))), `import "f": a func is wanted and a type is given`},
		{"core module cut off", componentOf(section(1, "\x00asm\x01\x00\x00\x00\x01\x05"), inst), "core module, type section"},
		{"core module with a body that is not valid, and no instance", componentOf(adder), "core module: invalid function[0]"},
	} {
		t.Run(test.what, func(t *testing.T) {
			c, err := component.Compile(t.Context(), r, test.file)
			bad, ok := errors.AsType[*component.InvalidError](err)
			if !ok || c != nil || bad.Unsupported || !strings.Contains(bad.Reason, test.reason) || bad.Offset < 0 || bad.Offset > len(test.file) {
				t.Errorf("got %v\nwant %s", err, test.reason)
			}
		})
	}
}

// What is no file of the format is told from what is of it and not valid.
func TestMalformed(t *testing.T) {
	r := newRuntime(t, component.Config{Interpreter: true})
	for _, test := range []struct {
		what string
		file []byte
		kind wasm.Kind
	}{
		{"nothing", nil, wasm.Malformed},
		{"text", []byte("(component)"), wasm.Malformed},
		{"half a section", b("\x00asm\x0d\x00\x01\x00", 7, 9), wasm.Malformed},
		{"an outer alias of a function", componentOf(def(6, 1, 2, 0, 0)), wasm.Malformed},
		{"a record of nothing", componentOf(def(7, 0x72, 0)), wasm.Invalid},
		{"a memory given twice", componentOf(def(8, 1, 0, 0, vec(b(3, 0), b(3, 0)))), wasm.Invalid},
	} {
		_, err := component.Compile(t.Context(), r, test.file)
		if bad, ok := errors.AsType[*wasm.Error](err); !ok || bad.Kind != test.kind {
			t.Errorf("%s: %v, want a *binary.Error of kind %d", test.what, err, test.kind)
		}
	}
	for _, test := range []struct {
		what   string
		module []byte
		kind   core.Kind
	}{
		{"a section that is cut off", moduleOf([]byte{1, 5}), core.Malformed},
		{"sections out of order", moduleOf(section(3, 0), section(1, 0)), core.Malformed},
		{"a type that is not there", moduleOf(section(3, vec(b(0)))), core.Invalid},
		{"two memories", moduleOf(section(5, vec(b(0, 1), b(0, 1)))), core.Unsupported},
		{"an imported memory and one of its own", moduleOf(section(2, vec(b(name("m"), name("m"), 2, 0, 1))), section(5, vec(b(0, 1)))), core.Unsupported},
		{"a 64-bit memory", moduleOf(section(5, vec(b(4, 1)))), core.Unsupported},
		{"a 64-bit table", moduleOf(section(4, vec(b(0x70, 4, 1)))), core.Unsupported},
		{"a memory with small pages", moduleOf(section(5, vec(b(8, 1, 0)))), core.Unsupported},
		{"a garbage-collected reference", moduleOf(section(4, vec(b(0x63, 0x6e, 0, 1)))), core.Unsupported},
		{"a garbage-collected type", moduleOf(section(1, vec(b(0x5f, 0)))), core.Unsupported},
	} {
		for form, file := range map[string][]byte{"component": componentOf(section(1, test.module)), "module": test.module} {
			_, err := component.Compile(t.Context(), r, file)
			bad, ok := errors.AsType[*core.Error](err)
			invalid, typed := errors.AsType[*component.InvalidError](err)
			if !ok || !typed || bad.Kind != test.kind || invalid.Unsupported != (test.kind == core.Unsupported) {
				t.Errorf("%s in a %s: %v, want a *core.Error of kind %d", test.what, form, err, test.kind)
			}
		}
	}
}

// Extensions of core WebAssembly that guests may not use are named.
func TestRefusedExtensions(t *testing.T) {
	r := newRuntime(t, component.Config{Interpreter: true})
	for what, module := range map[string][]byte{
		"catching exceptions":            moduleOf(section(1, vec(b(0x60, 0, 0))), section(13, vec(b(0, 0)))),
		"sharing memory between threads": moduleOf(section(5, vec(b(3, 1, 1)))),
		"a typed function reference":     moduleOf(section(1, vec(b(0x60, 0, 0), b(0x60, vec(b(0x64, 0)), 0)))),
	} {
		for _, file := range [][]byte{module, componentOf(section(1, module))} {
			_, err := component.Compile(t.Context(), r, file)
			bad, ok := errors.AsType[*component.InvalidError](err)
			if !ok || !bad.Unsupported || bad.Reason != "core module: "+what+" is not supported" {
				t.Errorf("%v, want a refusal of %s", err, what)
			}
		}
	}
}

// Exceptions are refused unless they are asked for, and then tags pass between modules as other definitions do.
func TestExceptions(t *testing.T) {
	_, err := component.Compile(t.Context(), newRuntime(t, component.Config{}), fixture(t, "tags"))
	if bad, ok := errors.AsType[*component.InvalidError](err); !ok || !bad.Unsupported {
		t.Errorf("%v, want a refusal", err)
	}
	g := &guest{TB: t, linked: link(t, component.Config{Exceptions: true}, fixture(t, "tags"))}
	g.inst = instantiate(t, g.linked)
	want1(g, "caught", uint32(7), uint32(7))
	want1(g, "caught", uint32(0), uint32(1000))
	_, err = call1[uint32](g, "uncaught", uint32(7))
	if trap, ok := errors.AsType[*component.Trap](err); !ok {
		t.Errorf("%v, want a trap", trap)
	}
}

// What the Component Model knows and this runtime does not is named, with its offset.
func TestUnsupported(t *testing.T) {
	r := newRuntime(t, component.Config{Interpreter: true})
	for _, test := range []struct {
		file []byte
		want string
		at   int
	}{
		{componentOf(def(7, 0x43, 0, 1, 0)), "type section: an async function type is not supported at offset 0xb", 11},
		{componentOf(section(9, 0, 0, 0)), "start section: a start definition is not supported at offset 0x8", 8},
	} {
		_, err := component.Compile(t.Context(), r, test.file)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got  %v\nwant %s", err, test.want)
			continue
		}
		if file, ok := errors.AsType[*wasm.Error](err); !ok || file.Kind != wasm.Unsupported || file.Offset != test.at {
			t.Errorf("%#v", err)
		}
	}
}

// A few bytes that describe exponentially many instances are refused before they are all made.
func TestBombs(t *testing.T) {
	r := newRuntime(t, component.Config{Interpreter: true})
	inner := componentOf(section(1, moduleOf()), def(2, 0, 0, 0))
	_, err := component.Compile(t.Context(), r, tenfold(inner, 30))
	if _, ok := errors.AsType[*component.LimitError](err); !ok {
		t.Errorf("10^30 core instances: %v", err)
	}
	many := bytes.Repeat(b(0, 0, 0), 1001)
	_, err = component.Compile(t.Context(), r, componentOf(section(1, moduleOf()), section(2, binary.AppendUvarint(nil, 1001), many)))
	wantLimit(t, "1001 core instances", err, "instance count", "1000")

	// Types that double: the flattening and the name of the last have 2^60 parts.
	var defs [][]byte
	defs = append(defs, b(0x6f, vec(b(0x77), b(0x77))))
	for i := range 60 {
		defs = append(defs, b(0x6f, vec(b(i), b(i))))
	}
	_, err = component.Compile(t.Context(), r, componentOf(section(7, vec(defs...))))
	if err == nil || !strings.Contains(err.Error(), "a type made of more than 1048576 types") {
		t.Errorf("a value of 2^60 bytes: %v", err)
	}

	_, err = component.Compile(t.Context(), r, componentOf(def(7, 0x3f, 0x7f, 0), section(8, vec(slices.Repeat([][]byte{b(2, 0)}, 8193)...))))
	wantLimit(t, "8193 times resource.new", err, "canonical function count", "8192")
	_, err = component.Compile(t.Context(), r, tenfold(componentOf(), 5))
	wantLimit(t, "10^5 component instances", err, "component instance count", "10000")
	var fields [][]byte
	for i := range 2000 {
		fields = append(fields, b(name(fmt.Sprint("f", i)), 0x7d))
	}
	_, err = component.Compile(t.Context(), r, tenfold(componentOf(def(7, 0x72, vec(fields...))), 3))
	wantLimit(t, "a thousand types of two thousand fields", err, "component size", "1048576 definitions")

	calls := slices.Repeat([][]byte{b(name("h"), name("tick"), 0, 0)}, 8193)
	_, err = component.Compile(t.Context(), r, moduleOf(section(1, vec(b(0x60, 0, 0))), section(2, vec(calls...))))
	wantLimit(t, "8193 imports of a core module", err, "canonical function count", "8192")

	// A function of one module that a hundred instances of a large one import, each by another name.
	var names, imports, instances [][]byte
	for i := range 140 {
		names = append(names, b(name(fmt.Sprint("f", i)), 0, 0))
		imports = append(imports, b(0, 0, 1, 0, name(fmt.Sprint("f", i))))
		instances = append(instances, b(1, vec(b(name("f"), 0, binary.AppendUvarint(nil, uint64(i))))))
	}
	provider := moduleOf(section(1, vec(b(0x60, 0, 0))), section(3, vec(b(0))), section(7, vec(names...)), section(10, vec(b(2, 0, 0x0b))))
	large := moduleOf(section(1, vec(b(0x60, 0, 0))), section(2, vec(b(name("m"), name("f"), 0, 0))), section(0, name("large"), make([]byte, 1<<20)))
	for i := range 140 {
		instances = append(instances, b(0, 1, vec(b(name("m"), 0x12, binary.AppendUvarint(nil, uint64(i+1))))))
	}
	_, err = component.Compile(t.Context(), r, componentOf(section(1, provider), section(1, large), def(2, 0, 0, 0), section(6, vec(imports...)), section(2, vec(instances...))))
	wantLimit(t, "140 MiB of code", err, "component size", "134217728 bytes of core modules")

	elements := moduleOf(section(1, vec(b(0x60, 0, 0))), section(3, vec(b(0))), section(9, vec(b(1, 0, vec(slices.Repeat([][]byte{b(0)}, 100_000)...)))), section(10, vec(b(2, 0, 0x0b))))
	_, err = component.Compile(t.Context(), r, componentOf(section(1, elements), section(2, vec(slices.Repeat([][]byte{b(0, 0, 0)}, 21)...))))
	wantLimit(t, "2.1 million elements", err, "component size", "2097152 globals and elements")
}

// tenfold makes a component that has ten instances of one that has ten of one, and so on.
func tenfold(inner []byte, depth int) []byte {
	for range depth {
		inner = componentOf(section(4, inner), section(5, vec(slices.Repeat([][]byte{b(0, 0, 0)}, 10)...)))
	}
	return inner
}

// Instances that share what is in them have more names than a file has room for: 2^13 of thirteen thousand bytes here.
func TestNameBombs(t *testing.T) {
	const depth = 12
	r := newRuntime(t, component.Config{Interpreter: true})
	left, right := name(strings.Repeat("a", 1000)), name(strings.Repeat("b", 1000))
	function := b(0x40, 0, 1, 0)
	types := [][]byte{b(0x42, vec(b(1, function), b(4, 0, left, 1, 0), b(4, 0, right, 1, 0)))}
	for d := range depth {
		types = append(types, b(0x42, vec(b(2, 3, 2, 1, d), b(4, 0, left, 5, 0), b(4, 0, right, 5, 0))))
	}
	_, err := component.Compile(t.Context(), r, componentOf(section(7, vec(types...)), section(10, vec(b(0, name("x"), 5, depth)))))
	wantLimit(t, "imports", err, "component size", "16777216 bytes of names")

	file := [][]byte{
		section(1, moduleOf(section(1, vec(b(0x60, 0, 0))), section(3, vec(b(0))), section(7, vec(b(name("f"), 0, 0))), section(10, vec(b(2, 0, 0x0b))))),
		def(2, 0, 0, 0), def(6, 0, 0, 1, 0, name("f")), def(7, function), def(8, 0, 0, 0, 0, 0),
		def(5, 1, vec(b(0, left, 1, 0), b(0, right, 1, 0))),
	}
	for d := range depth {
		file = append(file, def(5, 1, vec(b(0, left, 5, d), b(0, right, 5, d))))
	}
	_, err = component.Compile(t.Context(), r, componentOf(append(file, section(11, vec(b(0, name("x"), 5, depth, 0))))...))
	wantLimit(t, "exports", err, "component size", "16777216 bytes of names")
}

func greeter(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "testdata", "capsules", "greeter", "greeter.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// wantFileError checks that err is one of those that Compile documents.
func wantFileError(t testing.TB, what any, size int, err error) {
	t.Helper()
	bad, undecoded := errors.AsType[*wasm.Error](err)
	invalid, unresolved := errors.AsType[*component.InvalidError](err)
	_, limited := errors.AsType[*component.LimitError](err)
	switch {
	case undecoded && (bad.Offset < 0 || bad.Offset > size), unresolved && (invalid.Offset < 0 || invalid.Offset > size):
		t.Errorf("%v: the offset is outside of the file of %d bytes: %v", what, size, err)
	case !undecoded && !unresolved && !limited:
		t.Errorf("%v: %T %v", what, err, err)
	}
	if strings.Contains(err.Error(), "goroutine ") || strings.Contains(err.Error(), "runtime error") ||
		strings.Contains(err.Error(), "validation let pass") {
		t.Errorf("%v: %v", what, err)
	}
}

// A component that is cut off is an error, or between two sections a smaller component.
func TestCut(t *testing.T) {
	r := newRuntime(t, component.Config{Interpreter: true})
	file := greeter(t)
	cuts := map[int]bool{} // whether a section ends there
	for n := 0; n < len(file); n += 97 {
		cuts[n] = false
	}
	for off := wasm.Preamble; off < len(file); {
		cuts[off-1], cuts[off], cuts[off+1] = false, true, false // no section is shorter than two bytes
		size, n := binary.Uvarint(file[off+1:])
		off += 1 + n + int(size)
	}
	for n, boundary := range cuts {
		comp, err := component.Compile(t.Context(), r, file[:n])
		switch {
		case err != nil && !boundary:
			wantFileError(t, n, n, err)
		case err != nil || !boundary:
			t.Errorf("cut at %#x: %v", n, err)
		default:
			if err := comp.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

// Whatever the bytes, Compile says what is wrong with them or returns a component that can be described.
func FuzzCompile(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("..", "..", "testdata", "component", "*.wasm"))
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		file := fixture(f, strings.TrimSuffix(filepath.Base(name), ".wasm"))
		f.Add(file)
		for at := 9; at < len(file); at += len(file) / 3 {
			mutant := append([]byte(nil), file...)
			mutant[at]++
			f.Add(mutant)
		}
	}
	f.Add(spiller())
	f.Add(unruly())
	r := newRuntime(f, component.Config{Interpreter: true, Memory: 1 << 20})
	f.Fuzz(func(t *testing.T, file []byte) {
		comp, err := component.Compile(t.Context(), r, file)
		if as[*component.LinkError](err) {
			return // it imports code
		}
		if err != nil {
			wantFileError(t, "compile", len(file), err)
			return
		}
		comp.Imports()
		comp.Exports()
		linked, err := component.NewLinker().Link(t.Context(), comp)
		if err != nil {
			if _, ok := errors.AsType[*component.LinkError](err); !ok {
				t.Error(err)
			}
		} else if err := linked.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := comp.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
