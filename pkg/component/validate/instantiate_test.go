package validate_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"astrid/pkg/component/validate"
)

// same is a component with imports "a", a resource type, and "b", a type equal to it: it can be instantiated with
// one resource type under two indices only.
func same() []byte { return nested(imp("a", descSub()), imp("b", descEq(0))) }

func sameOf(i, j int) []byte {
	return instances(instantiate(0, with("a", typeAt(i)), with("b", typeAt(j))))
}

func TestInstantiation(t *testing.T) {
	f := types(funcType(nil))
	wantsFunc := nested(types(funcType(tU8, field("x", tU8))), imp("f", descFunc(0)))
	given := func(ft []byte) []byte {
		return cat(wantsFunc, types(ft), imp("f", descFunc(0)), instances(instantiate(0, with("f", funcAt(0)))))
	}
	check(t, []row{
		{"func", 0, given(funcType(tU8, field("x", tU8)))},
		{"func with another parameter name", validate.Type, given(funcType(tU8, field("y", tU8)))},
		{"func with another parameter type", validate.Type, given(funcType(tU8, field("x", tU32)))},
		{"func with more parameters", validate.Type, given(funcType(tU8, field("x", tU8), field("y", tU8)))},
		{"func without result", validate.Type, given(funcType(nil, field("x", tU8)))},
		{"func with another result", validate.Type, given(funcType(tBool, field("x", tU8)))},
		{"func with a result too many", validate.Type, cat(
			nested(f, imp("f", descFunc(0))), types(funcType(tU8)), imp("f", descFunc(0)), instances(instantiate(0, with("f", funcAt(0)))))},
		{"nothing given", validate.Missing, cat(wantsFunc, instances(instantiate(0)))},
		{"another name given", validate.Missing, cat(
			wantsFunc, types(funcType(tU8, field("x", tU8))), imp("f", descFunc(0)), instances(instantiate(0, with("F", funcAt(0)))))},
		{"another sort given", validate.Type, cat(wantsFunc, nested(), instances(instantiate(0, with("f", componentAt(1)))))},
		{"an unknown component", validate.Index, instances(instantiate(0))},
		{"an unknown argument", validate.Index, cat(nested(), instances(instantiate(0, with("x", funcAt(0)))))},
		{"a core argument", validate.Sort, cat(withLibc(), nested(), instances(instantiate(0, with("x", op(0, op(0, u32(0)))))))},
		{"an argument too many, of any name", 0, cat(
			nested(), f, imp("f", descFunc(0)), instances(instantiate(0, with("not a name", funcAt(0)))))},
		{"an argument twice", validate.Duplicate, cat(
			nested(), f, imp("f", descFunc(0)), instances(instantiate(0, with("x", funcAt(0)), with("x", funcAt(0)))))},
		{"a bundle as an argument", 0, cat(
			f, imp("f", descFunc(0)), instances(bundle(named("f", funcAt(0)), named("g", funcAt(0)))),
			nested(types(instanceType(declType(funcType(nil)), declExport("f", descFunc(0)))), imp("i", descInstance(0))),
			instances(instantiate(0, with("i", instanceAt(0)))))},
		{"a bundle without what is wanted", validate.Missing, cat(
			instances(bundle()),
			nested(types(instanceType(declType(funcType(nil)), declExport("f", descFunc(0)))), imp("i", descInstance(0))),
			instances(instantiate(0, with("i", instanceAt(0)))))},
		{"a bundle with another sort", validate.Type, cat(
			types(tU8), instances(bundle(named("f", typeAt(0)))),
			nested(types(instanceType(declType(funcType(nil)), declExport("f", descFunc(0)))), imp("i", descInstance(0))),
			instances(instantiate(0, with("i", instanceAt(0)))))},
		{"a bundle of an unknown func", validate.Index, instances(bundle(named("f", funcAt(0))))},
		{"an equal type definition", 0, cat(
			types(tuple(tU8, tU8)), nested(types(tuple(tU8, tU8)), imp("t", descEq(0))), instances(instantiate(0, with("t", typeAt(0)))))},
		{"a payload too many", validate.Type, unequal(result(nil, nil), result(tU8, nil))},
		{"a payload too few", validate.Type, unequal(result(nil, tU8), result(nil, nil))},
		{"an element too many", validate.Type, unequal(tuple(tU8), tuple(tU8, tU8))},
		{"a case too many", validate.Type, unequal(enum("a"), enum("a", "b"))},
		{"another case", validate.Type, unequal(enum("a"), enum("A"))},
		{"another primitive", validate.Type, unequal(tU8, tU32)},
		{"another constructor", validate.Type, unequal(tuple(tU8, tU8), record(field("a", tU8), field("b", tU8)))},
		{"a resource where a value type is wanted", validate.Type, cat(
			types(resource()), nested(types(tU8), imp("t", descEq(0))), instances(instantiate(0, with("t", typeAt(0)))))},
		{"a value type where a resource is wanted", validate.Type, cat(
			types(tU8), nested(imp("t", descSub())), instances(instantiate(0, with("t", typeAt(0)))))},
	})
}

// unequal instantiates a component that imports a type equal to wanted with given.
func unequal(wanted, given []byte) []byte {
	return cat(types(given), nested(types(wanted), imp("t", descEq(0))), instances(instantiate(0, with("t", typeAt(0)))))
}

func TestResourceIdentity(t *testing.T) {
	inst := types(instanceType(declExport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declExport("f", descFunc(2))))
	wantsBoth := nested(imp("r", descSub()), types(own(0), funcType(ref(1))), imp("f", descFunc(2)))
	check(t, []row{
		{"one", 0, cat(same(), types(resource()), sameOf(0, 0))},
		{"two definitions", validate.Type, cat(same(), types(resource(), resource()), sameOf(0, 1))},
		{"two imports", validate.Type, cat(same(), imp("r", descSub()), imp("s", descSub()), sameOf(0, 1))},
		{"an import and an equal one", 0, cat(same(), imp("r", descSub()), imp("s", descEq(0)), imp("t", descEq(1)), sameOf(0, 2), sameOf(2, 1))},
		{"a definition and its export", 0, cat(same(), types(resource()), exp("r", typeAt(0)), sameOf(0, 1))},
		{"a definition and an export that hides it", validate.Type, cat(
			same(), types(resource()), expAs("r", typeAt(0), descSub()), sameOf(0, 1))},
		{"two exports of a child's one", 0, cat(same(),
			nested(types(resource()), exp("r", typeAt(0)), exp("s", typeAt(0))), instances(instantiate(1)),
			alias(exportOf(sortType, 0, "r")), alias(exportOf(sortType, 0, "s")), sameOf(0, 1))},
		{"two exports of a child's one, one hidden", validate.Type, cat(same(),
			nested(types(resource()), exp("r", typeAt(0)), expAs("s", typeAt(0), descSub())), instances(instantiate(1)),
			alias(exportOf(sortType, 0, "r")), alias(exportOf(sortType, 0, "s")), sameOf(0, 1))},
		{"two instances of one component", validate.Type, cat(same(),
			nested(types(resource()), exp("r", typeAt(0))), instances(instantiate(1), instantiate(1)),
			alias(exportOf(sortType, 0, "r")), alias(exportOf(sortType, 1, "r")), sameOf(0, 1))},
		{"two instances of a grandchild's", validate.Type, cat(same(),
			nested(nested(types(resource()), exp("r", typeAt(0))), instances(instantiate(0)), exp("i", instanceAt(0))),
			instances(instantiate(1), instantiate(1)),
			alias(exportOf(sortInstance, 0, "i")), alias(exportOf(sortInstance, 1, "i")),
			alias(exportOf(sortType, 2, "r")), alias(exportOf(sortType, 3, "r")), sameOf(0, 1))},
		{"two instances that pass one through", 0, cat(same(),
			types(resource()), nested(imp("in", descSub()), exp("out", typeAt(0))),
			instances(instantiate(1, with("in", typeAt(0))), instantiate(1, with("in", typeAt(0)))),
			alias(exportOf(sortType, 0, "out")), alias(exportOf(sortType, 1, "out")), sameOf(1, 2), sameOf(0, 1))},
		{"two imports of one instance type", validate.Type, cat(same(), inst, imp("i", descInstance(0)), imp("j", descInstance(0)),
			alias(exportOf(sortType, 0, "r")), alias(exportOf(sortType, 1, "r")), sameOf(1, 2))},
		{"two exports of one instance type in an import", validate.Type, cat(same(),
			types(instanceType(declType(instanceType(declExport("r", descSub()))),
				declExport("i", descInstance(0)), declExport("j", descInstance(0)))),
			imp("x", descInstance(0)), alias(exportOf(sortInstance, 0, "i")), alias(exportOf(sortInstance, 0, "j")),
			alias(exportOf(sortType, 1, "r")), alias(exportOf(sortType, 2, "r")), sameOf(1, 2))},
		{"func and resource of one instance", 0, cat(wantsBoth, inst, imp("i", descInstance(0)),
			alias(exportOf(sortType, 0, "r")), alias(exportOf(sortFunc, 0, "f")),
			instances(instantiate(0, with("r", typeAt(1)), with("f", funcAt(0)))))},
		{"func and resource of two instances", validate.Type, cat(wantsBoth, inst, imp("i", descInstance(0)), imp("j", descInstance(0)),
			alias(exportOf(sortType, 0, "r")), alias(exportOf(sortFunc, 1, "f")),
			instances(instantiate(0, with("r", typeAt(1)), with("f", funcAt(0)))))},
		{"an instance for an instance", 0, cat(
			nested(inst, imp("i", descInstance(0))), inst, imp("i", descInstance(0)), instances(instantiate(0, with("i", instanceAt(0)))))},
		{"own for borrow", validate.Type, cat(
			nested(imp("r", descSub()), types(borrow(0), funcType(nil, field("x", ref(1)))), imp("f", descFunc(2))),
			imp("r", descSub()), types(own(0), funcType(nil, field("x", ref(1)))), imp("f", descFunc(2)),
			instances(instantiate(0, with("r", typeAt(0)), with("f", funcAt(0)))))},
	})
}

func TestComponentSubtyping(t *testing.T) {
	// wants imports a component of the type given by declarators; a component is given for it.
	match := func(given []byte, wanted ...[]byte) []byte {
		return cat(given, nested(types(componentType(wanted...)), imp("c", descComponent(0))),
			instances(instantiate(1, with("c", componentAt(0)))))
	}
	f := declType(funcType(nil))
	handles := [][]byte{
		declImport("r", descSub()), declType(own(0)), declType(funcType(ref(1))),
		declImport("f", descFunc(2)), declExport("g", descFunc(2)),
	}
	pass := nested(imp("r", descSub()), types(own(0), funcType(ref(1))), imp("f", descFunc(2)), exp("g", funcAt(0)))
	check(t, []row{
		{"the same", 0, match(nested(types(funcType(nil)), imp("f", descFunc(0)), exp("g", funcAt(0))),
			f, declImport("f", descFunc(0)), declExport("g", descFunc(0)))},
		{"fewer imports and more exports", 0, match(nested(types(tU8), exp("t", typeAt(0))), f, declImport("f", descFunc(0)))},
		{"more imports", validate.Missing, match(nested(types(funcType(nil)), imp("f", descFunc(0))))},
		{"fewer exports", validate.Missing, match(nested(), f, declExport("g", descFunc(0)))},
		{"import of another type", validate.Type, match(nested(types(funcType(tU8)), imp("f", descFunc(0))), f, declImport("f", descFunc(0)))},
		{"resources of imports", 0, match(pass, handles...)},
		{"an instance import that wants less", 0, match(
			nested(types(instanceType()), imp("i", descInstance(0))),
			declType(instanceType(declExport("r", descSub()))), declImport("i", descInstance(0)))},
		{"an instance import that wants more", validate.Missing, match(
			nested(types(instanceType(declExport("r", descSub()))), imp("i", descInstance(0))),
			declType(instanceType()), declImport("i", descInstance(0)))},
		{"a resource of its own for an abstract one", 0, match(
			nested(types(resource()), exp("r", typeAt(0))), declExport("r", descSub()))},
		{"an import for an abstract one", 0, match(
			nested(imp("i", descSub()), exp("r", typeAt(0))), declImport("i", descSub()), declExport("r", descSub()))},
		{"a resource of its own for an import", validate.Type, match(
			nested(imp("i", descSub()), types(resource()), exp("r", typeAt(1))), declImport("i", descSub()), declExport("r", descEq(0)))},
		{"two of its own for one", validate.Type, match(
			nested(types(resource(), resource()), exp("r", typeAt(0)), exp("s", typeAt(1))),
			declExport("r", descSub()), declExport("s", descEq(0)))},
		{"one of its own for two", 0, match(
			nested(types(resource()), exp("r", typeAt(0)), exp("s", typeAt(0))),
			declExport("r", descSub()), declExport("s", descSub()))},
		{"a component type with a resource that is given too", 0, withOuter(0)},
		{"a component type with another resource than the one given", validate.Type, withOuter(1)},
		{"equal instance types", 0, cat(
			types(instanceType(declExport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declExport("f", descFunc(2)))),
			nested(types(instanceType(declExport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declExport("f", descFunc(2)))),
				imp("t", descEq(0))),
			instances(instantiate(0, with("t", typeAt(0)))))},
		{"an instance type that has more is not equal", validate.Missing, cat(
			types(instanceType(f, declExport("f", descFunc(0)))), nested(types(instanceType()), imp("t", descEq(0))),
			instances(instantiate(0, with("t", typeAt(0)))))},
		{"two resources in an instance type are not one", validate.Type, cat(
			types(instanceType(declExport("r", descSub()), declExport("s", descSub()))),
			nested(types(instanceType(declExport("r", descSub()), declExport("s", descEq(0)))), imp("t", descEq(0))),
			instances(instantiate(0, with("t", typeAt(0)))))},
		{"a component type that imports more is not equal", validate.Missing, cat(
			types(componentType()), nested(types(componentType(f, declImport("f", descFunc(0)))), imp("t", descEq(0))),
			instances(instantiate(0, with("t", typeAt(0)))))},
	})
}

// withOuter instantiates a component that imports a resource type and a component that uses it with a component that
// uses resource type 0, and resource type i.
func withOuter(i int) []byte {
	user := componentType(declAlias(outer(sortType, 1, 0)), declExport("e", descEq(0)),
		declType(own(1)), declType(funcType(ref(2))), declExport("f", descFunc(3)))
	return cat(
		nested(imp("r", descSub()), types(user), imp("c", descComponent(1))),
		imp("r", descSub()), imp("s", descSub()), types(user), imp("c", descComponent(2)),
		instances(instantiate(0, with("r", typeAt(i)), with("c", componentAt(1)))))
}

func TestAscription(t *testing.T) {
	f := cat(types(funcType(nil), funcType(tU8), instanceType(), instanceType(declType(funcType(nil)), declExport("f", descFunc(0)))),
		imp("f", descFunc(0)), instances(bundle(named("f", funcAt(0)))))
	check(t, []row{
		{"the type that it has", 0, cat(f, expAs("g", funcAt(0), descFunc(0)))},
		{"another type", validate.Type, cat(f, expAs("g", funcAt(0), descFunc(1)))},
		{"another sort", validate.Type, cat(f, expAs("g", funcAt(0), descInstance(2)))},
		{"fewer exports", 0, cat(f, expAs("i", instanceAt(0), descInstance(2)))},
		{"more exports", validate.Missing, cat(f, imp("e", descInstance(2)), expAs("i", instanceAt(1), descInstance(3)))},
		{"what is ascribed is all that there is", validate.Missing, cat(f,
			expAs("i", instanceAt(0), descInstance(2)), alias(exportOf(sortFunc, 1, "f")))},
		{"the definition keeps what it has", 0, cat(f, expAs("i", instanceAt(0), descInstance(2)), alias(exportOf(sortFunc, 0, "f")))},
		{"a resource", 0, cat(types(resource()), expAs("r", typeAt(0), descSub()))},
		{"a value as a resource", validate.Type, cat(types(tU8), expAs("r", typeAt(0), descSub()))},
		{"an unknown type", validate.Index, cat(f, expAs("g", funcAt(0), descFunc(9)))},
	})
}

// tree is a value type for TestTypeEquality.
type tree struct {
	kind  int
	parts []tree
	label string
}

func trees() *rapid.Generator[tree] {
	leaf := rapid.Custom(func(t *rapid.T) tree { return tree{kind: rapid.IntRange(0, 2).Draw(t, "leaf")} })
	var grow func(depth int) *rapid.Generator[tree]
	grow = func(depth int) *rapid.Generator[tree] {
		if depth == 0 {
			return leaf
		}
		inner := rapid.Custom(func(t *rapid.T) tree {
			n := tree{kind: rapid.IntRange(3, 8).Draw(t, "kind"), label: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "label")}
			n.parts = rapid.SliceOfN(grow(depth-1), 2, 2).Draw(t, "parts")
			return n
		})
		return rapid.OneOf(leaf, inner)
	}
	return grow(3)
}

// written is one side of TestTypeEquality: a resource type, index 0, a handle of it, index 1, and the definitions of
// a type. Records and variants need a name to be used in an import, so the side that imports imports each of them.
type written struct {
	defs    []byte
	next    int
	imports bool
	named   []int // indices of the records and variants, in order
}

func (w *written) def(b []byte, named bool) []byte {
	w.defs = cat(w.defs, types(b))
	w.next++
	if named {
		if w.imports {
			w.defs = cat(w.defs, imp(fmt.Sprintf("n%d", len(w.named)), descEq(w.next-1)))
			w.next++
		}
		w.named = append(w.named, w.next-1)
	}
	return ref(w.next - 1)
}

// add appends the definitions of a type and returns a reference to it.
func (w *written) add(n tree) []byte {
	if n.arity() == 0 {
		return [][]byte{tU8, tString, ref(1)}[n.kind]
	}
	a := w.add(n.parts[0])
	var b []byte
	if n.arity() == 2 {
		b = w.add(n.parts[1])
	}
	switch n.kind {
	case 3:
		return w.def(list(a), false)
	case 4:
		return w.def(tuple(a, b), false)
	case 5:
		return w.def(record(field(n.label, a), field("z", b)), true)
	case 6:
		return w.def(variant(caseOf(n.label, a), caseOf("y", nil), caseOf("z", b)), true)
	case 7:
		return w.def(result(a, b), false)
	default:
		return w.def(option(a), false)
	}
}

// equal is equality of what is written.
func (n tree) equal(o tree) bool {
	if n.kind != o.kind || (n.kind == 5 || n.kind == 6) && n.label != o.label {
		return false
	}
	return slices.EqualFunc(n.parts[:n.arity()], o.parts[:o.arity()], tree.equal)
}

// TestTypeEquality instantiates a component that imports a type equal to one with another: it is valid if both are
// written alike, and only then.
func TestTypeEquality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := trees().Draw(t, "wanted")
		given := wanted
		switch rapid.IntRange(0, 2).Draw(t, "given") {
		case 1:
			given = trees().Draw(t, "another")
		case 2:
			given = wanted.changed(t)
		}
		w := written{defs: cat(imp("r", descSub()), types(own(0))), next: 2, imports: true}
		w.def(tuple(w.add(wanted)), false)
		g := written{defs: cat(types(resource()), types(own(0))), next: 2}
		g.def(tuple(g.add(given)), false)
		args := [][]byte{with("r", typeAt(0)), with("t", typeAt(g.next-1))}
		for i, index := range g.named {
			args = append(args, with(fmt.Sprintf("n%d", i), typeAt(index)))
		}
		got, err := classify(component(
			nested(w.defs, imp("t", descEq(w.next-1))), g.defs, instances(instantiate(0, args...))))
		fits := got == 0
		if want := wanted.equal(given); fits != want || !fits && got != validate.Type && got != validate.Missing {
			t.Fatalf("got class %v (%v), equal is %v", got, err, want)
		}
	})
}

// changed returns the type with one leaf or label changed.
func (n tree) changed(t *rapid.T) tree {
	if n.arity() == 0 {
		n.kind = (n.kind + 1) % 3
		return n
	}
	i := rapid.IntRange(-1, n.arity()-1).Draw(t, "part")
	if i < 0 {
		n.label = map[string]string{"a": "b", "b": "a"}[n.label] // no change where there are no labels
		return n
	}
	n.parts = slices.Clone(n.parts)
	n.parts[i] = n.parts[i].changed(t)
	return n
}

// arity is how many of its parts the type is made of.
func (n tree) arity() int {
	switch n.kind {
	case 0, 1, 2:
		return 0
	case 3, 8:
		return 1
	}
	return 2
}
