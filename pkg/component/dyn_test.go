package component_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"astrid/pkg/component"
	"astrid/pkg/component/canon"
)

// sample returns values of a type, the n-th of them.
func sample(t *canon.Type, n int) component.Value {
	switch t.Kind {
	case canon.KindBool:
		return n%2 == 1
	case canon.KindS8:
		return int8(-n)
	case canon.KindU8:
		return uint8(255 - n)
	case canon.KindS16:
		return int16(math.MinInt16 + n)
	case canon.KindU16:
		return uint16(n << 8)
	case canon.KindS32:
		return int32(math.MinInt32 + n)
	case canon.KindU32:
		return uint32(math.MaxUint32 - n)
	case canon.KindS64:
		return int64(math.MinInt64 + n)
	case canon.KindU64:
		return math.MaxUint64 - uint64(n)
	case canon.KindF32:
		return float32(n) / 3
	case canon.KindF64:
		return float64(n) / 7
	case canon.KindChar:
		return canon.Char('a' + 1000*n)
	case canon.KindString:
		return strings.Repeat("é😀z", n)
	case canon.KindFlags:
		return canon.Bits(n) & (1<<len(t.Labels) - 1)
	case canon.KindList, canon.KindMap, canon.KindFixedList:
		if t.Kind == canon.KindFixedList {
			n = int(t.Length)
		}
		if t.Elem.Kind == canon.KindU8 {
			return []byte(strings.Repeat("\xff", n))
		}
		var list []component.Value
		for range n {
			list = append(list, sample(t.Elem, n-1))
		}
		return list
	case canon.KindRecord, canon.KindTuple:
		fields := make([]component.Value, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = sample(f.Type, n+i)
		}
		return fields
	}
	v := canon.Variant{Case: uint32(n % len(t.Cases))}
	if c := t.Cases[v.Case].Type; c != nil {
		v.Value = sample(c, n/2)
	}
	return v
}

// echoes offers every function that a component imports as one that returns its only argument, and keeps what passes.
func echoes(t *testing.T, file []byte, seen *[]component.Value) []*component.Interface {
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{Interpreter: true}), file)
	if err != nil {
		t.Fatal(err)
	}
	i := component.NewInterface(echo)
	for _, imp := range comp.Imports() {
		i.Func(imp.Func, component.FuncDyn(func(_ context.Context, args []component.Value) (component.Value, error) {
			*seen = append(*seen, args...)
			return args[0], nil
		}))
	}
	return []*component.Interface{i}
}

// Values of every type pass through a component and the host without Go types.
func TestDynamicValues(t *testing.T) {
	for _, name := range []string{
		"ints", "floats", "char-bool", "string", "list-u8", "list-scalar", "list-string", "list-list-u32", "list-fixed",
		"record", "record-nested", "tuple", "variant-join", "enum", "option", "result", "flags", "utf16", "latin1-utf16",
	} {
		t.Run(name, func(t *testing.T) {
			var seen []component.Value
			g := open(t, name, echoes(t, fixture(t, name), &seen)...)
			for _, e := range g.linked.Component().Exports() {
				fn, err := g.linked.Export(e.Name)
				if err != nil {
					t.Fatal(err)
				}
				typ := fn.Type()
				if typ.String() != e.Type() {
					t.Errorf("the type of %s is %s and %s", e.Name, typ, e.Type())
				}
				if len(typ.Params) != 1 || typ.Result == nil || !canon.Equal(typ.Params[0].Type, typ.Result) {
					continue
				}
				for n := range 5 {
					seen = nil
					v := sample(typ.Result, n)
					got, err := fn.Call(t.Context(), g.inst, v)
					if err != nil || !reflect.DeepEqual(got, v) || len(seen) != 1 || !reflect.DeepEqual(seen[0], v) {
						t.Errorf("%s(%#v) is %#v, %v; the host saw %#v", e.Name, v, got, err, seen)
					}
				}
			}
		})
	}
}

// Functions of more parameters than the typed forms take.
func TestDynamicParameters(t *testing.T) {
	for _, name := range []string{"params-16", "params-17"} {
		g := open(t, name, component.NewInterface(echo).Func("sum", component.FuncDyn(func(_ context.Context, args []component.Value) (component.Value, error) {
			var sum uint64
			for _, a := range args {
				sum += reflect.ValueOf(a).Uint()
			}
			return sum, nil
		})))
		fn, err := g.linked.Export("sum")
		if err != nil {
			t.Fatal(err)
		}
		var args []component.Value
		var want uint64
		for i, p := range fn.Type().Params {
			n := uint64(i + 1)
			want += n
			args = append(args, map[canon.Kind]component.Value{canon.KindU8: uint8(n), canon.KindU16: uint16(n), canon.KindU32: uint32(n), canon.KindU64: n}[p.Type.Kind])
		}
		if got, err := fn.Call(t.Context(), g.inst, args...); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %d", name, got, err, want)
		}
	}
}

// Arguments that do not fit are refused before anything is done, so that the instance can go on.
func TestDynamicMisuse(t *testing.T) {
	var seen []component.Value
	g := open(t, "record-nested", echoes(t, fixture(t, "record-nested"), &seen)...)
	fn, err := g.linked.Export("line")
	if err != nil {
		t.Fatal(err)
	}
	good := sample(fn.Type().Params[0].Type, 2)
	fields := func(change func(f []component.Value)) component.Value {
		f := append([]component.Value(nil), good.([]component.Value)...)
		change(f)
		return f
	}
	for what, args := range map[string][]component.Value{
		"no arguments":             {},
		"too many arguments":       {good, good},
		"nothing":                  {nil},
		"a number for a record":    {uint32(1)},
		"too few fields":           {good.([]component.Value)[:1]},
		"a string that is no text": {fields(func(f []component.Value) { f[2] = "\xff" })},
		"a number for a string":    {fields(func(f []component.Value) { f[2] = 7 })},
		"a field of a field":       {fields(func(f []component.Value) { f[1] = []component.Value{int32(1), int64(2)} })},
	} {
		_, err := fn.Call(t.Context(), g.inst, args...)
		if _, ok := errors.AsType[*canon.HostError](err); !ok {
			t.Errorf("%s: %v, want a *canon.HostError", what, err)
		}
	}
	if got, err := fn.Call(t.Context(), g.inst, good); err != nil || !reflect.DeepEqual(got, good) {
		t.Errorf("after all that: %v, %v", got, err)
	}
	if _, err := fn.Call(t.Context(), open(t, "empty").inst, good); err == nil {
		t.Error("an instance of another component is taken")
	}
	if _, err := g.linked.Export("nothing"); err == nil {
		t.Error("an export that is not there is found")
	} else if _, ok := errors.AsType[*component.ExportError](err); !ok {
		t.Errorf("%v, want an *ExportError", err)
	}
}

// What a dynamic host function does wrong ends the guest, and nothing else.
func TestDynamicHostFaults(t *testing.T) {
	broken := errors.New("broken")
	for what, test := range map[string]struct {
		fn   func(context.Context, []component.Value) (component.Value, error)
		want func(error) bool
	}{
		"an error": {func(context.Context, []component.Value) (component.Value, error) { return nil, broken }, func(err error) bool { return errors.Is(err, broken) }},
		"a panic": {func(context.Context, []component.Value) (component.Value, error) { panic("secret") }, func(err error) bool {
			return !strings.Contains(fmt.Sprint(err), "secret") && as[*component.HostPanicError](err)
		}},
		"another result": {func(context.Context, []component.Value) (component.Value, error) { return "8", nil }, as[*canon.HostError]},
		"no result":      {func(context.Context, []component.Value) (component.Value, error) { return nil, nil }, as[*canon.HostError]},
	} {
		t.Run(what, func(t *testing.T) {
			g := open(t, "imported-func", component.NewInterface("").
				Func("double", component.FuncDyn(test.fn)).Func("unused", component.FuncDyn(test.fn)))
			if _, err := call1[uint32](g, "twice", uint32(4)); !test.want(err) {
				t.Error(err)
			}
			if _, err := call1[uint32](g, "twice", uint32(4)); !errors.Is(err, component.ErrPoisoned) {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

func as[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// Handles as dynamic values: a guest's resource is a *Ref, the host's the value that stands for it.
func TestDynamicHandles(t *testing.T) {
	var marks []uint32
	g := open(t, "resource-exported", recorder(&marks))
	call := func(name string, args ...component.Value) component.Value {
		t.Helper()
		fn, err := g.linked.Export("test:values/counters#" + name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fn.Call(t.Context(), g.inst, args...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return got
	}
	a, b := call("[constructor]counter", uint32(3)), call("[constructor]counter", uint32(4))
	sum := call("[static]counter.merge", a, b)
	if got := call("read", sum); got != uint32(7) {
		t.Errorf("read is %v", got)
	}
	wantMarks(t, marks, 3, 4)
	read, err := g.linked.Export("test:values/counters#read")
	if err != nil {
		t.Fatal(err)
	}
	merge, err := g.linked.Export("test:values/counters#[static]counter.merge")
	if err != nil {
		t.Fatal(err)
	}
	for what, call := range map[string]func() error{
		"no handle": func() error { _, err := read.Call(t.Context(), g.inst, (*component.Ref)(nil)); return err },
		"a number":  func() error { _, err := read.Call(t.Context(), g.inst, uint32(1)); return err },
		"another resource": func() error {
			_, err := read.Call(t.Context(), g.inst, &component.Ref{Resource: &canon.Resource{}})
			return err
		},
		"a handle passed on": func() error { _, err := merge.Call(t.Context(), g.inst, a, sum); return err },
	} {
		if err := call(); !as[*canon.HostError](err) {
			t.Errorf("%s: %v, want a *canon.HostError", what, err)
		}
	}

	type thing struct{ n uint32 }
	things := component.NewInterface("test:values/things").
		Resource("thing", component.NewResource(func(_ context.Context, t *thing) { marks = append(marks, t.n) })).
		Func("[constructor]thing", component.FuncDyn(func(_ context.Context, args []component.Value) (component.Value, error) {
			return &thing{args[0].(uint32)}, nil
		})).
		Func("[method]thing.get", component.FuncDyn(func(_ context.Context, args []component.Value) (component.Value, error) {
			return args[0].(*thing).n, nil
		})).
		Func("peek", component.Infallible1(func(_ context.Context, t component.Borrow[*thing]) uint32 { return t.Value.n }))
	marks = nil
	g = open(t, "resource-imported", things)
	want1(g, "probe", uint32(5), uint32(10))
	wantMarks(t, marks, 5)
	lend, err := g.linked.Export("lend")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lend.Call(t.Context(), g.inst, 3); !as[*canon.HostError](err) {
		t.Errorf("a number for a thing: %v", err)
	}
	if got, err := lend.Call(t.Context(), g.inst, &thing{6}); err != nil || got != uint32(6) {
		t.Errorf("lend is %v, %v", got, err)
	}
}
