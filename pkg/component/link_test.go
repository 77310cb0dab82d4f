package component_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"astrid/pkg/component"
	"astrid/pkg/component/canon"
)

func linkError(t *testing.T, fixtureName string, interfaces ...*component.Interface) string {
	t.Helper()
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{}), fixture(t, fixtureName))
	if err != nil {
		t.Fatal(err)
	}
	linked, err := component.NewLinker(interfaces...).Link(t.Context(), comp)
	if _, ok := errors.AsType[*component.LinkError](err); !ok || linked != nil {
		t.Fatalf("%v, %v", linked, err)
	}
	again := component.NewLinker(interfaces...).Check(fixture(t, fixtureName), component.Config{})
	if _, ok := errors.AsType[*component.LinkError](again); !ok || again.Error() != err.Error() {
		t.Errorf("Link: %v, Check: %v", err, again)
	}
	return err.Error()
}

// Everything that is missing and everything that does not fit is in one error, with both types.
func TestLinkErrors(t *testing.T) {
	same := func(_ context.Context, v uint32) uint32 { return v }
	for _, test := range []struct{ got, want string }{
		{linkError(t, "imported-func"), "nothing provides the imports double, unused"},
		{linkError(t, "floats"), "nothing provides the imports test:values/echo#f32, test:values/echo#f64"},
		{linkError(t, "floats", component.NewInterface("test:values/echo@1.0.0")), "nothing provides the imports test:values/echo#f32, test:values/echo#f64"},
		{linkError(t, "resource-imported", component.NewInterface("test:values/things")), "nothing provides the imports test:values/things#thing, test:values/things#[constructor]thing, " +
			"test:values/things#[method]thing.get, test:values/things#peek"},
		{
			linkError(t, "imported-func", component.NewInterface("").Func("double", component.Infallible1(func(_ context.Context, v string) uint32 { return 0 }))),
			"nothing provides the imports unused; double(n): WIT u32 cannot be bound to Go string",
		},
		{
			linkError(t, "char-bool", component.NewInterface(echo).Func("char", component.Infallible1(same)).Func("bool", component.Proc1(func(context.Context, bool) {}))),
			"test:values/echo#char(v): WIT char cannot be bound to Go uint32; test:values/echo#bool result: WIT bool, the Go function has none",
		},
		{
			linkError(t, "core-start", component.NewInterface(echo).Func("mark", component.Infallible1(same))),
			"test:values/echo#mark result: WIT has none, the Go function has one",
		},
		{
			linkError(t, "core-start", component.NewInterface(echo).Func("mark", component.Proc0(func(context.Context) {}))),
			"test:values/echo#mark: WIT func(n: u32) cannot be bound to a Go function of 0 parameters",
		},
		{
			linkError(t, "core-start", component.NewInterface(echo).Func("mark", component.Func1(func(context.Context, uint32) (uint32, error) { return 0, nil }))),
			"test:values/echo#mark result: WIT has none, the Go function has one",
		},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
}

// A mismatch can be taken apart.
func TestLinkErrorUnwraps(t *testing.T) {
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{}), fixture(t, "core-start"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = component.NewLinker(component.NewInterface(echo).Func("mark", component.Proc1(func(context.Context, string) {}))).Link(t.Context(), comp)
	bad, ok := errors.AsType[*canon.BindError](err)
	if !ok || bad.Path != "test:values/echo#mark(n)" || bad.Go != reflect.TypeFor[string]() || bad.Type.String() != "u32" {
		t.Errorf("%#v", err)
	}
}

func TestExportErrors(t *testing.T) {
	l := link(t, component.Config{}, fixture(t, "post-return"))
	text := func(_ any, err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	for _, test := range []struct{ got, want string }{
		{text(component.ExportFunc0[string](l, "nextt")), `no function export "nextt"; it exports freed, next, plain`},
		{text(component.ExportFunc0[uint32](l, "next")), "next result: WIT string cannot be bound to Go uint32"},
		{text(component.ExportFunc0[component.Unit](l, "next")), "next result: WIT string, the Go function has none"},
		{text(component.ExportFunc0[uint32](l, "plain")), "plain: WIT func(n: u32) -> u32 cannot be bound to a Go function of 0 parameters"},
		{text(component.ExportFunc1[uint64, uint32](l, "plain")), "plain(n): WIT u32 cannot be bound to Go uint64"},
		{text(component.ExportFunc0[string](link(t, component.Config{}, fixture(t, "empty")), "run")), `no function export "run"; it exports no function`},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
	_, err := component.ExportFunc0[string](l, "x")
	if missing, ok := errors.AsType[*component.ExportError](err); !ok || missing.Name != "x" || len(missing.Has) != 3 {
		t.Errorf("%#v", err)
	}
}

// A core module's signatures have to be what the host's Go types lower to.
func TestCoreModuleLinkErrors(t *testing.T) {
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{}), failing())
	if err != nil {
		t.Fatal(err)
	}
	if !comp.IsModule() {
		t.Error("it is a core module")
	}
	for want, f := range map[string]component.HostFunc{
		"h#try: the core module imports it as func (param i32), and func(u64) lowers to func (param i64)":                  component.Proc1(func(context.Context, uint64) {}),
		"h#try: the function returns an error, but its interface has no error type":                                        component.OnlyErr0(func(context.Context) error { return nil }),
		"h#try: no WIT type stands for the Go type int":                                                                    component.Proc1(func(context.Context, int) {}),
		"h#try: the core module imports it as func (param i32), and func(string) lowers to func (param i32 i32)":           component.Proc1(func(context.Context, string) {}),
		"h#try: the core module imports it as func (param i32), and func(u8) -> u8 lowers to func (param i32)(result i32)": component.Infallible1(func(_ context.Context, v uint8) uint8 { return v }),
	} {
		_, err := component.NewLinker(component.NewInterface("h").Func("try", f)).Link(t.Context(), comp)
		if _, ok := errors.AsType[*component.LinkError](err); !ok || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	l := link(t, component.Config{}, failing(), component.NewInterface("h").Func("try", component.Proc1(func(context.Context, uint32) {})))
	if _, err := component.ExportFunc1[uint32, uint32](l, "try"); err == nil || err.Error() != "try: the core module exports it as () -> (i32), and func(u32) -> u32 lifts from (i32) -> (i32)" {
		t.Error(err)
	}
}
