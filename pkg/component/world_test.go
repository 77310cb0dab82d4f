package component_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"astrid/pkg/component"
	"astrid/pkg/component/canon"
)

// echo is the interface that most fixtures import.
const echo = "test:values/echo"

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "testdata", "component", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// newRuntime makes a runtime that is closed after the test.
func newRuntime(t testing.TB, config component.Config) *component.Runtime {
	t.Helper()
	r, err := component.NewRuntime(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// link compiles and links a file.
func link(t testing.TB, config component.Config, file []byte, interfaces ...*component.Interface) *component.Linked {
	t.Helper()
	comp, err := component.Compile(t.Context(), newRuntime(t, config), file)
	if err != nil {
		t.Fatal(err)
	}
	linked, err := component.NewLinker(interfaces...).Link(t.Context(), comp)
	if err != nil {
		t.Fatal(err)
	}
	return linked
}

// instantiate makes an instance that is closed after the test.
func instantiate(t testing.TB, l *component.Linked) *component.Instance {
	t.Helper()
	inst, err := l.Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := inst.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return inst
}

// open makes an instance of a fixture.
func open(t testing.TB, name string, interfaces ...*component.Interface) *guest {
	t.Helper()
	l := link(t, component.Config{}, fixture(t, name), interfaces...)
	return &guest{t, l, instantiate(t, l)}
}

// guest is an instance under test.
type guest struct {
	testing.TB
	linked *component.Linked
	inst   *component.Instance
}

// again makes another instance of the same component.
func (g *guest) again() *guest { return &guest{g, g.linked, instantiate(g, g.linked)} }

// call0 and call1 call an export.

func call0[R any](g *guest, name string) (R, error) {
	g.Helper()
	fn, err := component.ExportFunc0[R](g.linked, name)
	if err != nil {
		g.Fatal(err)
	}
	return fn.Call(g.Context(), g.inst)
}

func call1[R, A any](g *guest, name string, a A) (R, error) {
	g.Helper()
	fn, err := component.ExportFunc1[A, R](g.linked, name)
	if err != nil {
		g.Fatal(err)
	}
	return fn.Call(g.Context(), g.inst, a)
}

// want0 and want1 call an export and check what it returns.

func want0[R comparable](g *guest, name string, want R) {
	g.Helper()
	if got, err := call0[R](g, name); err != nil || got != want {
		g.Errorf("%s() is %v, %v; want %v", name, got, err, want)
	}
}

func want1[R comparable, A any](g *guest, name string, a A, want R) {
	g.Helper()
	if got, err := call1[R](g, name, a); err != nil || got != want {
		g.Errorf("%s(%v) is %v, %v; want %v", name, a, got, err, want)
	}
}

// wantFault checks that err is a trap for the fault.
func wantFault(t testing.TB, what string, err error, want canon.Fault) {
	t.Helper()
	trap, ok := errors.AsType[*component.Trap](err)
	if !ok {
		t.Errorf("%s: %v, want a trap", what, err)
		return
	}
	if fault, ok := errors.AsType[*canon.Trap](trap); !ok || fault.Fault != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// wantTrap checks that err is a trap that wazero raised, with the guest's stack.
func wantTrap(t testing.TB, what string, err error, reason string) {
	t.Helper()
	trap, ok := errors.AsType[*component.Trap](err)
	if !ok || trap.Reason != reason || len(trap.Frames) == 0 {
		t.Errorf("%s: %#v, want a trap for %q with frames", what, err, reason)
	}
}

// b joins the parts of a binary: ints as one byte, strings and byte slices as they are.
func b(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch v := p.(type) {
		case int:
			out = append(out, byte(v))
		case string:
			out = append(out, v...)
		case []byte:
			out = append(out, v...)
		}
	}
	return out
}

// name is a string with its length before it.
func name(s string) []byte { return b(binary.AppendUvarint(nil, uint64(len(s))), s) }

// vec is a vector of the items.
func vec(items ...[]byte) []byte {
	return b(binary.AppendUvarint(nil, uint64(len(items))), bytes.Join(items, nil))
}

func section(id int, contents ...any) []byte {
	c := b(contents...)
	return b(id, binary.AppendUvarint(nil, uint64(len(c))), c)
}

func componentOf(sections ...[]byte) []byte {
	return b("\x00asm\x0d\x00\x01\x00", bytes.Join(sections, nil))
}

func moduleOf(sections ...[]byte) []byte {
	return b("\x00asm\x01\x00\x00\x00", bytes.Join(sections, nil))
}
