package validate_test

import (
	"fmt"
	"testing"

	"astrid/pkg/component/validate"
)

func TestValueTypes(t *testing.T) {
	all := types(
		tU8, record(field("a", tU8), field("b", ref(0))), variant(caseOf("a", nil), caseOf("b", ref(1))),
		list(ref(2)), tuple(tString, ref(3)), flags("a", "b-C"), enum("a", "A-1"), option(ref(4)),
		result(nil, nil), result(ref(5), nil), result(nil, ref(6)), result(tBool, tString),
		resource(), own(12), borrow(12), funcType(ref(13), field("x", ref(14)), field("y", tU32)),
	)
	many := make([]string, 33)
	for i := range many {
		many[i] = fmt.Sprintf("f%d", i)
	}
	check(t, []row{
		{"one of each", 0, all},
		{"thirty-two flags", 0, types(flags(many[:32]...))},
		{"thirty-three flags", refused, types(flags(many...))},
		{"a list of fixed length", 0, types(fixed(tString, 3), fixed(ref(0), 2), mapOf(tString, ref(1)), mapOf(tBool, ref(2)))},
		{"a list of length 0", refused, types(fixed(tU8, 0))},
		{"a list of 2^28-1 bytes", 0, types(fixed(tU8, 1<<28-1))},
		{"a list of 2^28 bytes", validate.Size, types(fixed(tU8, 1<<28))},
		{"strings that take less where addresses are short", validate.Size, types(fixed(tString, 1<<24))},
		{"maps that take less where addresses are short", validate.Size, types(mapOf(tU8, tU8), fixed(ref(0), 1<<24))},
		{"a list of 2^32 bytes", validate.Size, types(fixed(tU8, 1<<16), fixed(ref(0), 1<<16))},
		{"a record of 2^28 bytes", validate.Size, types(fixed(tU8, 1<<28-1), record(field("a", ref(0)), field("b", tU8)))},
		{"a variant of 2^28 bytes", validate.Size, types(fixed(tU8, 1<<28-1), option(ref(0)))},
		{"a map of large values", 0, types(fixed(tU8, 1<<28-17), mapOf(tU8, ref(0)))},
		{"a map with lists for keys", validate.Type, types(list(tU8), mapOf(ref(0), tU8))},
		{"a map with floats for keys", validate.Type, types(mapOf([]byte{0x76}, tU8))},
		{"a map with an alias of a number for keys", 0, types(tU8, mapOf(ref(0), tU8))},
		{"no fields", refused, types(record())},
		{"no cases", refused, types(variant())},
		{"no labels", refused, types(enum())},
		{"no flags", refused, types(flags())},
		{"no elements", refused, types(tuple())},
		{"field name empty", validate.Name, types(record(field("", tU8)))},
		{"field name", validate.Name, types(record(field("aB", tU8)))},
		{"case name", validate.Name, types(variant(caseOf("1", nil)))},
		{"flag name", validate.Name, types(flags("a", "b_c"))},
		{"enum name", validate.Name, types(enum("a-"))},
		{"parameter name", validate.Name, types(funcType(nil, field("a.b", tU8)))},
		{"fields", validate.Duplicate, types(record(field("a-b", tU8), field("A-b", tU8)))},
		{"cases", validate.Duplicate, types(variant(caseOf("a", nil), caseOf("a", tU8)))},
		{"flags", validate.Duplicate, types(flags("x", "y", "X"))},
		{"enum cases", validate.Duplicate, types(enum("x", "x"))},
		{"parameters", validate.Duplicate, types(funcType(nil, field("x", tU8), field("X", tU8)))},
		{"an index that is not there", validate.Index, types(list(ref(0)))},
		{"an index that comes later", validate.Index, types(option(ref(1)), tU8)},
		{"an index in a field", validate.Index, types(record(field("a", ref(9))))},
		{"an index in a case", validate.Index, types(variant(caseOf("a", ref(9))))},
		{"an index in an error", validate.Index, types(result(nil, ref(9)))},
		{"an index in a parameter", validate.Index, types(funcType(nil, field("a", ref(9))))},
		{"an index in a result", validate.Index, types(funcType(ref(9)))},
		{"a function as a value", validate.Sort, types(funcType(nil), list(ref(0)))},
		{"an instance as a value", validate.Sort, types(instanceType(), tuple(ref(0)))},
		{"a component as a value", validate.Sort, types(componentType(), funcType(ref(0)))},
		{"a resource as a value", validate.Sort, types(resource(), list(ref(0)))},
	})
}

func TestHandlesAndResources(t *testing.T) {
	check(t, []row{
		{"own of no index", validate.Index, types(own(0))},
		{"own of a value", validate.Resource, types(tU8, own(0))},
		{"borrow of a function", validate.Resource, types(funcType(nil), borrow(0))},
		{"borrow as a result", validate.Resource, types(resource(), borrow(0), funcType(ref(1)))},
		{"borrow inside a result", validate.Resource, types(
			resource(), borrow(0), record(field("a", ref(1))), option(ref(2)), list(ref(3)), funcType(ref(4)))},
		{"borrow in a parameter", 0, types(resource(), borrow(0), list(ref(1)), funcType(nil, field("x", ref(2))))},
		{"resource in an instance type", validate.Resource, types(instanceType(declType(resource())))},
		{"resource in a component type", validate.Resource, types(componentType(declType(resource())))},
		{"destructor", 0, cat(withLibc(), types(resourceDtor(3)))},
		{"destructor with a result", validate.Type, cat(withLibc(), types(resourceDtor(1)))},
		{"destructor without parameter", validate.Type, cat(withLibc(), types(resourceDtor(2)))},
		{"destructor of no index", validate.Index, types(resourceDtor(0))},
		{"new and rep of one's own", 0, cat(types(resource()), canons(resourceNew(0), resourceRep(0), resourceDrop(0)))},
		{"new of an import", validate.Resource, cat(imp("r", descSub()), canons(resourceNew(0)))},
		{"rep of an import", validate.Resource, cat(imp("r", descSub()), canons(resourceRep(0)))},
		{"drop of an import", 0, cat(imp("r", descSub()), canons(resourceDrop(0)))},
		{"new of a value type", validate.Resource, cat(types(tU8), canons(resourceNew(0)))},
		{"drop of no index", validate.Index, canons(resourceDrop(0))},
		{"rep of an export of one's own", 0, cat(types(resource()), exp("r", typeAt(0)), canons(resourceRep(1)))},
		{"rep of an export with its origin hidden", validate.Resource, cat(
			types(resource()), expAs("r", typeAt(0), descSub()), canons(resourceRep(1)))},
		{"rep of a child's", validate.Resource, cat(
			nested(types(resource()), exp("r", typeAt(0))), instances(instantiate(0)),
			alias(exportOf(sortType, 0, "r")), canons(resourceRep(0)))},
		{"rep of one's own that came back from a child", 0, cat(
			types(resource()), nested(imp("in", descSub()), exp("out", typeAt(0))),
			instances(instantiate(0, with("in", typeAt(0)))), alias(exportOf(sortType, 0, "out")), canons(resourceRep(1)))},
		{"functions of resource.new, rep and drop", 0, cat(
			types(resource()), canons(resourceNew(0), resourceRep(0), resourceDrop(0)),
			types(funcType(tU32, field("x", tU32)), funcType(nil, field("x", tU32))), canons(lift(0, 1), lift(1, 1), lift(2, 2)))},
		{"drop returns nothing", validate.Type, cat(
			types(resource(), funcType(tU32, field("x", tU32))), canons(resourceDrop(0), lift(0, 1)))},
	})
}

func TestTypesAreBounded(t *testing.T) {
	chain := func(n int, first []byte, next func(int) []byte) []byte {
		defs := [][]byte{first}
		for i := range n {
			defs = append(defs, next(i))
		}
		return types(defs...)
	}
	instanceOf := func(i int) []byte {
		return instanceType(declAlias(outer(sortType, 1, i)), declExport("a", descInstance(0)))
	}
	twice := func(i int) []byte {
		return instanceType(declAlias(outer(sortType, 1, i)), declExport("a", descInstance(0)), declExport("b", descInstance(0)))
	}
	bundles := func(n int) []byte {
		defs := [][]byte{bundle()}
		for i := range n {
			defs = append(defs, bundle(named("a", instanceAt(i))))
		}
		return instances(defs...)
	}
	check(t, []row{
		{"deep values", 0, chain(90, tU8, func(i int) []byte { return list(ref(i)) })},
		{"too deep values", validate.Nesting, chain(200, tU8, func(i int) []byte { return list(ref(i)) })},
		{"too deep instance types", validate.Nesting, chain(200, instanceType(), instanceOf)},
		{"too deep instances", validate.Nesting, bundles(200)},
		{"wide by repetition", 0, chain(18, tU8, func(i int) []byte { return tuple(ref(i), ref(i)) })},
		{"too wide by repetition", validate.Size, chain(40, tU8, func(i int) []byte { return tuple(ref(i), ref(i)) })},
		{"too wide behind lists", validate.Size, chain(90, tU8, func(i int) []byte {
			if i%2 == 0 {
				return list(ref(i))
			}
			return tuple(ref(i), ref(i))
		})},
		{"too wide instance types", validate.Size, chain(60, instanceType(), twice)},
		// Each instantiation makes the exports of the child anew, so that a few bytes describe many types.
		{"too much work", validate.Work, func() []byte {
			r := record(field("x", tU8))
			child := [][]byte{imp("r", descSub()), types(own(0))}
			for i := range 400 {
				child = append(child, types(r), exp(fmt.Sprintf("t%d", i), typeAt(2+2*i)))
			}
			child = append(child, types(funcType(ref(1))))
			b := cat(imp("r", descSub()), nested(child...))
			for range 20_000 {
				b = append(b, instances(instantiate(0, with("r", typeAt(0))))...)
			}
			return b
		}()},
	})
}
