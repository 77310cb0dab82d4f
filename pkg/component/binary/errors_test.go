package binary_test

import (
	"errors"
	"strings"
	"testing"

	wasm "astrid/pkg/component/binary"
)

// Every refusal of the decoder, with the section and the offset of the byte that is to blame.
func TestErrors(t *testing.T) {
	const max32 = "\xff\xff\xff\xff\x0f"
	tests := []struct {
		what    string
		file    []byte
		offset  int
		section string
		reason  string
	}{
		{"nothing", nil, 0, "", "unexpected end"},
		{"half a preamble", b(preamble[:6]), 4, "", "unexpected end: 4 bytes wanted, 2 left"},
		{"magic", b("\x00ASM", preamble[4:]), 0, "", "no wasm magic"},
		{"core module", b("\x00asm\x01\x00\x00\x00"), 4, "", "a core module, not a component"},
		{"version", b("\x00asm\x0e\x00\x01\x00"), 4, "", "unknown version 0e 00 01 00"},

		{"section id", b(preamble, 13, 0), 8, "", "unknown section id 13"},
		{"section without size", b(preamble, 7), 9, "type", "unexpected end"},
		{"section beyond the end", b(preamble, 7, 2, 0), 8, "type", "2 bytes claimed with 1 left"},
		{"section of 4 GiB", b(preamble, 7, max32), 8, "type", "4294967295 bytes claimed with 0 left"},
		{"size of 33 bits", b(preamble, 7, "\xff\xff\xff\xff\x1f"), 9, "type", "does not fit 32 bits"},
		{"size of six bytes", b(preamble, 7, "\x80\x80\x80\x80\x80\x00"), 9, "type", "integer"},
		{"size cut off", b(preamble, 7, 0x80), 10, "type", "unexpected end"},
		{"bytes left over", component(section(7, 0, 1, 2)), 11, "type", "2 bytes left over"},
		{"empty section", component(section(7)), 10, "type", "unexpected end"},
		{"count beyond the section", component(section(7, 2, 0x73)), 10, "type", "2 definitions claimed with 1 bytes left"},
		{"count of 2^32-1", component(section(7, max32, 0x73)), 10, "type", "4294967295 definitions claimed"},

		{"custom section without name", component(section(0)), 10, "custom", "unexpected end"},
		{"custom name beyond the section", component(section(0, 3, "ab")), 10, "custom", "name of 3 bytes with 2 left"},
		{"custom name that is not UTF-8", component(section(0, 1, 0xff)), 10, "custom", "name is not UTF-8"},
		{"nested magic", component(section(4, "\x00ASM", preamble[4:])), 10, "component", "no wasm magic"},
		{"nested core module", component(section(4, "\x00asm\x01\x00\x00\x00")), 14, "component", "a core module, not a component"},
		{"nested section beyond its component", component(section(4, preamble, 7, 9, 0)), 18, "type", "9 bytes claimed with 1 left"},

		{"core instance form", one(2, 2), 11, "core instance", "unknown core instance form 0x02"},
		{"core argument that is no instance", one(2, 0, 0, vec(b(name("m"), 0, 0))), 16, "core instance", "sort of a core instantiation argument: byte 0x00, want 0x12"},
		{"core sort", one(2, 1, vec(b(name("m"), 0x13, 0))), 15, "core instance", "unknown core sort 0x13"},
		{"instance form", one(5, 2), 11, "instance", "unknown instance form 0x02"},
		{"sort", one(5, 0, 0, vec(b(name("m"), 6, 0))), 16, "instance", "unknown sort 0x06"},
		{"alias target", one(6, 3, 3, 0), 12, "alias", "unknown alias target 0x03"},

		{"outer alias of a function", one(6, 1, 2, 0, 0), 11, "alias", "an outer alias cannot point to a definition of this sort"},
		{"outer alias of an instance", one(6, 5, 2, 0, 0), 11, "alias", "an outer alias cannot point to a definition of this sort"},
		{"outer alias of a core memory", one(6, 0, 2, 2, 0, 0), 11, "alias", "an outer alias cannot point to a definition of this sort"},

		{"type opcode", typ(0x62), 11, "type", "unknown type opcode 0x62"},
		{"type opcode above the primitives", typ(0x00), 11, "type", "unknown type opcode 0x00"},
		{"record without fields", typ(0x72, 0), 11, "type", "no record fields"},
		{"variant without cases", typ(0x71, 0), 11, "type", "variant without cases"},
		{"variant case with refinement", typ(0x71, vec(b(name("a"), 0, 1))), 16, "type", "end of a variant case: byte 0x01, want 0x00"},
		{"tuple without types", typ(0x6f, 0), 11, "type", "tuple without types"},
		{"no flags", typ(0x6e, 0), 11, "type", "flags with 0 labels, want 1 to 32"},
		{"33 flags", typ(0x6e, 33, strings.Repeat("\x01a", 33)), 11, "type", "flags with 33 labels, want 1 to 32"},
		{"enum without cases", typ(0x6d, 0), 11, "type", "enum without cases"},
		{"list of length 0", typ(0x67, 0x73, 0), 11, "type", "a list of the fixed length 0"},
		{"list of a length that is cut off", typ(0x67, 0x73), 13, "type", "unexpected end"},
		{"presence byte", typ(0x6a, 2), 12, "type", "presence byte is 0x02, want 0 or 1"},
		{"type index of 33 bits", typ(0x70, "\xff\xff\xff\xff\x1f"), 12, "type", "type index out of range"},
		{"negative type index", typ(0x70, "\x80\x7f"), 12, "type", "type index out of range"},
		{"type index of six bytes", typ(0x70, "\x80\x80\x80\x80\x80\x00"), 12, "type", "type index out of range"},
		{"value type opcode", typ(0x70, 0x72), 12, "type", "unknown type opcode 0x72"},
		{"result list form", typ(0x40, 0, 2), 13, "type", "unknown result list form 0x02"},
		{"named results", typ(0x40, 0, 1, 1, name("a"), 0x73), 14, "type", "end of an empty result list: byte 0x01, want 0x00"},
		{"resource of f32", typ(0x3f, 0x7d, 0), 12, "type", "resource representation is not i32"},
		{"declarator", typ(0x42, vec(b(5))), 13, "type", "unknown declarator 0x05"},
		{"import in an instance type", typ(0x42, vec(b(3, 0, name("a"), 1, 0))), 13, "type", "unknown declarator 0x03"},
		{"alias of a function in a type", typ(0x42, vec(b(2, 1, 0, 0, name("f")))), 14, "type", "a type cannot hold this alias"},
		{"core alias in a type", typ(0x42, vec(b(2, 0, 2, 1, 0, name("m")))), 14, "type", "a type cannot hold this alias"},

		{"core type", one(3, 0x61), 11, "core type", "unknown core type 0x61"},
		{"core value type", one(3, 0x60, vec(b(0x40)), 0), 13, "core type", "unknown core value type 0x40"},
		{"module type in a module type", one(3, 0x50, vec(b(1, 0x50, 0))), 13, "core type", "a module type inside a module type"},
		{"module type declarator", one(3, 0x50, vec(b(4))), 13, "core type", "unknown module type declarator 0x04"},
		{"core extern kind", one(3, 0x50, vec(b(3, name("x"), 5))), 16, "core type", "unknown core extern kind 0x05"},
		{"kind of tag", one(3, 0x50, vec(b(3, name("x"), 4, 1, 0))), 17, "core type", "kind of a core tag: byte 0x01, want 0x00"},
		{"mutability", one(3, 0x50, vec(b(3, name("x"), 3, 0x7f, 2))), 18, "core type", "unknown mutability 0x02"},
		{"limits", one(3, 0x50, vec(b(3, name("x"), 2, 16, 0))), 17, "core type", "unknown limits 0x10"},
		{"module type's alias of a function", one(3, 0x50, vec(b(2, 0, 1, 0, 0))), 14, "core type", "sort of a module type's alias: byte 0x00, want 0x10"},
		{"module type's alias of an export", one(3, 0x50, vec(b(2, 0x10, 0, 0, 0))), 15, "core type", "target of a module type's alias: byte 0x00, want 0x01"},

		{"canonical definition", one(8, 0x3f), 11, "canon", "unknown canonical definition 0x3f"},
		{"lift of another sort", one(8, 0, 1, 0, 0, 0), 12, "canon", "sort of a lifted function: byte 0x01, want 0x00"},
		{"lower of another sort", one(8, 1, 1, 0, 0), 12, "canon", "sort of a lowered function: byte 0x01, want 0x00"},
		{"post-return on a lower", one(8, 1, 0, 0, vec(b(5, 0))), 11, "canon", "post-return on a lower"},
		{"two encodings", one(8, 0, 0, 0, vec(b(0), b(1)), 0), 16, "canon", "option string-encoding given twice"},
		{"two memories", one(8, 0, 0, 0, vec(b(3, 0), b(3, 0)), 0), 17, "canon", "option memory given twice"},
		{"two reallocs", one(8, 0, 0, 0, vec(b(4, 0), b(4, 1)), 0), 17, "canon", "option realloc given twice"},
		{"two post-returns", one(8, 0, 0, 0, vec(b(5, 0), b(5, 0)), 0), 17, "canon", "option post-return given twice"},
		{"canonical option", one(8, 0, 0, 0, vec(b(0x20)), 0), 15, "canon", "unknown canonical option 0x20"},

		{"name form", one(10, 3, name("a"), 1, 0), 11, "import", "unknown name form 0x03"},
		{"name attribute", one(10, 2, name("a"), vec(b(3, name("x"))), 1, 0), 15, "import", "unknown name attribute 0x03"},
		{"name attribute twice", one(10, 2, name("a"), vec(b(0, name("x")), b(0, name("x"))), 1, 0), 18, "import", "name attribute 0x00 given twice"},
		{"name that is not UTF-8", one(10, 0, 1, 0xff, 1, 0), 12, "import", "name is not UTF-8"},
		{"extern kind", one(10, 0, name("a"), 6, 0), 14, "import", "unknown extern kind 0x06"},
		{"core extern that is no module", one(10, 0, name("a"), 0, 0, 0), 15, "import", "core sort of an extern type: byte 0x00, want 0x11"},
		{"type bound", one(10, 0, name("a"), 3, 2), 15, "import", "unknown type bound 0x02"},
		{"export of a core function", one(11, 0, name("a"), 0, 0, 0, 0), 11, "export", "cannot export a core definition other than a module"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			c, err := wasm.Decode(test.file)
			bad, ok := errors.AsType[*wasm.Error](err)
			switch {
			case c != nil || !ok:
				t.Fatalf("%v, %v", c, err)
			case bad.Kind == wasm.Unsupported || bad.Offset != test.offset || bad.Section != test.section || !strings.Contains(bad.Reason, test.reason):
				t.Errorf("got %+v\nwant %d %q %q", *bad, test.offset, test.section, test.reason)
			}
		})
	}
}

// What the format knows and this decoder does not is refused by its name, where it stands.
func TestUnsupported(t *testing.T) {
	tests := []struct {
		file   []byte
		offset int
		what   string
	}{
		{component(section(9, 0, 0, 0)), 8, "a start definition"},
		{component(section(12, 0)), 8, "a value definition"},
		{one(6, 2, 0, 0, name("v")), 11, "the sort value"},
		{typ(0x43, 0, 1, 0), 11, "an async function type"},
		{typ(0x66, 0), 11, "a stream type"},
		{typ(0x65, 0), 11, "a future type"},
		{typ(0x64), 11, "the type error-context"},
		{typ(0x70, 0x64), 12, "the type error-context"},
		{one(3, 0x5f, 0), 11, "a garbage-collected core type"},
		{one(3, 0x60, vec(b(0x64)), 0), 13, "a typed or garbage-collected reference"},
		{one(3, 0x50, vec(b(3, name("x"), 2, 4, 0))), 17, "a 64-bit memory or table"},
		{one(3, 0x50, vec(b(3, name("x"), 2, 8, 0, 0))), 17, "a memory with pages of another size"},
		{typ(0x3f, 0x7e, 0), 12, "a resource that an i64 represents"},
		{one(8, 0, 0, 0, vec(b(6)), 0), 15, "the canonical option async"},
		{one(8, 0, 0, 0, vec(b(7, 0)), 0), 15, "the canonical option callback"},
		{one(8, 5, 0), 11, "canon task.cancel"},
		{one(8, 9, 0, 0), 11, "canon task.return"},
		{one(8, 0x0e, 0), 11, "canon stream.new"},
		{one(8, 0x16, 0, 0), 11, "canon future.read"},
		{one(8, 0x1c, 0), 11, "canon error-context.new"},
		{one(8, 0x20, 0, 0), 11, "canon waitable-set.wait"},
		{one(8, 0x40, 0), 11, "canon thread.spawn-ref"},
		{one(10, 0, name("v"), 2, 0, 0), 14, "a value import or export"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			_, err := wasm.Decode(test.file)
			bad, ok := errors.AsType[*wasm.Error](err)
			if !ok || bad.Kind != wasm.Unsupported || bad.Offset != test.offset || bad.Reason != test.what+" is not supported" {
				t.Errorf("got %+v\nwant %q at %d", err, test.what, test.offset)
			}
		})
	}
}

// What is of the format and can never be valid is told from what is not of the format.
func TestKinds(t *testing.T) {
	for what, test := range map[string]struct {
		file []byte
		kind wasm.Kind
	}{
		"a type opcode that is none": {typ(0x62), wasm.Malformed},
		"an outer alias of a func":   {one(6, 1, 2, 0, 0), wasm.Malformed},
		"a record without fields":    {typ(0x72, 0), wasm.Invalid},
		"a variant without cases":    {typ(0x71, 0), wasm.Invalid},
		"a tuple without types":      {typ(0x6f, 0), wasm.Invalid},
		"an enum without cases":      {typ(0x6d, 0), wasm.Invalid},
		"no flags":                   {typ(0x6e, 0), wasm.Invalid},
		"a list of length 0":         {typ(0x67, 0x73, 0), wasm.Invalid},
		"a func alias in a type":     {typ(0x42, vec(b(2, 1, 0, 0, name("f")))), wasm.Invalid},
		"nested module types":        {one(3, 0x50, vec(b(1, 0x50, 0))), wasm.Invalid},
		"post-return on a lower":     {one(8, 1, 0, 0, vec(b(5, 0))), wasm.Invalid},
		"an option twice":            {one(8, 0, 0, 0, vec(b(3, 0), b(3, 0)), 0), wasm.Invalid},
		"an attribute twice":         {one(10, 2, name("a"), vec(b(0, name("x")), b(0, name("x"))), 1, 0), wasm.Invalid},
		"an export of a core func":   {one(11, 0, name("a"), 0, 0, 0, 0), wasm.Invalid},
		"an async function type":     {typ(0x43, 0, 1, 0), wasm.Unsupported},
	} {
		_, err := wasm.Decode(test.file)
		if bad, ok := errors.AsType[*wasm.Error](err); !ok || bad.Kind != test.kind {
			t.Errorf("%s: %v, want an error of kind %d", what, err, test.kind)
		}
	}
}
