package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
)

func TestLift(t *testing.T) {
	// lifted lifts core function f, of those of withLibc, to a type with the given result and parameters.
	lifted := func(f int, ft []byte, opts ...[]byte) []byte {
		return cat(withLibc(), types(ft), canons(lift(f, 0, opts...)))
	}
	text := funcType(tString)
	takesList := funcType(nil, field("x", op(0x73)))
	many := make([][]byte, 17)
	for i := range many {
		many[i] = field(string(rune('a'+i)), tU32)
	}
	mem, alloc := memory(0), realloc(0)
	check(t, []row{
		{"plain", 0, lifted(2, funcType(nil))},
		{"parameters differ", validate.Type, lifted(3, funcType(nil))},
		{"results differ", validate.Type, lifted(1, funcType(nil))},
		{"kind of number differs", validate.Type, lifted(1, funcType(tU64))},
		{"result through memory", 0, lifted(1, text, mem)},
		{"result through memory, without one", validate.Option, lifted(1, text)},
		{"parameter through memory", 0, lifted(4, takesList, mem, alloc)},
		{"parameter through memory, without realloc", validate.Option, lifted(4, takesList, mem)},
		{"parameter through memory, without any", validate.Option, lifted(4, takesList)},
		{"realloc without memory", validate.Option, lifted(2, funcType(nil), alloc)},
		{"realloc that is another function", validate.Option, lifted(2, funcType(nil), mem, realloc(1))},
		{"realloc unknown", validate.Index, lifted(2, funcType(nil), mem, realloc(99))},
		{"memory unknown", validate.Index, lifted(2, funcType(nil), memory(1))},
		{"options that are not needed", 0, lifted(2, funcType(nil), mem, alloc, []byte{1})},
		{"more parameters than are passed flat", 0, lifted(3, funcType(nil, many...), mem, alloc)},
		{"more parameters than are passed flat, without realloc", validate.Option, lifted(3, funcType(nil, many...), mem)},
		{"as many parameters as are passed flat", validate.Type, lifted(3, funcType(nil, many[:16]...))},
		{"post-return", 0, lifted(1, text, mem, postReturn(3))},
		{"post-return that takes nothing", validate.Option, lifted(1, text, mem, postReturn(2))},
		{"post-return that returns", validate.Option, lifted(2, funcType(nil), postReturn(1))},
		{"post-return of nothing", 0, lifted(2, funcType(nil), postReturn(2))},
		{"post-return unknown", validate.Index, lifted(2, funcType(nil), postReturn(99))},
		{"memory twice", refused, lifted(2, funcType(nil), mem, mem)},
		{"encoding twice", refused, lifted(2, funcType(nil), []byte{0}, []byte{1})},
		{"core function unknown", validate.Index, lifted(99, funcType(nil))},
		{"type unknown", validate.Index, cat(withLibc(), canons(lift(2, 0)))},
		{"type that is no function type", validate.Sort, lifted(2, tU8)},
		{"shared memory", validate.Option, cat(
			module(libc().bytes()), module(coreModule{}.other("mem", 2, sharedLimits(1, 2)).bytes()),
			coreInstances(instantiate(0), instantiate(1)), alias(coreExportOf(0, 0, "nop")), alias(coreExportOf(2, 1, "mem")),
			types(funcType(nil)), canons(lift(0, 0, memory(0))))},
		{"handles are numbers", 0, cat(withLibc(), types(resource(), own(0), funcType(ref(1))), canons(lift(1, 2)))},
		{"small flags and cases are numbers", 0, cat(
			withLibc(), types(flags("a"), enum("b"), funcType(ref(0)), funcType(ref(1))), canons(lift(1, 2), lift(1, 3)))},
		{"two numbers do not fit one result", validate.Option, cat(withLibc(), types(tuple(tU8, tU8), funcType(ref(0))), canons(lift(1, 1)))},
	})
}

func TestLower(t *testing.T) {
	// lowered imports a function and lowers it, then gives it to a core module that imports it with a core type.
	lowered := func(ft []byte, params, results []byte, opts ...[]byte) []byte {
		return cat(withLibc(), types(ft), imp("f", descFunc(0)), canons(lower(0, opts...)),
			coreInstances(bundle(with("x", op(0, u32(5))))),
			module(coreModule{}.importedFunc("m", "x", params, results).bytes()), coreInstances(instantiate(1, coreWith("m", 1))))
	}
	mem, alloc := memory(0), realloc(0)
	check(t, []row{
		{"plain", 0, lowered(funcType(nil), nil, nil)},
		{"number", 0, lowered(funcType(tU64, field("x", tU8)), []byte{i32}, []byte{i64})},
		{"core type differs", validate.Type, lowered(funcType(tU64, field("x", tU8)), []byte{i32}, []byte{i32})},
		{"string parameter", 0, lowered(funcType(nil, field("x", tString)), []byte{i32, i32}, nil, mem)},
		{"string parameter without memory", validate.Option, lowered(funcType(nil, field("x", tString)), []byte{i32, i32}, nil)},
		{"string result", 0, lowered(funcType(tString), []byte{i32}, nil, mem, alloc)},
		{"string result without realloc", validate.Option, lowered(funcType(tString), []byte{i32}, nil, mem)},
		{"string result without memory", validate.Option, lowered(funcType(tString), []byte{i32}, nil)},
		{"post-return", refused, lowered(funcType(nil), nil, nil, postReturn(2))},
		{"function unknown", validate.Index, canons(lower(0))},
		{"of a lift", 0, cat(withLibc(), types(funcType(nil)), canons(lift(2, 0), lower(0)))},
	})
}

func TestReasonsNameWhatIsWrong(t *testing.T) {
	_, err := classify(component(withLibc(), types(funcType(tU64)), canons(lift(1, 0))))
	want := "the lifted core function has to have type " +
		core.FuncType{Results: []core.ValType{core.I64}}.String() + ", and has type " +
		core.FuncType{Results: []core.ValType{core.I32}}.String()
	e, ok := err.(*validate.Error)
	if !ok || e.Reason != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	if got, want := e.Error(), fmt.Sprintf("%s at offset %#x", want, e.Offset); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestClassesHaveNames(t *testing.T) {
	seen := map[string]validate.Class{}
	for c := validate.Index; c <= validate.CoreModule; c++ {
		s := c.String()
		if prior, dup := seen[s]; dup || strings.HasPrefix(s, "class ") {
			t.Errorf("class %d is %q, as is %d", uint8(c), s, uint8(prior))
		}
		seen[s] = c
	}
	if got := validate.Class(200).String(); got != "class 200" {
		t.Errorf("got %q", got)
	}
}
