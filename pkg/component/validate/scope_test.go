package validate_test

import (
	"testing"

	"astrid/pkg/component/validate"
)

func TestIndexSpaces(t *testing.T) {
	f := types(funcType(nil))
	check(t, []row{
		{"empty", 0, nil},
		{"import of an unknown type", validate.Index, imp("x", descFunc(0))},
		{"import before its type", validate.Index, cat(imp("x", descFunc(0)), f)},
		{"import of an unknown core type", validate.Index, imp("x", descModule(0))},
		{"func of an instance type", validate.Sort, cat(types(instanceType()), imp("x", descFunc(0)))},
		{"instance of a func type", validate.Sort, cat(f, imp("x", descInstance(0)))},
		{"component of a func type", validate.Sort, cat(f, imp("x", descComponent(0)))},
		{"module of a core func type", validate.Sort, cat(coreTypes(coreFunc(nil, nil)), imp("x", descModule(0)))},
		{"each import has an index of its sort", 0, cat(
			f, coreTypes(moduleType()), types(instanceType(), componentType()),
			imp("a", descFunc(0)), imp("b", descModule(0)), imp("c", descInstance(1)), imp("d", descComponent(2)), imp("e", descEq(0)),
			exp("a", funcAt(0)), exp("b", moduleAt(0)), exp("c", instanceAt(0)), exp("d", componentAt(0)), exp("e", typeAt(3)),
			exp("f", funcAt(1)), exp("g", moduleAt(1)), exp("h", instanceAt(1)), exp("i", componentAt(1)), exp("j", typeAt(4)))},
		{"export of an unknown func", validate.Index, exp("x", funcAt(0))},
		{"export of an unknown type", validate.Index, exp("x", typeAt(0))},
		{"export of an unknown instance", validate.Index, exp("x", instanceAt(0))},
		{"export of an unknown component", validate.Index, exp("x", componentAt(0))},
		{"export of an unknown module", validate.Index, exp("x", moduleAt(0))},
		{"export of a core func", refused, cat(withLibc(), exp("x", op(0, op(0, u32(0)))))},
		{"a nested component sees nothing of what is around it", validate.Index, cat(f, nested(imp("x", descFunc(0))))},
		{"a component has an index once it is complete", validate.Index, nested(instances(instantiate(0)))},
	})
}

func TestAliases(t *testing.T) {
	inst := cat(
		coreTypes(moduleType()),
		types(instanceType(
			declType(funcType(nil)), declExport("f", descFunc(0)),
			declExport("t", descSub()),
			declType(instanceType()), declExport("i", descInstance(2)),
			declType(componentType()), declExport("c", descComponent(3)),
			declCore(moduleType()), declExport("m", descModule(0)))),
		imp("x", descInstance(0)),
	)
	check(t, []row{
		{"exports of all sorts", 0, cat(inst,
			alias(exportOf(sortFunc, 0, "f")), alias(exportOf(sortType, 0, "t")), alias(exportOf(sortInstance, 0, "i")),
			alias(exportOf(sortComponent, 0, "c")), alias(exportOf(sortModule, 0, "m")),
			exp("a", funcAt(0)), exp("b", typeAt(1)), exp("c", instanceAt(1)), exp("d", componentAt(0)), exp("e", moduleAt(0)))},
		{"no such instance", validate.Index, alias(exportOf(sortFunc, 0, "f"))},
		{"no such export", validate.Missing, cat(inst, alias(exportOf(sortFunc, 0, "g")))},
		{"an export of another sort", validate.Sort, cat(inst, alias(exportOf(sortType, 0, "f")))},
		{"a module that is a component", validate.Sort, cat(inst, alias(exportOf(sortModule, 0, "c")))},
		{"a core func of an instance", validate.Sort, cat(inst, alias(exportOf([]byte{0, 0}, 0, "f")))},
		{"no such core instance", validate.Index, alias(coreExportOf(0, 0, "f"))},
		{"no such core export", validate.Missing, cat(withLibc(), alias(coreExportOf(0, 0, "other")))},
		{"a core export of another sort", validate.Sort, cat(withLibc(), alias(coreExportOf(2, 0, "run")))},
		{"a component func of a core instance", validate.Sort, cat(withLibc(), alias(cat(sortFunc, op(1, u32(0), str("run")))))},
		{"outer, own scope", 0, cat(types(resource()), alias(outer(sortType, 0, 0)), canons(resourceRep(1)))},
		{"outer, own scope, too early", validate.Index, cat(alias(outer(sortType, 0, 0)), types(tU8))},
		{"outer, past the root", validate.Index, alias(outer(sortType, 1, 0))},
		{"outer, far past the root", validate.Index, alias(outer(sortType, 1<<32-1, 0))},
		{"outer, one up", 0, cat(types(tU8), nested(alias(outer(sortType, 1, 0)), types(list(ref(0)))))},
		{"outer, one up, unknown", validate.Index, cat(types(tU8), nested(alias(outer(sortType, 1, 1))))},
		{"outer, two up", 0, cat(types(tU8), nested(nested(alias(outer(sortType, 2, 0)))))},
		{"outer module", 0, cat(module(libc().bytes()), nested(alias(outer(sortModule, 1, 0)), coreInstances(instantiate(0))))},
		{"outer component", 0, cat(nested(), nested(alias(outer(sortComponent, 1, 0)), instances(instantiate(0))))},
		{"outer core type", 0, cat(coreTypes(moduleType()), nested(alias(outer(sortCoreType, 1, 0)), imp("m", descModule(0))))},
		{"outer core type, unknown", validate.Index, nested(alias(outer(sortCoreType, 1, 0)))},
		{"outer resource", validate.Resource, cat(types(resource()), nested(alias(outer(sortType, 1, 0))))},
		{"outer resource of an import", validate.Resource, cat(imp("r", descSub()), nested(alias(outer(sortType, 1, 0))))},
		{"outer handle", validate.Resource, cat(types(resource(), own(0), list(ref(1))), nested(alias(outer(sortType, 1, 2))))},
		{"outer func type with a handle", validate.Resource, cat(
			types(resource(), own(0), funcType(ref(1))), nested(alias(outer(sortType, 1, 2))))},
		{"outer component type with an outer resource", validate.Resource, cat(
			types(resource(), componentType(declAlias(outer(sortType, 1, 0)), declImport("r", descEq(0)))), nested(alias(outer(sortType, 1, 1))))},
		{"outer component type with resources of its own", 0, cat(
			types(componentType(declImport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declExport("f", descFunc(2)))),
			nested(alias(outer(sortType, 1, 0))))},
		{"outer instance type with resources of its own", 0, cat(
			types(instanceType(declExport("r", descSub()))), nested(alias(outer(sortType, 1, 0)), imp("i", descInstance(0))))},
		{"outer instance type without resources", 0, cat(
			types(instanceType(
				declType(record(field("x", tU8))), declExport("t", descEq(0)), declType(funcType(ref(1))), declExport("f", descFunc(2)))),
			nested(alias(outer(sortType, 1, 0)), imp("i", descInstance(0))))},
		{"outer resource out of a type", 0, cat(types(resource()), types(instanceType(declAlias(outer(sortType, 1, 0)))))},
		{"outer resource out of a type and a component", validate.Resource, cat(
			types(resource()), nested(types(componentType(declAlias(outer(sortType, 2, 0))))))},
		{"outer component in a type", refused, cat(nested(), types(componentType(declAlias(outer(sortComponent, 1, 0)))))},
		{"alias of a func in a type", refused, types(componentType(
			declType(instanceType(declType(funcType(nil)), declExport("f", descFunc(0)))), declImport("i", descInstance(0)),
			declAlias(exportOf(sortFunc, 0, "f"))))},
		{"alias of a type in a type", 0, types(componentType(
			declType(instanceType(declExport("r", descSub()))), declImport("i", descInstance(0)),
			declAlias(exportOf(sortType, 0, "r")), declType(own(1)), declType(funcType(ref(2))), declExport("f", descFunc(3))))},
	})
}
