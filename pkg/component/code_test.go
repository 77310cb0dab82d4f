package component_test

import (
	"context"
	"strings"
	"testing"

	"astrid/pkg/component"
)

// A component can import components and core modules, and functions of an instance in an imported instance.
func TestImportedCode(t *testing.T) {
	root, counter, module := fixture(t, "code-root"), fixture(t, "code-counter"), fixture(t, "code-module")
	r := newRuntime(t, component.Config{})
	comp, err := component.Compile(t.Context(), r, root,
		component.Code{Name: "math", File: module}, component.Code{Name: "counter", File: counter}, component.Code{Name: "test:values/kit#store", File: module})
	if err != nil {
		t.Fatal(err)
	}
	if got := comp.Imports(); len(got) != 1 || got[0].Interface != "test:values/kit#inner" || got[0].Func != "step" || got[0].Type() != "func() -> u32" {
		t.Errorf("imports %v", got)
	}
	step := uint32(3)
	linked, err := component.NewLinker(component.NewInterface("test:values/kit#inner").
		Func("step", component.Infallible0(func(context.Context) uint32 { return step }))).Link(t.Context(), comp)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t, linked, instantiate(t, linked)}
	want1(g, "twice", uint32(21), uint32(42))
	want0(g, "kept", uint32(42))
	want0(g, "next-a", uint32(3))
	want0(g, "next-a", uint32(6))
	step = 5
	want0(g, "next-b", uint32(5))
	want0(g, "next-a", uint32(11))
	want0(g.again(), "next-a", uint32(5))
}

// Code that is missing, is of another type or is none is an error when the component is compiled.
func TestImportedCodeThatDoesNotFit(t *testing.T) {
	root, counter, module := fixture(t, "code-root"), fixture(t, "code-counter"), fixture(t, "code-module")
	r := newRuntime(t, component.Config{Interpreter: true})
	all := func(change func(map[string][]byte)) []component.Code {
		files := map[string][]byte{"math": module, "counter": counter, "test:values/kit#store": module}
		change(files)
		var out []component.Code
		for name, file := range files {
			out = append(out, component.Code{Name: name, File: file})
		}
		return out
	}
	for what, test := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"a missing module":    {func(f map[string][]byte) { delete(f, "math") }, "nothing provides the imports math"},
		"a missing component": {func(f map[string][]byte) { delete(f, "counter") }, "nothing provides the imports counter"},
		"a missing module of an instance": {
			func(f map[string][]byte) { delete(f, "test:values/kit#store") },
			"nothing provides the imports test:values/kit#store",
		},
		"a component for a module": {
			func(f map[string][]byte) { f["math"] = counter },
			`import "math": a core module is wanted and a component is given`,
		},
		"a module for a component": {
			func(f map[string][]byte) { f["counter"] = module },
			`import "counter": a component is wanted and a core module is given`,
		},
		"a module without the export": {
			func(f map[string][]byte) { f["test:values/kit#store"] = moduleOf() },
			`import "test:values/kit#store": export "kept" is wanted and not given`,
		},
		"a component that imports more": {
			func(f map[string][]byte) { f["counter"] = root },
			`import "counter": the component given imports "math", which the one wanted does not`,
		},
	} {
		t.Run(what, func(t *testing.T) {
			c, err := component.Compile(t.Context(), r, root, all(test.change)...)
			if c != nil || !as[*component.LinkError](err) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
	for what, file := range map[string][]byte{
		"text":                       []byte("(module)"),
		"a module that is cut off":   module[:len(module)-1],
		"a component with an error":  componentOf(def(7, 0x70, 0)),
		"a component that is no end": counter[:30],
	} {
		_, err := component.Compile(t.Context(), r, root, all(func(f map[string][]byte) { f["math"] = file })...)
		if err == nil || as[*component.LinkError](err) || !strings.HasPrefix(err.Error(), `"math": `) {
			t.Errorf("%s: %v, want an error that names it", what, err)
		}
	}
}
