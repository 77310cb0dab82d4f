package component_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/component"
	"astrid/pkg/component/canon"
)

// Components that are put together in every way answer as their sources say.
func TestStructure(t *testing.T) {
	type point struct{ X, Y int32 }
	type shape struct{ W, H uint32 }
	type word struct{ Word string }
	type tuple struct{ A, B uint32 }
	for fixture, check := range map[string]func(*guest){
		"exported-interface": func(g *guest) {
			want1(g, "test:values/shapes@0.1.0#area", shape{3, 4}, uint64(12))
			grow, err := component.ExportFunc2[shape, uint32, shape](g.linked, "test:values/shapes@0.1.0#grow")
			if err != nil {
				g.Fatal(err)
			}
			if got, err := grow.Call(g.Context(), g.inst, shape{3, 4}, 2); err != nil || got != (shape{6, 8}) {
				g.Errorf("grow: %v, %v", got, err)
			}
		},
		"nested-twice": func(g *guest) {
			want1(g, "by-two", uint32(21), uint32(42))
			want1(g, "by-three", uint32(14), uint32(42))
		},
		"component-to-component": func(g *guest) {
			want1(g, "shout", "abc", "ABC!")
			want1(g, "shout", "", "!")
		},
		"instance-alias": func(g *guest) {
			want0(g, "test:values/answers#answer", uint32(42))
			want0(g, "test:values/answers#reply", uint32(42))
			want0(g, "answer", uint32(42))
		},
		"instance-nested": func(*guest) {},
		"outer-alias":     func(g *guest) { want1(g, "area", tuple{6, 7}, uint32(42)) },
		"imported-types": func(g *guest) {
			want1(g, "pick", true, word{"yes"})
			want1(g, "pick", false, word{"no"})
		},
		"exported-type": func(g *guest) { want0(g, "origin", point{}) },
		"sections":      func(g *guest) { want0(g, "answer", uint32(42)) },
		"empty":         func(*guest) {},
		"shared-memory": func(g *guest) {
			for n := range uint32(3) {
				want0(g, "bump", n+1)
			}
		},
		"many-instances": func(g *guest) {
			want0(g, "bump-a", uint32(1))
			want0(g, "bump-b", uint32(11))
			want0(g, "bump-a", uint32(2))
			want0(g.again(), "bump-a", uint32(1))
			want0(g, "bump-b", uint32(12))
		},
		"post-return": func(g *guest) {
			for _, want := range []string{"one", "two", "one"} {
				want0(g, "next", want)
			}
			want1(g, "plain", uint32(5), uint32(5))
			want0(g, "freed", uint32(8))
		},
	} {
		t.Run(fixture, func(t *testing.T) { check(open(t, fixture)) })
	}
}

func TestBareImports(t *testing.T) {
	g := open(t, "imported-func", component.NewInterface("").
		Func("double", component.Infallible1(func(_ context.Context, n uint32) uint32 { return 2 * n })).
		Func("unused", component.Infallible1(func(_ context.Context, s string) []string { return nil })))
	want1(g, "twice", uint32(21), uint32(42))
}

// An export shows what its ascribed type has, and no more.
func TestAscribedExport(t *testing.T) {
	g := open(t, "export-ascribed")
	var names []string
	for _, e := range g.linked.Component().Exports() {
		names = append(names, e.Name)
	}
	if want := []string{"test:values/part#answer", "test:values/part#inner#reply"}; !slices.Equal(names, want) {
		t.Errorf("exports %q, want %q", names, want)
	}
	want0(g, "test:values/part#answer", uint32(42))
	want0(g, "test:values/part#inner#reply", uint32(7))
}

// An export that is an import passed on is told from one that is not there.
func TestPassedOn(t *testing.T) {
	called := 0
	l := link(t, component.Config{}, componentOf(def(7, 0x40, 0, 1, 0), def(10, 0, name("f"), 1, 0), def(11, 0, name("g"), 1, 0, 0)),
		component.NewInterface("").Func("f", component.Proc0(func(context.Context) { called++ })))
	_, err := l.Export("g")
	if want := `the export "g" is the host's own function f, passed on`; fmt.Sprint(err) != want || !as[*component.ExportError](err) {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = component.ExportFunc0[component.Unit](l, "f")
	if want := `no function export "f"; it exports no function`; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// recorder is the interface of fixtures that tell the host a number.
func recorder(marks *[]uint32) *component.Interface {
	return component.NewInterface(echo).Func("mark", component.Proc1(func(_ context.Context, n uint32) { *marks = append(*marks, n) }))
}

func wantMarks(t testing.TB, got []uint32, want ...uint32) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the host was told %d, want %d", got, want)
	}
}

// A start function runs when an instance is made, and may call the host then.
func TestStart(t *testing.T) {
	var marks []uint32
	g := open(t, "core-start", recorder(&marks))
	wantMarks(t, marks, 7)
	want0(g, "started", true)
	g.again()
	wantMarks(t, marks, 7, 7)
}

func TestShim(t *testing.T) {
	var logged []string
	g := open(t, "shim-fixup", component.NewInterface(echo).Func("log", component.Proc1(func(_ context.Context, m string) { logged = append(logged, m) })))
	want1(g, "greet", "bob", "bob")
	if !slices.Equal(logged, []string{"bob"}) {
		t.Errorf("logged %q", logged)
	}
}

// While a result is being freed, the instance cannot be left.
func TestPostReturnMayNotLeave(t *testing.T) {
	var marks []uint32
	g := open(t, "post-return-import", recorder(&marks))
	_, err := call0[component.Unit](g, "free")
	wantFault(t, "free", err, canon.FaultLeave)
	wantMarks(t, marks)
}

// A host function that calls back into the instance that called it is refused, and can go on.
func TestReenter(t *testing.T) {
	var g *guest
	var nested error
	g = open(t, "reenter", component.NewInterface(echo).Func("back", component.Proc0(func(ctx context.Context) {
		fine, err := component.ExportFunc0[uint32](g.linked, "fine")
		if err != nil {
			t.Error(err)
			return
		}
		_, nested = fine.Call(ctx, g.inst)
	})))
	want0(g, "call", uint32(7))
	wantFault(t, "fine from inside back", nested, canon.FaultReentry)
	want0(g, "fine", uint32(1))
}

// A component that wraps others can be called by them while it is in a call, and they cannot.
func TestDonut(t *testing.T) {
	g := open(t, "donut")
	for _, s := range []string{"", "abc", strings.Repeat("é", 100)} {
		want1(g, "around", s, uint32(len(s)))
		want1(g, "own", s, uint32(len(s)))
	}
	_, err := call1[uint32](g, "through", "abc")
	wantFault(t, "through", err, canon.FaultReentry)
}

// An instance may call another one of the same component while it is in a call.
func TestCallAnotherInstance(t *testing.T) {
	var other *guest
	g := open(t, "reenter", component.NewInterface(echo).Func("back", component.Proc0(func(ctx context.Context) {
		if other != nil {
			want0(other, "fine", uint32(1))
		}
	})))
	other = g.again()
	want0(g, "call", uint32(7))
	want0(other, "fine", uint32(1))
}

func TestImportsAndExports(t *testing.T) {
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{}), fixture(t, "instance-alias"))
	if err != nil {
		t.Fatal(err)
	}
	exports := comp.Exports()
	var names []string
	for _, e := range exports {
		names = append(names, e.Name+" "+e.Type())
	}
	if want := []string{"test:values/answers#answer func() -> u32", "test:values/answers#reply func() -> u32", "answer func() -> u32"}; !slices.Equal(names, want) {
		t.Errorf("exports %q, want %q", names, want)
	}
	if exports[0].Func != exports[1].Func || exports[0].Func != exports[2].Func {
		t.Error("exports that share a function do not say so")
	}
	if comp.IsModule() || len(comp.Imports()) != 0 {
		t.Errorf("module %v, imports %v", comp.IsModule(), comp.Imports())
	}

	if comp, err = component.Compile(t.Context(), newRuntime(t, component.Config{}), fixture(t, "imported-func")); err != nil {
		t.Fatal(err)
	}
	var imports []string
	for _, imp := range comp.Imports() {
		imports = append(imports, imp.Func+" "+imp.Type())
	}
	if want := []string{"double func(n: u32) -> u32", "unused func(s: string) -> list<string>"}; !slices.Equal(imports, want) {
		t.Errorf("imports %q, want %q", imports, want)
	}
}

// A resource of the host's: the guest makes one, lends it, keeps one between calls and gives one back.
func TestHostResource(t *testing.T) {
	type thing struct{ n uint32 }
	var dropped []uint32
	things := component.NewInterface("test:values/things").
		Resource("thing", component.NewResource(func(_ context.Context, t *thing) { dropped = append(dropped, t.n) })).
		Func("[constructor]thing", component.Infallible1(func(_ context.Context, n uint32) component.Own[*thing] {
			return component.Own[*thing]{Value: &thing{n}}
		})).
		Func("[method]thing.get", component.Infallible1(func(_ context.Context, t component.Borrow[*thing]) uint32 { return t.Value.n })).
		Func("peek", component.Infallible1(func(_ context.Context, t component.Borrow[*thing]) uint32 { return t.Value.n }))
	start := func(t *testing.T) *guest {
		dropped = nil
		return open(t, "resource-imported", things)
	}
	type own = component.Own[*thing]
	type borrow = component.Borrow[*thing]

	t.Run("probe", func(t *testing.T) {
		g := start(t)
		for n := range uint32(20) {
			want1(g, "probe", n, 2*n)
		}
		if len(dropped) != 20 || dropped[19] != 19 {
			t.Errorf("dropped %d", dropped)
		}
	})
	t.Run("keep and give", func(t *testing.T) {
		g, kept := start(t), &thing{9}
		want1(g, "keep", own{Value: kept}, component.Unit{})
		want0(g, "kept", uint32(9))
		if got, err := call0[own](g, "give"); err != nil || got.Value != kept {
			t.Errorf("%v, %v", got, err)
		}
		wantMarks(t, dropped)
		_, err := call0[uint32](g, "kept")
		wantFault(t, "kept() after give()", err, canon.FaultHandle)
	})
	t.Run("give nothing", func(t *testing.T) {
		_, err := call0[own](start(t), "give")
		wantFault(t, "give()", err, canon.FaultHandle)
	})
	t.Run("lend", func(t *testing.T) {
		g := start(t)
		want1(g, "lend", borrow{Value: &thing{3}}, uint32(3))
		want1(g, "lend", borrow{Value: &thing{4}}, uint32(4))
		wantMarks(t, dropped)
	})
	t.Run("hoard", func(t *testing.T) {
		_, err := call1[uint32](start(t), "hoard", borrow{Value: &thing{3}})
		wantFault(t, "hoard", err, canon.FaultBorrow)
	})
	t.Run("close", func(t *testing.T) {
		g := start(t)
		want1(g, "keep", own{Value: &thing{11}}, component.Unit{})
		if err := g.inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
		wantMarks(t, dropped, 11)
	})
}

// A resource of the guest's, as the host holds it.
func TestGuestResource(t *testing.T) {
	var marks []uint32
	g := open(t, "resource-exported", recorder(&marks))
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	made := func(start uint32) *component.Ref {
		c, err := call1[*component.Ref](g, counters+"[constructor]counter", start)
		fail(err)
		return c
	}
	a, b := made(10), made(20)
	add, err := component.ExportFunc2[*component.Ref, uint32, uint32](g.linked, counters+"[method]counter.add")
	fail(err)
	if n, err := add.Call(t.Context(), g.inst, a, 5); err != nil || n != 15 {
		t.Errorf("add is %d, %v", n, err)
	}
	want1(g, counters+"read", a, uint32(15))
	want1(g, counters+"read", b, uint32(20))

	merge, err := component.ExportFunc2[*component.Ref, *component.Ref, *component.Ref](g.linked, counters+"[static]counter.merge")
	fail(err)
	sum, err := merge.Call(t.Context(), g.inst, a, b)
	fail(err)
	if len(marks) != 2 || a.Owned || b.Owned {
		t.Errorf("merge destroyed %d; a is owned: %v, b: %v", marks, a.Owned, b.Owned)
	}
	want1(g, counters+"read", sum, uint32(35))
	fail(g.inst.Drop(t.Context(), sum))
	if len(marks) != 3 {
		t.Errorf("%d are destroyed", marks)
	}
	if err := g.inst.Drop(t.Context(), sum); err == nil {
		t.Error("dropped twice")
	}
}

// What was merged away is the host's no longer: passing it again is the host's fault, not the guest's.
func TestGuestResourceMoved(t *testing.T) {
	var marks []uint32
	g := open(t, "resource-exported", recorder(&marks))
	a, err := call1[*component.Ref](g, counters+"[constructor]counter", uint32(1))
	if err != nil {
		t.Fatal(err)
	}
	merge, err := component.ExportFunc2[*component.Ref, *component.Ref, *component.Ref](g.linked, counters+"[static]counter.merge")
	if err != nil {
		t.Fatal(err)
	}
	_, err = merge.Call(t.Context(), g.inst, a, a)
	if want := "the host's value cannot be passed: a handle to counter is not owned, or has been passed on"; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// A drop that cannot begin leaves the resource the host's.
func TestDropThatCannotBegin(t *testing.T) {
	var marks []uint32
	g := open(t, "resource-exported", recorder(&marks))
	a, err := call1[*component.Ref](g, counters+"[constructor]counter", uint32(7))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.inst.Drop(ctx, a); !as[*component.InterruptError](err) || !a.Owned {
		t.Errorf("%v; owned: %v", err, a.Owned)
	}
	if err := g.inst.Drop(t.Context(), a); err != nil || a.Owned {
		t.Errorf("%v; owned: %v", err, a.Owned)
	}
	wantMarks(t, marks, 7)
}

// listContext is a context that cannot be compared, although its type can.
type listContext struct {
	context.Context
	value any
}

// Calls with a context that cannot be compared go on as any others.
func TestIncomparableContext(t *testing.T) {
	g := open(t, "trap-poison")
	fine, err := component.ExportFunc0[uint32](g.linked, "fine")
	if err != nil {
		t.Fatal(err)
	}
	for _, ctx := range []context.Context{listContext{t.Context(), []int{1}}, listContext{t.Context(), []int{1}}, listContext{t.Context(), 1}} {
		if n, err := fine.Call(ctx, g.inst); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
}

// counters leads the names of the functions that the fixture resource-exported exports.
const counters = "test:values/counters#"

// A handle is good for the instance that it came from, and for no other of the same component.
func TestHandleOfAnotherInstance(t *testing.T) {
	g := open(t, "resource-exported", recorder(new([]uint32)))
	a, err := call1[*component.Ref](g, counters+"[constructor]counter", uint32(1))
	if err != nil {
		t.Fatal(err)
	}
	other := g.again()
	if err := other.inst.Drop(t.Context(), a); err == nil || !a.Owned {
		t.Errorf("the other instance drops it: %v", err)
	}
	_, err = call1[uint32](other, counters+"read", a)
	if want := "the host's value cannot be passed: a handle to counter is one of another instance"; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
	want1(g, counters+"read", a, uint32(1))
}

func TestResourceMisuse(t *testing.T) {
	for _, name := range []string{"no-such-handle", "zero", "twice", "after-drop", "wrong-type"} {
		g := open(t, "resource-misuse")
		_, err := call0[component.Unit](g, name)
		wantFault(t, name, err, canon.FaultHandle)
	}
	want0(open(t, "resource-misuse"), "fine", uint32(42))
}
