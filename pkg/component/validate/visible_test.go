package validate_test

import (
	"testing"

	"astrid/pkg/component/validate"
)

func TestVisibility(t *testing.T) {
	// lifted defines a type, index 0, and a function that returns it, made of resource.drop or of libc's run; the
	// function type has index 1.
	lifted := func(def []byte) []byte {
		return cat(withLibc(), types(def, funcType(ref(0))), canons(lift(1, 1)))
	}
	rows := []row{}
	for name, def := range map[string][]byte{
		"record": record(field("x", tU32)), "variant": variant(caseOf("a", nil)), "enum": enum("a", "b"), "flags": flags("a"),
	} {
		rows = append(rows,
			row{name + " without a name", validate.Visibility, cat(lifted(def), exp("f", funcAt(0)))},
			row{name + " exported, but not the one used", validate.Visibility, cat(lifted(def), exp("t", typeAt(0)), exp("f", funcAt(0)))},
			row{name + " by ascription", 0, cat(lifted(def), exp("t", typeAt(0)), types(funcType(ref(2))), expAs("f", funcAt(0), descFunc(3)))},
			row{name + " exported first", 0, cat(withLibc(), types(def), exp("t", typeAt(0)), types(funcType(ref(1))), canons(lift(1, 2)), exp("f", funcAt(0)))},
			row{name + " in an import", validate.Visibility, cat(types(def, funcType(ref(0))), imp("f", descFunc(1)))},
			row{name + " imported first", 0, cat(types(def), imp("t", descEq(0)), types(funcType(ref(1))), imp("f", descFunc(2)))},
			row{name + " exported, used by an import", validate.Visibility, cat(
				types(def), exp("t", typeAt(0)), types(funcType(ref(1))), imp("f", descFunc(2)))},
			row{name + " in a list", validate.Visibility, cat(types(def, list(ref(0))), exp("t", typeAt(1)))},
			row{name + " in a list, with a name", 0, cat(types(def), exp("e", typeAt(0)), types(list(ref(1))), exp("t", typeAt(2)))},
			row{name + " in a case", validate.Visibility, cat(types(def, variant(caseOf("a", ref(0)))), exp("t", typeAt(1)))},
			row{name + " in a result", validate.Visibility, cat(types(def, result(nil, ref(0))), imp("t", descEq(1)))},
		)
	}
	rec := record(field("x", tU32))
	rows = append(rows,
		row{"types that need no name", 0, cat(lifted(tuple(tU32)), exp("f", funcAt(0)))},
		row{"a handle without a name", validate.Visibility, cat(withLibc(), types(resource(), own(0), funcType(ref(1))), canons(lift(1, 2)), exp("f", funcAt(0)))},
		row{"a handle with a name", 0, cat(
			withLibc(), types(resource()), exp("r", typeAt(0)), types(own(1), funcType(ref(2))), canons(lift(1, 3)), exp("f", funcAt(0)))},
		row{"a resource of one's own in an import", validate.Visibility, cat(types(resource()), imp("r", descEq(0)))},
		row{"an exported resource in an import", validate.Visibility, cat(types(resource()), exp("r", typeAt(0)), imp("s", descEq(1)))},
		row{"an imported resource in an import", 0, cat(imp("r", descSub()), imp("s", descEq(0)))},
		row{"a func type", validate.Visibility, cat(types(rec, funcType(ref(0))), exp("t", typeAt(1)))},
		row{"an instance type that names what it uses", 0, cat(
			types(instanceType(declType(rec), declExport("t", descEq(0)), declType(funcType(ref(1))), declExport("f", descFunc(2)))),
			imp("i", descInstance(0)), exp("t", typeAt(0)))},
		row{"an instance type that does not can be defined", 0, types(instanceType(
			declType(rec), declType(funcType(ref(0))), declExport("f", descFunc(1))))},
		row{"and not be imported", validate.Visibility, cat(types(instanceType(
			declType(rec), declType(funcType(ref(0))), declExport("f", descFunc(1)))), imp("i", descInstance(0)))},
		row{"nor be exported", validate.Visibility, cat(types(instanceType(
			declType(rec), declType(funcType(ref(0))), declExport("f", descFunc(1)))), exp("i", typeAt(0)))},
		row{"a component type that does not cannot be defined", validate.Visibility, types(componentType(
			declType(rec), declType(funcType(ref(0))), declExport("f", descFunc(1))))},
		row{"an import of a component type that uses an export", validate.Visibility, types(componentType(
			declExport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declImport("f", descFunc(2))))},
		row{"a bundle that names nothing", validate.Visibility, cat(
			lifted(rec), instances(bundle(named("f", funcAt(0)))), exp("i", instanceAt(0)))},
		row{"a bundle that does", 0, cat(
			lifted(rec), instances(bundle(named("t", typeAt(0)), named("f", funcAt(0)))), exp("i", instanceAt(0)))},
		row{"a type of an exported bundle", 0, cat(
			withLibc(), types(rec), instances(bundle(named("t", typeAt(0)))), exp("i", instanceAt(0)),
			alias(exportOf(sortType, 1, "t")), types(funcType(ref(1))), canons(lift(1, 2)), exp("f", funcAt(0)))},
		row{"a type of the bundle before its export", validate.Visibility, cat(
			withLibc(), types(rec), instances(bundle(named("t", typeAt(0)))), exp("i", instanceAt(0)),
			alias(exportOf(sortType, 0, "t")), types(funcType(ref(1))), canons(lift(1, 2)), exp("f", funcAt(0)))},
		row{"a type of a bundle that is not exported", validate.Visibility, cat(
			withLibc(), types(rec), instances(bundle(named("t", typeAt(0)))),
			alias(exportOf(sortType, 0, "t")), types(funcType(ref(1))), canons(lift(1, 2)), exp("f", funcAt(0)))},
		row{"a type of a child that is not exported", validate.Visibility, cat(
			withLibc(), nested(types(rec), exp("t", typeAt(0))), instances(instantiate(0)),
			alias(exportOf(sortType, 0, "t")), types(funcType(ref(0))), canons(lift(1, 1)), exp("f", funcAt(0)))},
		row{"a type given to a child that exports it", 0, cat(
			types(rec), imp("t", descEq(0)),
			nested(types(rec), imp("t", descEq(0)), types(tuple(ref(1))), exp("u", typeAt(2))),
			instances(instantiate(0, with("t", typeAt(1)))), alias(exportOf(sortType, 0, "u")), exp("u", typeAt(2)))},
		row{"a type without a name given to a child that exports it", validate.Visibility, cat(
			types(rec),
			nested(types(rec), imp("t", descEq(0)), types(tuple(ref(1))), exp("u", typeAt(2))),
			instances(instantiate(0, with("t", typeAt(0)))), alias(exportOf(sortType, 0, "u")), exp("u", typeAt(1)))},
		row{"a name outside is none in a nested component", validate.Visibility, cat(
			types(rec), imp("t", descEq(0)), nested(alias(outer(sortType, 1, 1)), types(funcType(ref(0))), imp("f", descFunc(1))))},
		row{"a component type with a resource of one's own", validate.Visibility, cat(
			types(resource(), componentType(declAlias(outer(sortType, 1, 0)), declExport("r", descEq(0)))), imp("c", descComponent(1)))},
		row{"a component type with a resource of one's own, exported as a type", validate.Visibility, cat(
			types(resource(), componentType(declAlias(outer(sortType, 1, 0)), declExport("r", descEq(0)))), exp("c", typeAt(1)))},
		row{"a component type with an exported resource, exported as a type", 0, cat(
			types(resource(), componentType(declAlias(outer(sortType, 1, 0)), declExport("r", descEq(0)))), exp("r", typeAt(0)), exp("c", typeAt(1)))},
		row{"a component type in a component type", 0, types(componentType(
			declType(componentType(declExport("r", descSub()))), declImport("c", descComponent(0)), declExport("c", descComponent(0))))},
		row{"a component type with an imported resource", 0, cat(
			imp("r", descSub()), types(componentType(declAlias(outer(sortType, 1, 0)), declExport("r", descEq(0)))), imp("c", descComponent(1)))},
		row{"an instance of an instance", 0, cat(
			withLibc(), types(resource()), instances(bundle(named("r", typeAt(0))), bundle(named("i", instanceAt(0)))), exp("j", instanceAt(1)),
			alias(exportOf(sortInstance, 2, "i")), alias(exportOf(sortType, 3, "r")),
			types(own(1), funcType(ref(2))), canons(lift(1, 3)), exp("f", funcAt(0)))},
	)
	check(t, rows)
}
