package binary_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	wasm "astrid/pkg/component/binary"
)

func TestSniff(t *testing.T) {
	for file, want := range map[string]wasm.Layer{
		"":                           wasm.LayerUnknown,
		"\x00asm\x0d\x00\x01":        wasm.LayerUnknown,
		"\x00ASM\x0d\x00\x01\x00":    wasm.LayerUnknown,
		"\x00asm\x0e\x00\x01\x00":    wasm.LayerUnknown,
		preamble:                     wasm.LayerComponent,
		preamble + "anything":        wasm.LayerComponent,
		"\x00asm\x01\x00\x00\x00...": wasm.LayerModule,
	} {
		if got := wasm.Sniff([]byte(file)); got != want {
			t.Errorf("Sniff(%q) = %v, want %v", file, got, want)
		}
	}
}

func TestDecodeFixtures(t *testing.T) {
	for path, file := range fixtures(t) {
		t.Run(path, func(t *testing.T) {
			c, err := wasm.Decode(file)
			if err != nil {
				t.Fatal(err)
			}
			if c.At != 0 || c.Size != len(file) {
				t.Errorf("it lies at %d and has %d bytes, want 0 and %d", c.At, c.Size, len(file))
			}
			checkTree(t, c, len(file))
		})
	}
}

// checkTree checks what holds of every tree: offsets lie in the file and grow, and the tree takes no more memory than
// a multiple of the file.
func checkTree(t testing.TB, c *wasm.Component, size int) {
	t.Helper()
	var walk func(c *wasm.Component)
	walk = func(c *wasm.Component) {
		if c.At < 0 || c.Size < wasm.Preamble || c.At+c.Size > size {
			t.Errorf("a component of %d bytes at %d in a file of %d", c.Size, c.At, size)
		}
		last := c.At + wasm.Preamble
		for _, d := range c.Defs {
			if d.Offset() < last || d.Offset() > c.At+c.Size {
				t.Errorf("%T at %#x, after %#x", d, d.Offset(), last)
			}
			last = d.Offset()
			if nested, ok := d.(*wasm.Component); ok {
				walk(nested)
			}
		}
	}
	walk(c)
	if got, limit := footprint(reflect.ValueOf(c)), uintptr(1024+100*size); got > limit {
		t.Errorf("a file of %d bytes became a tree of %d", size, got)
	}
}

// footprint is what a value keeps in memory besides itself. Bytes that alias the file are not counted.
func footprint(v reflect.Value) uintptr {
	var n uintptr
	switch v.Kind() {
	case reflect.String:
		n = uintptr(v.Len())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			n = v.Elem().Type().Size() + footprint(v.Elem())
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]byte]() {
			return 0
		}
		n = uintptr(v.Cap()) * v.Type().Elem().Size()
		for i := range v.Len() {
			n += footprint(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += footprint(v.Field(i))
		}
	}
	return n
}

// boundaries returns where the file may be cut: after the preamble and after each of its own sections.
func boundaries(file []byte) map[int]bool {
	out := map[int]bool{wasm.Preamble: true}
	for off := wasm.Preamble; off < len(file); {
		size, n := binary.Uvarint(file[off+1:])
		off += 1 + n + int(size)
		out[off] = true
	}
	return out
}

// A file that is cut off is an error that lies in the file, or, between two sections, a smaller component.
func TestCut(t *testing.T) {
	for _, path := range []string{"capsules/greeter/greeter.wasm", "component/exported-interface.wasm"} {
		file := fixture(t, path)
		whole := boundaries(file)
		if len(whole) < 10 {
			t.Fatalf("%s has %d sections", path, len(whole))
		}
		for n := range file {
			c, err := wasm.Decode(file[:n])
			bad, typed := errors.AsType[*wasm.Error](err)
			switch {
			case whole[n] && (err != nil || c.Size != n):
				t.Errorf("%s cut at %#x, a section boundary: %v", path, n, err)
			case whole[n]:
			case !typed || c != nil || bad.Kind != wasm.Malformed || bad.Offset < 0 || bad.Offset > n:
				t.Errorf("%s cut at %#x: %v", path, n, err)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	ptr := func(n uint32) *uint32 { return &n }
	u64 := func(n uint64) *uint64 { return &n }
	str := wasm.ValType{Prim: wasm.String}
	for what, test := range map[string]struct {
		file []byte
		want wasm.Def
	}{
		"core module":          {component(section(1, "any bytes")), &wasm.CoreModule{Wasm: []byte("any bytes")}},
		"core instantiation":   {one(2, 0, 5, vec(b(name("env"), 0x12, 3))), &wasm.CoreInstance{Module: 5, Args: []wasm.CoreArg{{Name: "env", Instance: 3}}}},
		"core inline exports":  {one(2, 1, vec(b(name("m"), 2, 9))), &wasm.CoreInstance{Inline: true, Exports: []wasm.CoreExport{{Name: "m", Sort: wasm.CoreMemory, Index: 9}}}},
		"core function type":   {one(3, 0x60, vec(b(0x7f), b(0x7e)), vec(b(0x7c))), &wasm.CoreType{Func: &wasm.CoreFuncType{Params: []wasm.CoreValType{wasm.I32, wasm.I64}, Results: []wasm.CoreValType{wasm.CoreF64}}}},
		"core function import": {one(3, 0x50, vec(b(0, name("a"), name("b"), 0, 7))), moduleType(wasm.CoreModuleDecl{Import: &wasm.CoreImportDecl{Module: "a", Name: "b", Type: wasm.CoreExternType{Type: 7}}})},
		"core table export":    {one(3, 0x50, vec(b(3, name("t"), 1, 0x70, 1, 2, 3))), moduleType(wasm.CoreModuleDecl{Export: &wasm.CoreExportDecl{Name: "t", Type: wasm.CoreExternType{Sort: wasm.CoreTable, Val: wasm.FuncRef, Limits: wasm.Limits{Min: 2, Max: u64(3)}}}})},
		"core memory export":   {one(3, 0x50, vec(b(3, name("m"), 2, 3, 1, 1))), moduleType(wasm.CoreModuleDecl{Export: &wasm.CoreExportDecl{Name: "m", Type: wasm.CoreExternType{Sort: wasm.CoreMemory, Limits: wasm.Limits{Min: 1, Max: u64(1), Shared: true}}}})},
		"core global export":   {one(3, 0x50, vec(b(3, name("g"), 3, 0x7f, 1))), moduleType(wasm.CoreModuleDecl{Export: &wasm.CoreExportDecl{Name: "g", Type: wasm.CoreExternType{Sort: wasm.CoreGlobal, Val: wasm.I32, Mutable: true}}})},
		"core nested type":     {one(3, 0x50, vec(b(1, 0x60, 0, 0))), moduleType(wasm.CoreModuleDecl{Type: &wasm.CoreType{Func: &wasm.CoreFuncType{}}})},
		"core outer alias":     {one(3, 0x50, vec(b(2, 0x10, 1, 1, 4))), moduleType(wasm.CoreModuleDecl{Alias: &wasm.Alias{Sort: wasm.Sort{Core: wasm.CoreTypeSort}, Target: wasm.AliasOuter, Count: 1, Index: 4}})},
		"nested component":     {component(section(4, preamble)), &wasm.Component{At: 10, Size: 8}},
		"instantiation":        {one(5, 0, 2, vec(b(name("x"), 1, 4))), &wasm.Instance{Component: 2, Args: []wasm.Arg{{Name: "x", Sort: wasm.Sort{Code: wasm.SortFunc}, Index: 4}}}},
		"inline exports":       {one(5, 1, vec(b(0, name("x"), 0, 0x11, 4))), &wasm.Instance{Inline: true, Exports: []wasm.Arg{{Name: "x", Sort: wasm.Sort{Core: wasm.CoreModuleSort}, Index: 4}}}},
		"alias of an export":   {one(6, 3, 0, 1, name("t")), &wasm.Alias{Sort: wasm.Sort{Code: wasm.SortType}, Instance: 1, Name: "t"}},
		"alias of a core one":  {one(6, 0, 1, 1, 1, name("t")), &wasm.Alias{Sort: wasm.Sort{Core: wasm.CoreTable}, Target: wasm.AliasCoreExport, Instance: 1, Name: "t"}},
		"outer alias":          {one(6, 4, 2, 1, 9), &wasm.Alias{Sort: wasm.Sort{Code: wasm.SortComponent}, Target: wasm.AliasOuter, Count: 1, Index: 9}},
		"primitive":            {typ(0x7f), &wasm.Type{Def: &wasm.Primitive{Prim: wasm.Bool}}},
		"record":               {typ(0x72, vec(b(name("f"), 0x73))), &wasm.Type{Def: &wasm.Record{Fields: []wasm.Field{{Name: "f", Type: str}}}}},
		"variant":              {typ(0x71, vec(b(name("a"), 0, 0), b(name("b"), 1, 0x80, 1, 0))), &wasm.Type{Def: &wasm.Variant{Cases: []wasm.Case{{Name: "a"}, {Name: "b", Type: &wasm.ValType{Index: 128}}}}}},
		"list":                 {typ(0x70, 0x3f), &wasm.Type{Def: &wasm.List{Elem: wasm.ValType{Index: 63}}}},
		"list of the last":     {typ(0x70, 0xff, 0xff, 0xff, 0xff, 0x0f), &wasm.Type{Def: &wasm.List{Elem: wasm.ValType{Index: 1<<32 - 1}}}},
		"tuple":                {typ(0x6f, vec(b(0x73))), &wasm.Type{Def: &wasm.Tuple{Types: []wasm.ValType{str}}}},
		"flags":                {typ(0x6e, vec(name("a"), name("b"))), &wasm.Type{Def: &wasm.Flags{Labels: []string{"a", "b"}}}},
		"enum":                 {typ(0x6d, vec(name("a"))), &wasm.Type{Def: &wasm.Enum{Labels: []string{"a"}}}},
		"option":               {typ(0x6b, 0x73), &wasm.Type{Def: &wasm.Option{Elem: str}}},
		"result":               {typ(0x6a, 1, 0x73, 0), &wasm.Type{Def: &wasm.Result{Ok: &str}}},
		"own":                  {typ(0x69, 3), &wasm.Type{Def: &wasm.Handle{Resource: 3}}},
		"borrow":               {typ(0x68, 3), &wasm.Type{Def: &wasm.Handle{Borrow: true, Resource: 3}}},
		"function":             {typ(0x40, vec(b(name("a"), 0x73)), 0, 0x73), &wasm.Type{Def: &wasm.Func{Params: []wasm.Field{{Name: "a", Type: str}}, Result: &str}}},
		"function, no result":  {typ(0x40, 0, 1, 0), &wasm.Type{Def: &wasm.Func{}}},
		"component type":       {typ(0x41, vec(b(3, 0, name("i"), 4, 1))), &wasm.Type{Def: &wasm.ComponentType{Decls: []wasm.Def{&wasm.Import{Name: "i", Desc: wasm.ExternDesc{Kind: wasm.ExternComponent, Index: 1}}}}}},
		"instance type": {typ(0x42, vec(b(1, 0x73), b(2, 3, 2, 1, 0), b(0, 0x60, 0, 0), b(4, 1, name("e"), 3, 1))), &wasm.Type{Def: &wasm.InstanceType{Decls: []wasm.Def{
			&wasm.Type{Def: &wasm.Primitive{Prim: wasm.String}},
			&wasm.Alias{Sort: wasm.Sort{Code: wasm.SortType}, Target: wasm.AliasOuter, Count: 1},
			&wasm.CoreType{Func: &wasm.CoreFuncType{}},
			&wasm.ExportDecl{Name: "e", Desc: wasm.ExternDesc{Kind: wasm.ExternType, SubResource: true}},
		}}}},
		"resource":           {typ(0x3f, 0x7f, 0), &wasm.Type{Def: &wasm.Resource{}}},
		"resource with dtor": {typ(0x3f, 0x7f, 1, 6), &wasm.Type{Def: &wasm.Resource{Dtor: ptr(6)}}},
		"canon lift": {one(8, 0, 0, 1, vec(b(2), b(3, 4), b(4, 5), b(5, 6)), 7), &wasm.Canon{
			Func: 1, Type: 7,
			Opts: wasm.CanonOpts{Encoding: wasm.Latin1UTF16, Memory: ptr(4), Realloc: ptr(5), PostReturn: ptr(6)},
		}},
		"canon lower":         {one(8, 1, 0, 1, vec(b(0), b(3, 0))), &wasm.Canon{Kind: wasm.CanonLower, Func: 1, Opts: wasm.CanonOpts{Memory: ptr(0)}}},
		"canon resource.drop": {one(8, 3, 2), &wasm.Canon{Kind: wasm.CanonResourceDrop, Type: 2}},
		"import":              {one(10, 0, name("f"), 1, 2), &wasm.Import{Name: "f", Desc: wasm.ExternDesc{Kind: wasm.ExternFunc, Index: 2}}},
		"import of a module":  {one(10, 0, name("m"), 0, 0x11, 2), &wasm.Import{Name: "m", Desc: wasm.ExternDesc{Index: 2}}},
		"import of a type":    {one(10, 0, name("t"), 3, 0, 2), &wasm.Import{Name: "t", Desc: wasm.ExternDesc{Kind: wasm.ExternType, Index: 2}}},
		"import, attributes":  {one(10, 2, name("f"), vec(b(0, name("x")), b(2, name("y"))), 5, 2), &wasm.Import{Name: "f", Implements: new("x"), Desc: wasm.ExternDesc{Kind: wasm.ExternInstance, Index: 2}}},
		"export":              {one(11, 0, name("f"), 1, 2, 0), &wasm.Export{Name: "f", Sort: wasm.Sort{Code: wasm.SortFunc}, Index: 2}},
		"export, ascribed":    {one(11, 0, name("f"), 5, 2, 1, 5, 8), &wasm.Export{Name: "f", Sort: wasm.Sort{Code: wasm.SortInstance}, Index: 2, Desc: &wasm.ExternDesc{Kind: wasm.ExternInstance, Index: 8}}},
	} {
		t.Run(what, func(t *testing.T) {
			c, err := wasm.Decode(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Defs) != 1 {
				t.Fatalf("%d definitions", len(c.Defs))
			}
			if diff := cmp.Diff(test.want, c.Defs[0], ignoreOffsets(), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			want := 11
			if what == "core module" || what == "nested component" {
				want = 10
			}
			if got := c.Defs[0].Offset(); got != want {
				t.Errorf("its offset is %d, want %d", got, want)
			}
		})
	}
}

func moduleType(d wasm.CoreModuleDecl) *wasm.CoreType {
	return &wasm.CoreType{Module: &wasm.CoreModuleType{Decls: []wasm.CoreModuleDecl{d}}}
}

// ignoreOffsets leaves the embedded offsets out of a comparison.
func ignoreOffsets() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && f.Name() == "pos"
	}, cmp.Ignore())
}

func TestCustomSections(t *testing.T) {
	c, err := wasm.Decode(component(section(0, name("a"), "data"), section(7, 1, 0x7f), section(0, name(""))))
	if err != nil {
		t.Fatal(err)
	}
	want := []wasm.Custom{{Name: "a", Data: []byte("data"), At: 8}, {Data: []byte{}, At: 20}}
	if diff := cmp.Diff(want, c.Custom); diff != "" {
		t.Error(diff)
	}
	if len(c.Defs) != 1 {
		t.Errorf("%d definitions", len(c.Defs))
	}
}

// nest is a component in a component, depth times.
func nest(depth int) []byte {
	file := component()
	for range depth {
		file = component(section(4, file))
	}
	return file
}

// nestTypes is an instance type in an instance type, depth times.
func nestTypes(depth int) []byte {
	def := b(0x73)
	for range depth {
		def = b(0x42, 1, 1, def)
	}
	return typ(def)
}

func TestDepth(t *testing.T) {
	for what, make := range map[string]func(int) []byte{"components": nest, "types": nestTypes} {
		if _, err := wasm.Decode(make(98)); err != nil {
			t.Errorf("98 %s in each other: %v", what, err)
		}
		for _, depth := range []int{100, 5000} {
			_, err := wasm.Decode(make(depth))
			if err == nil || !strings.Contains(err.Error(), "nested deeper than 100") {
				t.Errorf("%d %s in each other: %v", depth, what, err)
			}
		}
	}
}

// A vector claims as many elements as there are bytes left, in many sections: only what was read is allocated.
func TestClaimsCostNothing(t *testing.T) {
	claim := b(0x42, uleb(4000))
	var nested []byte
	for range 90 {
		nested = b(nested, 0x42, uleb(4000), 1)
	}
	for what, contents := range map[string][]byte{
		"one":    b(1, claim),
		"nested": b(1, nested, 0x73),
	} {
		file := component(section(7, contents, make([]byte, 5000)))
		got := allocated(100, func() {
			if _, err := wasm.Decode(file); err == nil {
				t.Fatal("no error")
			}
		})
		if limit := uint64(100 * len(file)); got > limit {
			t.Errorf("%s: %d bytes allocated for a file of %d", what, got, len(file))
		}
	}
}

// allocated returns how many bytes one of n runs of f allocates.
func allocated(n uint64, f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / n
}

func TestErrorText(t *testing.T) {
	for err, want := range map[wasm.Error]string{
		{Offset: 4, Reason: "no wasm magic"}:                   "no wasm magic at offset 0x4",
		{Offset: 255, Section: "type", Reason: "no such type"}: "type section: no such type at offset 0xff",
	} {
		if got := fmt.Sprint(&err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
