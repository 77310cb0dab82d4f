package validate_test

import (
	"slices"
	"testing"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
)

// The builder writes component binaries byte by byte: every function returns the encoding of what it is named
// after. Indices are the caller's business, because wrong ones are what most tests are about.

func cat(parts ...[]byte) []byte { return slices.Concat(parts...) }

func u32(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func str(s string) []byte { return cat(u32(len(s)), []byte(s)) }

func vec(items ...[]byte) []byte { return cat(u32(len(items)), cat(items...)) }

func opt(b []byte) []byte {
	if b == nil {
		return []byte{0}
	}
	return cat([]byte{1}, b)
}

// op is an opcode followed by what belongs to it.
func op(code byte, parts ...[]byte) []byte { return cat([]byte{code}, cat(parts...)) }

func section(id byte, body []byte) []byte { return op(id, u32(len(body)), body) }

// component is a whole component; as a definition it goes into nested.
func component(defs ...[]byte) []byte {
	return cat([]byte("\x00asm\x0d\x00\x01\x00"), cat(defs...))
}

// Definitions, each a section of its own.

func module(m []byte) []byte               { return section(1, m) }
func nested(defs ...[]byte) []byte         { return section(4, component(defs...)) }
func types(defs ...[]byte) []byte          { return section(7, vec(defs...)) }
func coreTypes(defs ...[]byte) []byte      { return section(3, vec(defs...)) }
func imp(name string, desc []byte) []byte  { return section(10, vec(op(0, str(name), desc))) }
func canons(defs ...[]byte) []byte         { return section(8, vec(defs...)) }
func exp(name string, item []byte) []byte  { return section(11, vec(op(0, str(name), item, opt(nil)))) }
func alias(a []byte) []byte                { return section(6, vec(a)) }
func coreInstances(defs ...[]byte) []byte  { return section(2, vec(defs...)) }
func instances(defs ...[]byte) []byte      { return section(5, vec(defs...)) }
func bundle(exports ...[]byte) []byte      { return op(1, vec(exports...)) }
func named(name string, i []byte) []byte   { return op(0, str(name), i) }
func with(name string, item []byte) []byte { return cat(str(name), item) }

// expAs is an export with an ascribed type.
func expAs(name string, item, desc []byte) []byte {
	return section(11, vec(op(0, str(name), item, opt(desc))))
}

// instantiate takes arguments made by with, of a module (coreWith) or a component.
func instantiate(i int, args ...[]byte) []byte { return op(0, u32(i), vec(args...)) }

func coreWith(name string, instance int) []byte {
	return cat(str(name), op(0x12, u32(instance)))
}

// Sorts with an index.

func funcAt(i int) []byte      { return op(1, u32(i)) }
func typeAt(i int) []byte      { return op(3, u32(i)) }
func componentAt(i int) []byte { return op(4, u32(i)) }
func instanceAt(i int) []byte  { return op(5, u32(i)) }
func moduleAt(i int) []byte    { return op(0, op(0x11, u32(i))) }

// Aliases; the sort is its bytes.

func outer(sort []byte, count, i int) []byte { return cat(sort, op(2, u32(count), u32(i))) }

func exportOf(sort []byte, instance int, name string) []byte {
	return cat(sort, op(0, u32(instance), str(name)))
}

func coreExportOf(sort byte, instance int, name string) []byte {
	return cat([]byte{0, sort}, op(1, u32(instance), str(name)))
}

var (
	sortFunc, sortType, sortComponent, sortInstance = []byte{1}, []byte{3}, []byte{4}, []byte{5}
	sortModule, sortCoreType                        = []byte{0, 0x11}, []byte{0, 0x10}
)

// Extern descriptors.

func descModule(i int) []byte    { return op(0x00, op(0x11, u32(i))) }
func descFunc(i int) []byte      { return op(0x01, u32(i)) }
func descEq(i int) []byte        { return op(0x03, op(0, u32(i))) }
func descSub() []byte            { return []byte{0x03, 0x01} }
func descComponent(i int) []byte { return op(0x04, u32(i)) }
func descInstance(i int) []byte  { return op(0x05, u32(i)) }

// Types. A value type is a primitive or an index (ref).

var tU8, tU32, tU64, tString, tBool = []byte{0x7d}, []byte{0x79}, []byte{0x77}, []byte{0x73}, []byte{0x7f}

func ref(i int) []byte {
	if i < 0x40 {
		return []byte{byte(i)}
	}
	return []byte{byte(i)&0x7f | 0x80, byte(i >> 7)} // positive as a signed number; enough for tests
}

func field(name string, t []byte) []byte   { return cat(str(name), t) }
func caseOf(name string, t []byte) []byte  { return cat(str(name), opt(t), []byte{0}) }
func record(fields ...[]byte) []byte       { return op(0x72, vec(fields...)) }
func variant(cases ...[]byte) []byte       { return op(0x71, vec(cases...)) }
func list(t []byte) []byte                 { return op(0x70, t) }
func fixed(t []byte, n int) []byte         { return op(0x67, t, u32(n)) }
func mapOf(k, v []byte) []byte             { return op(0x63, k, v) }
func tuple(ts ...[]byte) []byte            { return op(0x6f, vec(ts...)) }
func option(t []byte) []byte               { return op(0x6b, t) }
func result(ok, err []byte) []byte         { return op(0x6a, opt(ok), opt(err)) }
func own(i int) []byte                     { return op(0x69, u32(i)) }
func borrow(i int) []byte                  { return op(0x68, u32(i)) }
func instanceType(decls ...[]byte) []byte  { return op(0x42, vec(decls...)) }
func componentType(decls ...[]byte) []byte { return op(0x41, vec(decls...)) }
func resource() []byte                     { return []byte{0x3f, 0x7f, 0} }
func resourceDtor(f int) []byte            { return cat([]byte{0x3f, 0x7f, 1}, u32(f)) }

func labels(code byte, names ...string) []byte {
	var b [][]byte
	for _, n := range names {
		b = append(b, str(n))
	}
	return op(code, vec(b...))
}
func flags(names ...string) []byte { return labels(0x6e, names...) }
func enum(names ...string) []byte  { return labels(0x6d, names...) }

func funcType(result []byte, params ...[]byte) []byte {
	if result == nil {
		return op(0x40, vec(params...), []byte{1, 0})
	}
	return op(0x40, vec(params...), op(0, result))
}

// Declarators of component and instance types.

func declCore(t []byte) []byte                { return op(0, t) }
func declType(t []byte) []byte                { return op(1, t) }
func declAlias(a []byte) []byte               { return op(2, a) }
func declImport(name string, d []byte) []byte { return op(3, op(0, str(name), d)) }
func declExport(name string, d []byte) []byte { return op(4, op(0, str(name), d)) }
func moduleType(decls ...[]byte) []byte       { return op(0x50, vec(decls...)) }
func modImport(m, n string, t []byte) []byte  { return op(0, str(m), str(n), t) }
func modType(t []byte) []byte                 { return op(1, t) }
func modAlias(count, i int) []byte            { return op(2, []byte{0x10, 1}, u32(count), u32(i)) }
func modExport(n string, t []byte) []byte     { return op(3, str(n), t) }
func coreFunc(params, results []byte) []byte {
	return op(0x60, u32(len(params)), params, u32(len(results)), results)
}
func extFunc(i int) []byte                     { return op(0, u32(i)) }
func extTable(elem byte, limits []byte) []byte { return op(1, []byte{elem}, limits) }
func extMemory(limits []byte) []byte           { return op(2, limits) }
func extGlobal(t, mut byte) []byte             { return []byte{3, t, mut} }

// limits takes a minimum and perhaps a maximum.
func limits(n ...int) []byte {
	if len(n) == 1 {
		return op(0, u32(n[0]))
	}
	return op(1, u32(n[0]), u32(n[1]))
}
func sharedLimits(lo, hi int) []byte { return op(3, u32(lo), u32(hi)) }

// Canonical definitions and options.

func lift(f, t int, opts ...[]byte) []byte { return op(0, op(0, u32(f)), vec(opts...), u32(t)) }
func lower(f int, opts ...[]byte) []byte   { return op(1, op(0, u32(f)), vec(opts...)) }
func resourceNew(t int) []byte             { return op(2, u32(t)) }
func resourceDrop(t int) []byte            { return op(3, u32(t)) }
func resourceRep(t int) []byte             { return op(4, u32(t)) }
func memory(i int) []byte                  { return op(3, u32(i)) }
func realloc(i int) []byte                 { return op(4, u32(i)) }
func postReturn(i int) []byte              { return op(5, u32(i)) }

const i32, i64, funcref, externref = 0x7f, 0x7e, 0x70, 0x6f

// coreModule builds a core module: imports, then what it defines and exports.
type coreModule struct {
	imports [][]byte // made by modImport without its opcode: see imported
	types   [][]byte
	funcs   []coreDefinition
	others  []coreDefinition
}

type coreDefinition struct {
	name  string
	sort  byte
	typ   []byte // of a table, memory or global; of a function its type
	index int
}

// fn adds a function that traps.
func (m coreModule) fn(name string, params, results []byte) coreModule {
	m.types = append(slices.Clone(m.types), coreFunc(params, results))
	m.funcs = append(slices.Clone(m.funcs), coreDefinition{name: name, index: len(m.types) - 1})
	return m
}

// other adds a table (1), memory (2) or global (3) of the type that its bytes give.
func (m coreModule) other(name string, sort byte, typ []byte) coreModule {
	m.others = append(slices.Clone(m.others), coreDefinition{name: name, sort: sort, typ: typ})
	return m
}

// imported adds an import of something other than a function.
func (m coreModule) imported(module, name string, desc []byte) coreModule {
	m.imports = append(slices.Clone(m.imports), cat(str(module), str(name), desc))
	return m
}

// importedFunc adds an import of a function. Functions must be imported before any is defined.
func (m coreModule) importedFunc(module, name string, params, results []byte) coreModule {
	m.types = append(slices.Clone(m.types), coreFunc(params, results))
	return m.imported(module, name, extFunc(len(m.types)-1))
}

func (m coreModule) bytes() []byte {
	var funcs, bodies, exports [][]byte
	sections := map[byte][][]byte{}
	counts := map[byte]int{}
	for _, i := range m.imports {
		rest := i[1+int(i[0]):]
		sort := rest[1+int(rest[0])]
		counts[sort]++
	}
	base := counts[0]
	for i, f := range m.funcs {
		funcs = append(funcs, u32(f.index))
		bodies = append(bodies, []byte{3, 0, 0x00, 0x0b})
		exports = append(exports, cat(str(f.name), op(0, u32(base+i))))
	}
	for _, o := range m.others {
		def := o.typ
		if o.sort == 3 {
			def = cat(o.typ, map[byte][]byte{i32: {0x41, 0, 0x0b}, i64: {0x42, 0, 0x0b}}[o.typ[0]])
		}
		sections[o.sort] = append(sections[o.sort], def)
		exports = append(exports, cat(str(o.name), op(o.sort, u32(counts[o.sort]))))
		counts[o.sort]++
	}
	b := []byte("\x00asm\x01\x00\x00\x00")
	add := func(id byte, items [][]byte) {
		if len(items) > 0 {
			b = append(b, section(id, vec(items...))...)
		}
	}
	add(1, m.types)
	add(2, m.imports)
	add(3, funcs)
	add(4, sections[1])
	add(5, sections[2])
	add(6, sections[3])
	add(7, exports)
	add(10, bodies)
	return b
}

// libc exports a memory "mem", a "realloc", and functions "run", [] to [i32], and "nop", [] to [].
func libc() coreModule {
	return coreModule{}.
		fn("realloc", []byte{i32, i32, i32, i32}, []byte{i32}).
		fn("run", nil, []byte{i32}).
		fn("nop", nil, nil).
		fn("take", []byte{i32}, nil).
		fn("take2", []byte{i32, i32}, nil).
		other("mem", 2, limits(1))
}

// withLibc instantiates libc: core functions 0 realloc, 1 run, 2 nop, 3 take, 4 take2, core memory 0.
func withLibc() []byte {
	return cat(
		module(libc().bytes()),
		coreInstances(instantiate(0)),
		alias(coreExportOf(0, 0, "realloc")), alias(coreExportOf(0, 0, "run")), alias(coreExportOf(0, 0, "nop")),
		alias(coreExportOf(0, 0, "take")), alias(coreExportOf(0, 0, "take2")), alias(coreExportOf(2, 0, "mem")),
	)
}

// row is one component and the rule that it breaks: 0 for none, refused for what the decoder refuses already.
type row struct {
	name string
	want validate.Class
	defs []byte
}

const refused validate.Class = 0xff

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got, err := classify(component(r.defs))
			if got != r.want {
				t.Fatalf("got class %v (%v), want %v", got, err, r.want)
			}
		})
	}
}

func classify(file []byte) (validate.Class, error) {
	c, err := binary.Decode(file)
	if err != nil {
		return refused, err
	}
	if err := validate.Component(c, core.Limits{}); err != nil {
		return err.(*validate.Error).Rule, err
	}
	return 0, nil
}
