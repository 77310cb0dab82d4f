package validate_test

import (
	"strings"
	"testing"

	"astrid/pkg/component/validate"
)

// importsFuncs is a component that imports functions without parameters under the given names.
func importsFuncs(names ...string) []byte {
	b := types(funcType(nil))
	for _, n := range names {
		b = append(b, imp(n, descFunc(0))...)
	}
	return b
}

func TestExternNames(t *testing.T) {
	valid := []string{
		"x", "x9", "http-2", "HTTP", "get-HTTP-2-URL", "a-1-b",
		"ns:pkg/iface", "ns-2:pkg-x/IFACE-y", "ns:pkg/iface@1.2.3", "ns:pkg/iface@0.0.0",
		"ns:pkg/iface@1.2.3-rc.1.x-y", "ns:pkg/iface@1.2.3+b.007", "ns:pkg/iface@1.2.3-0a.b+c-d",
	}
	for _, n := range valid {
		if got, err := classify(component(importsFuncs(n))); got != 0 {
			t.Errorf("%q: %v", n, err)
		}
	}
	invalid := []string{
		"", "-", "x-", "-x", "x--y", "9", "9x", "xY", "Xy", "x_y", "x.y", "é", "x y", "x/y",
		":", "ns:", ":pkg/iface", "ns:/", "ns:pkg", "ns:pkg/", "NS:pkg/iface", "ns-X:pkg/iface", "ns:Pkg/iface",
		"9:pkg/iface", "ns:9/iface", "ns:pkg/9", "ns:pkg/iFace", "ns:pkg/a/b", "ns:x:pkg/iface",
		"ns:pkg/iface@", "ns:pkg/iface@1", "ns:pkg/iface@1.2", "ns:pkg/iface@1.2.3.4", "ns:pkg/iface@01.2.3",
		"ns:pkg/iface@1.2.03", "ns:pkg/iface@1.2.3-", "ns:pkg/iface@1.2.3-01", "ns:pkg/iface@1.2.3-a..b",
		"ns:pkg/iface@1.2.3+", "ns:pkg/iface@1.2.3+é", "ns:pkg/iface@1.2.3@1", "ns:pkg/iface@x.y.z", "x@1.2.3",
		"[", "[]", "[]x", "[other]x", "[method", "[method]", "[method]x", "[method]x.", "[method].x", "[method]x.y.z",
		"[static]x.Yz", "[constructor]", "[constructor]x.y", "[constructor]xY", "[method]x_y.z",
		"url=<https://x>", "locked-dep=<a:b>", "unlocked-dep=<a:b>", "integrity=<sha256-a>", "relative-url=<x>",
	}
	for _, n := range invalid {
		if got, err := classify(component(importsFuncs(n))); got != validate.Name {
			t.Errorf("%q: got class %v (%v), want %v", n, got, err, validate.Name)
		}
	}
}

func TestUniqueNames(t *testing.T) {
	taken := cat(
		imp("thing", descSub()), // type 0
		types(borrow(0), own(0), funcType(ref(2)), funcType(nil, field("self", ref(1))), funcType(nil), instanceType()),
		imp("foo", descFunc(5)), imp("foo-bar", descFunc(5)),
		imp("[constructor]thing", descFunc(3)), imp("[method]thing.act", descFunc(4)), imp("[static]thing.make", descFunc(5)),
		imp("ns:pkg/iface", descInstance(6)), imp("ns:pkg/iface@1.0.0", descInstance(6)), imp("ns:pkg/iface@1.0.0-rc", descInstance(6)),
	)
	rows := []row{{"all at once", 0, taken}}
	for name, desc := range map[string][]byte{
		"foo": descFunc(5), "FOO": descFunc(5), "foo-BAR": descFunc(5), "THING": descFunc(5),
		"[constructor]thing": descFunc(3), "[method]thing.act": descFunc(4), "[method]thing.ACT": descFunc(4),
		"[static]thing.act": descFunc(5), "[method]thing.make": descFunc(4), "[method]thing.thing": descFunc(4),
		"[static]thing.THING": descFunc(5), "ns:pkg/iface": descInstance(6), "ns:pkg/IFACE": descInstance(6),
		"ns:pkg/IFACE@1.0.0": descInstance(6),
	} {
		rows = append(rows, row{"again " + name, validate.Duplicate, cat(taken, imp(name, desc))})
	}
	for name, desc := range map[string][]byte{
		"act": descFunc(5), "foo-baz": descFunc(5), "ns:pkg/other": descInstance(6), "ns:pkg/iface@1.0.0-RC": descInstance(6),
	} {
		rows = append(rows, row{"another " + name, 0, cat(taken, imp(name, desc))})
	}
	f := types(funcType(nil))
	rows = append(rows,
		row{"an import and an export", 0, cat(f, imp("x", descFunc(0)), exp("x", funcAt(0)))},
		row{"two exports", validate.Duplicate, cat(f, imp("x", descFunc(0)), exp("x", funcAt(0)), exp("X", funcAt(0)))},
		row{
			"in a component type", validate.Duplicate,
			types(componentType(declType(funcType(nil)), declImport("x", descFunc(0)), declImport("X", descFunc(0)))),
		},
		row{
			"in an instance type", validate.Duplicate,
			types(instanceType(declType(funcType(nil)), declExport("x", descFunc(0)), declExport("x", descFunc(0)))),
		},
		row{
			"in a bundle", validate.Duplicate,
			cat(f, imp("x", descFunc(0)), instances(bundle(named("a-b", funcAt(0)), named("A-B", funcAt(0))))),
		},
		row{
			"a bad name in a component type", validate.Name,
			types(componentType(declType(funcType(nil)), declExport("xY", descFunc(0)))),
		},
		row{
			"a bad name in an instance type", validate.Name,
			types(instanceType(declType(funcType(nil)), declExport("", descFunc(0)))),
		},
		row{"a bad name in a bundle", validate.Name, cat(f, imp("x", descFunc(0)), instances(bundle(named("1", funcAt(0)))))},
		row{"a long name", validate.Name, importsFuncs(strings.Repeat("x_", 1000))},
	)
	check(t, rows)
}

func TestAnnotatedNames(t *testing.T) {
	// Types: 0 the resource r, 1 own r, 2 borrow r, 3 result<own r>, 4 result<own r, string>, 5 result<string>.
	r := cat(imp("r", descSub()), types(own(0), borrow(0), result(ref(1), nil), result(ref(1), tString), result(tString, nil)))
	// with adds a function type, 6, and imports it by name.
	with := func(name string, f []byte) []byte { return cat(r, types(f), imp(name, descFunc(6))) }
	check(t, []row{
		{"constructor", 0, with("[constructor]r", funcType(ref(1)))},
		{"constructor with parameters", 0, with("[constructor]r", funcType(ref(1), field("x", tU8)))},
		{"constructor that can fail", 0, with("[constructor]r", funcType(ref(3)))},
		{"constructor that can fail with an error", 0, with("[constructor]r", funcType(ref(4)))},
		{"constructor of nothing", validate.Name, with("[constructor]r", funcType(nil))},
		{"constructor of a string", validate.Name, with("[constructor]r", funcType(tString))},
		{"constructor of a result without a handle", validate.Name, with("[constructor]r", funcType(ref(5)))},
		{"constructor of another resource", validate.Name, with("[constructor]q", funcType(ref(1)))},
		{"constructor that is no function", validate.Name, cat(r, types(instanceType()), imp("[constructor]r", descInstance(6)))},
		{"method", 0, with("[method]r.act", funcType(nil, field("self", ref(2)), field("x", tU8)))},
		{"method without self", validate.Name, with("[method]r.act", funcType(nil))},
		{"method with another first name", validate.Name, with("[method]r.act", funcType(nil, field("this", ref(2))))},
		{"method on an own handle", validate.Name, with("[method]r.act", funcType(nil, field("self", ref(1))))},
		{"method of another resource", validate.Name, with("[method]q.act", funcType(nil, field("self", ref(2))))},
		{"static", 0, with("[static]r.make", funcType(nil))},
		{"static of an unknown resource", validate.Name, with("[static]q.make", funcType(nil))},
		{"method of a resource named only by an equal type", validate.Name, cat(
			r, imp("q", descEq(0)), types(funcType(nil, field("self", ref(2)))), imp("[method]q.act", descFunc(7)))},
		{"method of an equal type by its own name", 0, cat(
			r, imp("q", descEq(0)), types(borrow(6), funcType(nil, field("self", ref(7)))), imp("[method]q.act", descFunc(8)))},
		{"the resource has to be exported too", validate.Name, cat(
			with("f", funcType(nil, field("self", ref(2)))), exp("[method]r.act", funcAt(0)))},
		{"exported with the resource", 0, cat(
			with("f", funcType(nil, field("self", ref(2)))), exp("s", typeAt(0)), // type 7
			types(borrow(7), funcType(nil, field("self", ref(8)))), expAs("[method]s.act", funcAt(0), descFunc(9)))},
		{"a resource of an imported instance has no name here", validate.Name, cat(
			types(instanceType(declExport("r", descSub()))), imp("i", descInstance(0)), alias(exportOf(sortType, 0, "r")),
			types(borrow(1), funcType(nil, field("self", ref(2)))), imp("[method]r.act", descFunc(3)))},
		{"in an instance type", 0, types(instanceType(
			declExport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declExport("[constructor]r", descFunc(2))))},
		{"in an instance type of another", validate.Name, types(instanceType(
			declExport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declExport("[constructor]q", descFunc(2))))},
		{"a bundle names no resource", validate.Name, cat(
			with("f", funcType(ref(1))), instances(bundle(named("r", typeAt(0)), named("[constructor]r", funcAt(0)))))},
	})
}

func TestImplements(t *testing.T) {
	// attributed is a name with attributes.
	attributed := func(name string, attributes ...[]byte) []byte { return op(2, str(name), vec(attributes...)) }
	implements := func(iface string) []byte { return op(0, str(iface)) }
	id := op(2, str("\u2603 any text"))
	inst := cat(types(instanceType(), funcType(nil)), imp("i", descInstance(0)))
	imports := func(name, desc []byte) []byte { return cat(inst, section(10, vec(cat(name, desc)))) }
	check(t, []row{
		{"instance", 0, imports(attributed("x", implements("ns:pkg/iface")), descInstance(0))},
		{"instance, versioned, with an external id", 0, imports(attributed("x", id, implements("ns:pkg/iface@1.2.3")), descInstance(0))},
		{"external id of a func", 0, imports(attributed("x", id), descFunc(1))},
		{"func", validate.Name, imports(attributed("x", implements("ns:pkg/iface")), descFunc(1))},
		{"a plain name", validate.Name, imports(attributed("x", implements("iface")), descInstance(0))},
		{"no name", validate.Name, imports(attributed("x", implements("")), descInstance(0))},
		{"an interface that implements another", validate.Name, imports(attributed("ns:pkg/x", implements("ns:pkg/iface")), descInstance(0))},
		{"names stay unique", validate.Duplicate, imports(attributed("I", implements("ns:pkg/iface")), descInstance(0))},
		{"version suffix", refused, imports(attributed("x", op(1, str(".2.3"))), descInstance(0))},
		{"export", validate.Name, cat(inst, section(11, vec(cat(attributed("x", implements("x")), instanceAt(0), opt(nil)))))},
		{"bundle", validate.Name, cat(inst, instances(bundle(cat(attributed("x", implements("x")), instanceAt(0)))))},
		{"declarator", validate.Name, types(instanceType(
			declType(funcType(nil)), op(4, attributed("x", implements("ns:pkg/iface")), descFunc(0))))},
	})
}
