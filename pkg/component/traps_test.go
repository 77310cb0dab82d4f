package component_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/component"
	"astrid/pkg/component/canon"
)

type abc uint8

func (abc) WitCases() string { return "a b c" }

// trapper calls an export with the result type R in a fresh instance of the fixture trap-result.
func trapper[R any](g *guest, name string) error {
	_, err := call0[R](g.again(), name)
	return err
}

func TestTrapResult(t *testing.T) {
	g := open(t, "trap-result")
	for name, test := range map[string]struct {
		err  error
		want canon.Fault
	}{
		"enum":               {trapper[abc](g, "enum"), canon.FaultDiscriminant},
		"char-surrogate":     {trapper[rune](g, "char-surrogate"), canon.FaultChar},
		"char-range":         {trapper[rune](g, "char-range"), canon.FaultChar},
		"string-utf8":        {trapper[string](g, "string-utf8"), canon.FaultString},
		"string-oob":         {trapper[string](g, "string-oob"), canon.FaultBounds},
		"string-wrap":        {trapper[string](g, "string-wrap"), canon.FaultLength},
		"list-misaligned":    {trapper[[]uint32](g, "list-misaligned"), canon.FaultAlign},
		"list-oob":           {trapper[[]uint32](g, "list-oob"), canon.FaultLength},
		"option":             {trapper[*uint32](g, "option"), canon.FaultDiscriminant},
		"pointer-misaligned": {trapper[string](g, "pointer-misaligned"), canon.FaultAlign},
		"pointer-oob":        {trapper[string](g, "pointer-oob"), canon.FaultBounds},
		"nested":             {trapper[[]string](g, "nested"), canon.FaultString},
	} {
		wantFault(t, name, test.err, test.want)
	}
	want0(g, "string-edge", "end")
}

type level uint8

func (level) WitCases() string { return "low mid high" }

func TestTrapArgument(t *testing.T) {
	called := 0
	g := open(t, "trap-argument", component.NewInterface(echo).Func("log", component.Infallible2(func(_ context.Context, l level, m string) []uint32 {
		called++
		return []uint32{1, 2, 3}
	})))
	for _, test := range []struct {
		name  string
		want  canon.Fault
		calls int
	}{
		{"level", canon.FaultDiscriminant, 0},
		{"oob", canon.FaultBounds, 0},
		{"utf8", canon.FaultString, 0},
		{"surrogate", canon.FaultString, 0},
		{"cut", canon.FaultString, 0},
		{"retptr", canon.FaultAlign, 1},
		{"retptr-oob", canon.FaultBounds, 1},
	} {
		called = 0
		err := trapper[component.Unit](g, test.name)
		wantFault(t, test.name, err, test.want)
		if called != test.calls {
			t.Errorf("%s: the import was called %d times, want %d", test.name, called, test.calls)
		}
		trap, _ := errors.AsType[*component.Trap](err)
		if trap != nil && !slices.ContainsFunc(trap.Frames, func(f component.Frame) bool { return f.Name == echo+"#log" && f.Module < 0 }) {
			t.Errorf("%s: the frames %q do not name the import", test.name, trap.Frames)
		}
	}
	want0(g, "fine", uint32(3))
}

func TestTrapRealloc(t *testing.T) {
	g := open(t, "trap-realloc")
	two := []uint32{1, 2}
	call := func(name string, v []uint32) error {
		_, err := call1[uint32](g.again(), name, v)
		return err
	}
	wantFault(t, "oob", call("oob", two), canon.FaultBounds)
	wantFault(t, "misaligned", call("misaligned", two), canon.FaultAlign)
	wantFault(t, "wrap", call("wrap", two), canon.FaultBounds)
	wantTrap(t, "trap", call("trap", two), "unreachable")
	wantFault(t, "misaligned([])", call("misaligned", nil), canon.FaultAlign)
	wantFault(t, "wrap([])", call("wrap", nil), canon.FaultBounds)
	want1(g, "oob", []uint32(nil), uint32(0))
	want1(g, "grow", make([]uint32, 1000), uint32(1000))
}

// A start function that traps, and a segment that does not fit: no instance comes to be.
func TestTrapInstantiate(t *testing.T) {
	_, err := link(t, component.Config{}, fixture(t, "trap-start")).Instantiate(t.Context())
	wantTrap(t, "trap-start", err, "unreachable")
	_, err = link(t, component.Config{}, fixture(t, "trap-data")).Instantiate(t.Context())
	if trap, ok := errors.AsType[*component.Trap](err); !ok || !strings.Contains(trap.Reason, "out of bounds") {
		t.Errorf("trap-data: %v", err)
	}
}

// A trap ends the instance, and no other.
func TestPoison(t *testing.T) {
	g := open(t, "trap-poison")
	other := g.again()
	want0(g, "fine", uint32(1))
	_, err := call0[component.Unit](g, "boom")
	wantTrap(t, "boom", err, "unreachable")
	if _, err := call0[uint32](g, "fine"); !errors.Is(err, component.ErrPoisoned) {
		t.Errorf("fine() after boom(): %v", err)
	}
	if _, err := call0[component.Unit](g, "boom"); !errors.Is(err, component.ErrPoisoned) {
		t.Errorf("boom() after boom(): %v", err)
	}
	want0(other, "fine", uint32(1))
	_, err = call0[uint32](other, "divide")
	wantTrap(t, "divide", err, "integer divide by zero")
	if _, err := call0[uint32](other, "fine"); !errors.Is(err, component.ErrPoisoned) {
		t.Errorf("fine() after divide(): %v", err)
	}
}

func TestClosed(t *testing.T) {
	g := open(t, "trap-poison")
	for range 2 {
		if err := g.inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, err := call0[uint32](g, "fine"); !errors.Is(err, component.ErrClosed) {
		t.Error(err)
	}
	fine, err := component.ExportFunc0[uint32](g.linked, "fine")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fine.Call(t.Context(), open(t, "trap-poison").inst); err == nil {
		t.Error("an export was called with an instance of another component")
	}
}

// doubler serves the fixture imported-func with a function of the test's.
func doubler(double func(uint32) (uint32, error)) *component.Interface {
	return component.NewInterface("").
		Func("double", strange{double}.host()).
		Func("unused", component.Infallible1(func(context.Context, string) []string { return nil }))
}

type strange struct{ fn func(uint32) (uint32, error) }

// host panics with the error, if there is one: the function's WIT type has none.
func (s strange) host() component.HostFunc {
	return component.Infallible1(func(_ context.Context, n uint32) uint32 {
		v, err := s.fn(n)
		if err != nil {
			panic(err)
		}
		return v
	})
}

// A panic of a host function ends the guest. What it said may be a secret, and is nowhere in the error.
func TestHostPanic(t *testing.T) {
	for what, double := range map[string]func(uint32) (uint32, error){
		"an error":        func(uint32) (uint32, error) { return 0, errors.New("hunter2") },
		"a string":        func(uint32) (uint32, error) { panic("hunter2") },
		"a runtime error": func(n uint32) (uint32, error) { return []uint32{0}[n], nil },
	} {
		g := open(t, "imported-func", doubler(double))
		_, err := call1[uint32](g, "twice", uint32(21))
		crash, ok := errors.AsType[*component.HostPanicError](err)
		if !ok || crash.Func != "double" || crash.Error() != "the host function double panicked" {
			t.Errorf("%s: %v", what, err)
		}
		for _, text := range []string{fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			if strings.Contains(text, "hunter2") || strings.Contains(text, "out of range") || strings.Contains(text, "goroutine") {
				t.Errorf("%s: the error tells: %s", what, text)
			}
		}
		if _, err := call1[uint32](g, "twice", uint32(1)); !errors.Is(err, component.ErrPoisoned) {
			t.Errorf("%s: the instance lives on: %v", what, err)
		}
	}
}

type code struct {
	Case codeTag
	Text string
}

type codeTag uint8

func (codeTag) WitCases() string { return "denied text" }

func (c *code) Error() string { return "code " + c.Text }

// failing is a core module that imports try() -> result<_, code> and exports it. It is
//
//	(module
//	  (import "h" "try" (func $try (param i32)))
//	  (memory (export "memory") 1)
//	  (func (export "try") (result i32) (call $try (i32.const 16)) (i32.const 16))
//	  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
func failing() []byte {
	const i32 = 0x7f
	return moduleOf(
		section(1, vec(b(0x60, 1, i32, 0), b(0x60, 0, 1, i32), b(0x60, 4, i32, i32, i32, i32, 1, i32))),
		section(2, vec(b(name("h"), name("try"), 0, 0))),
		section(3, vec(b(1), b(2))),
		section(5, vec(b(0, 1))),
		section(7, vec(b(name("memory"), 2, 0), b(name("try"), 0, 1), b(name("cabi_realloc"), 0, 2))),
		section(10, vec(b(8, 0, 0x41, 16, 0x10, 0, 0x41, 16, 0x0b), b(5, 0, 0x41, 0xc0, 0x00, 0x0b))),
	)
}

// An error of a host function reaches the guest as the interface maps it. One that it does not map ends the guest and
// is the error of the call.
func TestHostError(t *testing.T) {
	var answer error
	var errs *component.Errors
	run := func() (component.Result[component.Unit, code], error) {
		l := link(t, component.Config{}, failing(), component.NewInterface("h").Errors(errs).
			Func("try", component.OnlyErr0(func(context.Context) error { return answer })))
		return call0[component.Result[component.Unit, code]](&guest{t, l, instantiate(t, l)}, "try")
	}
	errs = component.ErrorType[code](nil)
	for _, test := range []struct {
		err  error
		want component.Result[component.Unit, code]
	}{
		{nil, component.Result[component.Unit, code]{}},
		{&code{}, component.Result[component.Unit, code]{Failed: true}},
		{fmt.Errorf("wrapped: %w", &code{1, "inner"}), component.Result[component.Unit, code]{Failed: true, Err: code{1, "inner"}}},
	} {
		answer = test.err
		if got, err := run(); err != nil || got != test.want {
			t.Errorf("%v arrived as %v, %v", test.err, got, err)
		}
	}
	answer = errors.New("strange")
	if _, err := run(); !errors.Is(err, answer) || err.Error() != "h#try: strange" {
		t.Errorf("unmapped: %v", err)
	}
	errs = component.ErrorType[code](func(err error) code { return code{1, "mapped " + err.Error()} })
	if got, err := run(); err != nil || got.Err != (code{1, "mapped strange"}) {
		t.Errorf("mapped: %v, %v", got, err)
	}
}

// What the host returns has to be a value of its type.
func TestHostValue(t *testing.T) {
	g := open(t, "string", component.NewInterface(echo).Func("string", component.Infallible1(func(_ context.Context, s string) string { return s + "\xff" })))
	_, err := call1[string](g, "string", "a")
	if host, ok := errors.AsType[*canon.HostError](err); !ok || host.Reason != "a string is not UTF-8" {
		t.Error(err)
	}
	if _, err := call1[string](open(t, "string", component.NewInterface(echo).Func("string", through[string]("").host)), "string", "\xff"); err == nil {
		t.Error("a string that is not UTF-8 was passed to an export")
	}
}

// So does the drop of a resource. In one that is left to Close, all others are dropped and the memory is released.
func TestDropPanic(t *testing.T) {
	var dropped []uint32
	l := link(t, component.Config{}, fixture(t, "resource-imported"), component.NewInterface("test:values/things").
		Resource("thing", component.NewResource(func(_ context.Context, n uint32) {
			dropped = append(dropped, n)
			if n == 13 {
				panic("hunter2")
			}
		})).
		Func("[constructor]thing", component.Infallible1(func(_ context.Context, n uint32) component.Own[uint32] {
			return component.Own[uint32]{Value: n}
		})).
		Func("[method]thing.get", component.Infallible1(func(_ context.Context, t component.Borrow[uint32]) uint32 { return t.Value })).
		Func("peek", component.Infallible1(func(_ context.Context, t component.Borrow[uint32]) uint32 { return t.Value })))
	crashed := func(what string, err error) {
		t.Helper()
		const want = "the host function resource.drop thing panicked"
		if !as[*component.HostPanicError](err) || err.Error() != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	open := func() *guest {
		inst, err := l.Instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return &guest{t, l, inst}
	}

	g := open()
	want1(g, "probe", uint32(5), uint32(10))
	_, err := call1[uint32](g, "probe", uint32(13))
	crashed("resource.drop", err)
	if err := g.inst.Close(t.Context()); err != nil {
		t.Error(err)
	}
	wantMarks(t, dropped, 5, 13)

	dropped = nil
	g = open()
	for _, n := range []uint32{13, 14} {
		want1(g, "keep", component.Own[uint32]{Value: n}, component.Unit{})
	}
	crashed("Close", g.inst.Close(t.Context()))
	wantMarks(t, dropped, 13, 14)
	if left := g.inst.Memory(); left != 0 {
		t.Errorf("%d bytes of memory are left", left)
	}
}

// namedChain is a core module whose functions call each other up to the last, which traps. Only those after the first have names.
//
//	(module
//	  (func (export "run") (call $middle))
//	  (func $middle (call $last))
//	  (func $last unreachable))
func namedChain() []byte {
	return moduleOf(
		section(1, vec(b(0x60, 0, 0))),
		section(3, vec(b(0), b(0), b(0))),
		section(7, vec(b(name("run"), 0, 0))),
		section(10, vec(b(4, 0, 0x10, 1, 0x0b), b(4, 0, 0x10, 2, 0x0b), b(3, 0, 0x00, 0x0b))),
		section(0, name("name"), section(1, vec(b(2, name("last")), b(1, name("middle"))))),
	)
}

// Frames have the names of the module's name section, where it has one for them.
func TestTrapFrames(t *testing.T) {
	l := link(t, component.Config{}, namedChain())
	_, err := call0[component.Unit](&guest{t, l, instantiate(t, l)}, "run")
	wantTrap(t, "run", err, "unreachable")
	if trap, ok := errors.AsType[*component.Trap](err); ok {
		if got := fmt.Sprint(trap.Frames); got != "[last middle function 0 of module 0]" {
			t.Errorf("frames %s", got)
		}
	}
}
