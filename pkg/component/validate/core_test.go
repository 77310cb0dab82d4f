package validate_test

import (
	"bytes"
	"errors"
	"testing"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
)

func TestCoreModules(t *testing.T) {
	check(t, []row{
		{"empty", 0, module(coreModule{}.bytes())},
		{"not a module", validate.CoreModule, module([]byte("\x00asm\x01\x00\x00\x00\xff"))},
		{"two imports of one name", validate.Duplicate, module(coreModule{}.
			importedFunc("a", "b", nil, nil).importedFunc("a", "b", nil, []byte{i32}).bytes())},
		{"imports that only look alike", 0, module(coreModule{}.
			importedFunc("a", "b:c", nil, nil).importedFunc("a:b", "c", nil, nil).bytes())},
		{"module types", 0, coreTypes(coreFunc(nil, []byte{i32}), moduleType(
			modAlias(1, 0), modType(coreFunc([]byte{i64}, nil)), modAlias(0, 1),
			modImport("a", "f", extFunc(0)), modImport("a", "t", extTable(funcref, limits(1, 2))),
			modExport("m", extMemory(limits(1, 65536))), modExport("g", extGlobal(i64, 1)), modExport("f", extFunc(2))))},
		{"no such type", validate.Index, coreTypes(moduleType(modExport("f", extFunc(0))))},
		{"no such outer type", validate.Index, coreTypes(moduleType(modAlias(1, 0)))},
		{"no such outer scope", validate.Index, coreTypes(moduleType(modAlias(2, 0)))},
		{"an outer module type", validate.Sort, coreTypes(moduleType(), moduleType(modAlias(1, 0)))},
		{"a module type in a module type", refused, coreTypes(moduleType(modType(moduleType())))},
		{"two exports", validate.Duplicate, coreTypes(moduleType(modExport("x", extGlobal(i32, 0)), modExport("x", extGlobal(i32, 0))))},
		{"two imports", validate.Duplicate, coreTypes(moduleType(modImport("", "x", extGlobal(i32, 0)), modImport("", "x", extGlobal(i64, 0))))},
		{"memory too large", validate.Size, coreTypes(moduleType(modExport("m", extMemory(limits(65537)))))},
		{"memory upside down", validate.Size, coreTypes(moduleType(modExport("m", extMemory(limits(2, 1)))))},
		{"memory shared", 0, coreTypes(moduleType(modExport("m", extMemory(sharedLimits(1, 2)))))},
		{"memory shared without end", validate.Size, coreTypes(moduleType(modExport("m", extMemory(op(2, u32(1))))))},
		{"table upside down", validate.Size, coreTypes(moduleType(modExport("t", extTable(funcref, limits(2, 1)))))},
		{"table of numbers", validate.Type, coreTypes(moduleType(modExport("t", extTable(i32, limits(1)))))},
		{"function type too long", validate.Size, coreTypes(coreFunc(bytes.Repeat([]byte{i32}, 1001), nil))},
		{"table shared", validate.Type, coreTypes(moduleType(modExport("t", extTable(funcref, sharedLimits(1, 2)))))},
	})
}

// provider exports one thing as "x", consumer imports one thing as "x" of "m".
func provider(sort byte, typ []byte) []byte { return coreModule{}.other("x", sort, typ).bytes() }
func consumer(desc []byte) []byte           { return coreModule{}.imported("m", "x", desc).bytes() }

func TestCoreInstantiation(t *testing.T) {
	link := func(p, c []byte) []byte {
		return cat(module(p), module(c), coreInstances(instantiate(0), instantiate(1, coreWith("m", 0))))
	}
	table := func(elem byte, l []byte) []byte { return cat([]byte{elem}, l) }
	f := func(params, results []byte) []byte { return coreModule{}.fn("x", params, results).bytes() }
	need := func(params, results []byte) []byte {
		return coreModule{}.importedFunc("m", "x", params, results).bytes()
	}
	rows := []row{
		{"func", 0, link(f([]byte{i32}, []byte{i64}), need([]byte{i32}, []byte{i64}))},
		{"func with another parameter", validate.Type, link(f([]byte{i64}, nil), need([]byte{i32}, nil))},
		{"func with a result too many", validate.Type, link(f(nil, []byte{i32}), need(nil, nil))},
		{"global", 0, link(provider(3, []byte{i32, 0}), consumer(extGlobal(i32, 0)))},
		{"global of another type", validate.Type, link(provider(3, []byte{i64, 0}), consumer(extGlobal(i32, 0)))},
		{"global of another mutability", validate.Type, link(provider(3, []byte{i32, 1}), consumer(extGlobal(i32, 0)))},
		{"memory", 0, link(provider(2, limits(2, 3)), consumer(extMemory(limits(1, 4))))},
		{"memory without end wanted", 0, link(provider(2, limits(2, 3)), consumer(extMemory(limits(2))))},
		{"memory too small", validate.Type, link(provider(2, limits(1)), consumer(extMemory(limits(2))))},
		{"memory that may grow too large", validate.Type, link(provider(2, limits(1, 3)), consumer(extMemory(limits(1, 2))))},
		{"memory without end", validate.Type, link(provider(2, limits(1)), consumer(extMemory(limits(1, 2))))},
		{"memory shared", validate.Type, link(provider(2, sharedLimits(1, 2)), consumer(extMemory(limits(1, 2))))},
		{"table", 0, link(provider(1, table(funcref, limits(2))), consumer(extTable(funcref, limits(1))))},
		{"table of other elements", validate.Type, link(provider(1, table(externref, limits(2))), consumer(extTable(funcref, limits(1))))},
		{"table too small", validate.Type, link(provider(1, table(funcref, limits(0))), consumer(extTable(funcref, limits(1))))},
		{"table without end", validate.Type, link(provider(1, table(funcref, limits(1))), consumer(extTable(funcref, limits(1, 1))))},
		{"another sort", validate.Type, link(f(nil, nil), consumer(extGlobal(i32, 0)))},
		{"no such export", validate.Missing, link(coreModule{}.bytes(), consumer(extGlobal(i32, 0)))},
		{"no argument", validate.Missing, cat(module(need(nil, nil)), coreInstances(instantiate(0)))},
		{"argument of another name", validate.Missing, cat(
			module(f(nil, nil)), module(need(nil, nil)), coreInstances(instantiate(0), instantiate(1, coreWith("n", 0))))},
		{"argument too many", 0, cat(module(coreModule{}.bytes()), coreInstances(instantiate(0), instantiate(0, coreWith("n", 0))))},
		{"argument twice", validate.Duplicate, cat(
			module(coreModule{}.bytes()), coreInstances(instantiate(0), instantiate(0, coreWith("n", 0), coreWith("n", 0))))},
		{"argument unknown", validate.Index, cat(module(coreModule{}.bytes()), coreInstances(instantiate(0, coreWith("n", 0))))},
		{"module unknown", validate.Index, coreInstances(instantiate(0))},
	}
	core := func(sort byte, i int) []byte { return op(sort, u32(i)) }
	bundled := func(exports ...[]byte) []byte { return cat(withLibc(), coreInstances(bundle(exports...))) }
	rows = append(rows,
		row{"bundle", 0, cat(bundled(with("x", core(0, 2)), with("m", core(2, 0))),
			module(need(nil, nil)), coreInstances(instantiate(1, coreWith("m", 1))))},
		row{"bundle with the wrong func", validate.Type, cat(bundled(with("x", core(0, 1))),
			module(need(nil, nil)), coreInstances(instantiate(1, coreWith("m", 1))))},
		row{"bundle with a name twice", validate.Duplicate, bundled(with("x", core(0, 0)), with("x", core(0, 1)))},
		row{"bundle of an unknown func", validate.Index, bundled(with("x", core(0, 99)))},
		row{"bundle of an unknown table", validate.Index, bundled(with("x", core(1, 0)))},
		row{"bundle of an unknown memory", validate.Index, bundled(with("x", core(2, 1)))},
		row{"bundle of an unknown global", validate.Index, bundled(with("x", core(3, 0)))},
		row{"bundle of a module", validate.Sort, bundled(with("x", core(0x11, 0)))},
		row{"bundle of an instance", validate.Sort, bundled(with("x", core(0x12, 0)))},
	)
	check(t, rows)
}

func TestModuleSubtyping(t *testing.T) {
	// given is a module, wanted the declarators of the module type that a nested component imports.
	match := func(given []byte, wanted ...[]byte) []byte {
		return cat(module(given), nested(coreTypes(moduleType(wanted...)), imp("m", descModule(0))),
			instances(instantiate(0, with("m", moduleAt(0)))))
	}
	g := extGlobal(i32, 0)
	check(t, []row{
		{"the same", 0, match(consumer(g), modImport("m", "x", g))},
		{"fewer imports", 0, match(coreModule{}.bytes(), modImport("m", "x", g))},
		{"more imports", validate.Missing, match(consumer(g))},
		{"import of another type", validate.Type, match(consumer(g), modImport("m", "x", extGlobal(i64, 0)))},
		{"import that wants less", 0, match(consumer(extMemory(limits(1))), modImport("m", "x", extMemory(limits(2))))},
		{"import that wants more", validate.Type, match(consumer(extMemory(limits(2))), modImport("m", "x", extMemory(limits(1))))},
		{"more exports", 0, match(libc().bytes(), modType(coreFunc(nil, []byte{i32})), modExport("run", extFunc(0)))},
		{"fewer exports", validate.Missing, match(libc().bytes(), modType(coreFunc(nil, nil)), modExport("other", extFunc(0)))},
		{"export of another type", validate.Type, match(libc().bytes(), modType(coreFunc(nil, nil)), modExport("run", extFunc(0)))},
		{"export of another sort", validate.Type, match(libc().bytes(), modExport("run", g))},
		{"export that is more", 0, match(provider(2, limits(3)), modExport("x", extMemory(limits(2))))},
		{"export that is less", validate.Type, match(provider(2, limits(1)), modExport("x", extMemory(limits(2))))},
	})
}

func TestParsedOncePerModule(t *testing.T) {
	file := component(withLibc(), nested(module(coreModule{}.bytes())), coreInstances(instantiate(0), instantiate(0)))
	c, err := binary.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*binary.CoreModule]int{}
	parse := func(m *binary.CoreModule) (*core.Module, error) {
		seen[m]++
		return core.Parse(m.Wasm, core.Limits{})
	}
	if err := validate.ComponentParsed(c, parse); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 {
		t.Errorf("%d modules parsed, want 2", len(seen))
	}
	for m, n := range seen {
		if n != 1 {
			t.Errorf("module at %#x parsed %d times", m.Offset(), n)
		}
	}
}

func TestCoreErrorsAreFound(t *testing.T) {
	c, err := binary.Decode(component(module(libc().bytes())))
	if err != nil {
		t.Fatal(err)
	}
	err = validate.Component(c, core.Limits{Functions: 1})
	var limit *core.LimitError
	if !errors.As(err, &limit) || limit.Name != "functions" {
		t.Errorf("got %v, want the limit on functions", err)
	}
	var bad *validate.Error
	if !errors.As(err, &bad) || bad.Rule != validate.CoreModule || bad.Offset != c.Defs[0].Offset() {
		t.Errorf("got %v, want an error at the module's offset", err)
	}
}
