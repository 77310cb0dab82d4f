package component_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"astrid/pkg/component"
)

// unruly is a core module whose functions do not return, except wait, and which calls tick from calls.
//
//	(module
//	  (import "h" "tick" (func $tick))
//	  (func (export "spin") (loop (br 0)))
//	  (func $recurse (export "recurse") (call $recurse))
//	  (func (export "calls") (loop (call $tick) (br 0)))
//	  (func (export "wait") (call $tick))
//	  (func (export "count") (param i32) (loop ;; down from n
//	    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
func unruly() []byte {
	return moduleOf(
		section(1, vec(b(0x60, 0, 0), b(0x60, 1, 0x7f, 0))),
		section(2, vec(b(name("h"), name("tick"), 0, 0))),
		section(3, vec(b(0), b(0), b(0), b(0), b(1))),
		section(7, vec(b(name("spin"), 0, 1), b(name("recurse"), 0, 2), b(name("calls"), 0, 3), b(name("wait"), 0, 4), b(name("count"), 0, 5))),
		section(10, vec(
			b(7, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b),
			b(4, 0, 0x10, 2, 0x0b),
			b(9, 0, 0x03, 0x40, 0x10, 0, 0x0c, 0, 0x0b, 0x0b),
			b(4, 0, 0x10, 0, 0x0b),
			b(14, 0, 0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b),
		)),
	)
}

func ticker(tick func(ctx context.Context)) *component.Interface {
	return component.NewInterface("h").Func("tick", component.Proc0(tick))
}

// A guest ends when its context does, whatever it is doing, with the cause.
func TestInterrupt(t *testing.T) {
	cause := errors.New("the operator said so")
	for _, config := range []component.Config{{}, {Interpreter: true}} {
		for _, export := range []string{"spin", "calls"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			l := link(t, config, unruly(), ticker(func(context.Context) { cancel(cause) }))
			inst := instantiate(t, l)
			fn, err := component.ExportFunc0[component.Unit](l, export)
			if err != nil {
				t.Fatal(err)
			}
			if export == "spin" {
				go cancel(cause) // before the call begins or while it runs
			}
			_, err = fn.Call(ctx, inst)
			inter, ok := errors.AsType[*component.InterruptError](err)
			if !ok || !errors.Is(err, cause) || inter.Error() != "the guest was interrupted: the operator said so" {
				t.Errorf("%s: %v", export, err)
			}
			if _, err := fn.Call(ctx, inst); !errors.Is(err, cause) {
				t.Errorf("%s once more: %v", export, err)
			}
			if export == "calls" { // it was interrupted in the middle for sure
				if _, err := fn.Call(t.Context(), inst); !errors.Is(err, component.ErrPoisoned) {
					t.Errorf("a call into an instance that was interrupted: %v", err)
				}
			}
			cancel(nil)
		}
	}
}

func TestDeadline(t *testing.T) {
	cause := errors.New("time is up")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, cause)
	defer cancel()
	l := link(t, component.Config{}, unruly(), ticker(func(context.Context) {}))
	inst := instantiate(t, l)
	spin, err := component.ExportFunc0[component.Unit](l, "spin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spin.Call(ctx, inst); !errors.Is(err, cause) {
		t.Error(err)
	}
	// A context that is over before a call begins does not harm the instance.
	other := instantiate(t, l)
	if _, err := spin.Call(ctx, other); !errors.Is(err, cause) {
		t.Error(err)
	}
	wait, err := component.ExportFunc0[component.Unit](l, "wait")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wait.Call(t.Context(), other); err != nil {
		t.Error(err)
	}
	if _, err := l.Instantiate(ctx); !errors.Is(err, cause) {
		t.Error(err)
	}
}

// Host functions get the context of the call: its values, and its end.
func TestHostContext(t *testing.T) {
	type key struct{}
	var got []any
	l := link(t, component.Config{}, unruly(), ticker(func(ctx context.Context) { got = append(got, ctx.Value(key{})) }))
	inst := instantiate(t, l)
	wait, err := component.ExportFunc0[component.Unit](l, "wait")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"one", "two"} {
		if _, err := wait.Call(context.WithValue(t.Context(), key{}, v), inst); err != nil {
			t.Error(err)
		}
	}
	if len(got) != 2 || got[0] != "one" || got[1] != "two" {
		t.Errorf("%v", got)
	}
}

// wantLimit checks that err says which limit was met, and its value.
func wantLimit(t testing.TB, what string, err error, limit, value string) {
	t.Helper()
	l, ok := errors.AsType[*component.LimitError](err)
	if !ok || l.Limit != limit || l.Value != value {
		t.Errorf("%s: %v, want the %s limit of %s", what, err, limit, value)
	}
}

func TestDepth(t *testing.T) {
	for _, test := range []struct {
		depth uint32
		want  string
	}{{0, "65536"}, {1000, "1000"}} {
		l := link(t, component.Config{Depth: test.depth}, unruly(), ticker(func(context.Context) {}))
		g := &guest{t, l, instantiate(t, l)}
		_, err := call0[component.Unit](g, "recurse")
		wantLimit(t, "recurse", err, "call depth", test.want)
		if _, err := call0[component.Unit](g, "wait"); !errors.Is(err, component.ErrPoisoned) {
			t.Errorf("the instance lives on: %v", err)
		}
	}
}

func TestFuel(t *testing.T) {
	const budget = 100_000
	l := link(t, component.Config{Fuel: budget}, unruly(), ticker(func(context.Context) {}))
	g := &guest{t, l, instantiate(t, l)}
	want1(g, "count", uint32(100), component.Unit{})
	first := g.inst.Fuel()
	if first == 0 || first > 5000 {
		t.Errorf("counting to 100 took %d units", first)
	}
	want1(g, "count", uint32(100), component.Unit{})
	if twice := g.inst.Fuel(); twice != 2*first {
		t.Errorf("the same again took %d units, not %d", twice-first, first)
	}
	_, err := call0[component.Unit](g, "spin")
	wantLimit(t, "spin", err, "fuel", "100000")
	_, err = call0[component.Unit](g.again(), "spin") // each instance has a budget of its own
	wantLimit(t, "spin", err, "fuel", "100000")
}

// What passes from one component to another is charged as what a bulk operation copies, and so is what the receiver's
// realloc takes for it: more than all that a guest may use here, with its first call.
func TestFuelOfTransfers(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "testdata", "worst", "transfer.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	l := link(t, component.Config{Fuel: 1_200_000}, file)
	run, err := component.ExportFunc0[component.Unit](l, "run")
	if err != nil {
		t.Fatal(err)
	}
	const passed = 1000 * (2000*8 + 8) / 32 // units, for the bytes alone
	var used []uint64
	for range 2 {
		inst := instantiate(t, l)
		_, err := run.Call(t.Context(), inst)
		wantLimit(t, "passing lists on", err, "fuel", "1200000")
		if used = append(used, inst.Fuel()); inst.Fuel() < passed || inst.Fuel() > 8*passed {
			t.Errorf("%d units are not those of one call, for which the bytes take %d", inst.Fuel(), passed)
		}
	}
	if used[0] != used[1] {
		t.Errorf("it took %d units, and then %d", used[0], used[1])
	}
}

// A guest's memories share one limit; growing beyond it answers -1 and does no harm.
func TestMemoryLimit(t *testing.T) {
	const page = 64 << 10
	l := link(t, component.Config{Memory: 20 * page}, fixture(t, "memory-limits"))
	g := &guest{t, l, instantiate(t, l)}
	want0(g, "pages", uint32(16))
	want0(g, "own", uint32(1))
	want1(g, "grow", uint32(4), uint32(1<<32-1))
	want1(g, "grow", uint32(1<<16), uint32(1<<32-1))
	want1(g, "grow", uint32(3), uint32(16))
	want1(g, "grow", uint32(1), uint32(1<<32-1))
	want1(g, "grow", uint32(0), uint32(19))
	if got := g.inst.Memory(); got != 20*page {
		t.Errorf("the memories hold %d bytes", got)
	}
	want0(g.again(), "pages", uint32(16))

	_, err := component.Compile(t.Context(), newRuntime(t, component.Config{Memory: 17*page - 1}), fixture(t, "memory-limits"))
	if limit, ok := errors.AsType[*component.LimitError](err); !ok {
		t.Errorf("memories that begin above the limit: %v, %v", limit, err)
	}
	if _, err := component.Compile(t.Context(), newRuntime(t, component.Config{Memory: 17 * page}), fixture(t, "memory-limits")); err != nil {
		t.Error(err)
	}
}

// A guest that does little but call the host ends with its context at the next call, long before its fuel makes the
// meter look.
func TestHostCallsLookAtTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	l := link(t, component.Config{}, unruly(), ticker(func(context.Context) {
		if calls++; calls == 5 {
			cancel()
		}
	}))
	fn, err := component.ExportFunc0[component.Unit](l, "calls")
	if err != nil {
		t.Fatal(err)
	}
	_, err = fn.Call(ctx, instantiate(t, l))
	if interrupt := (*component.InterruptError)(nil); !errors.As(err, &interrupt) || calls != 5 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// fuse is a context that ends after it has been looked at so often.
type fuse struct {
	context.Context
	left int
}

func (f *fuse) Err() error {
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// Instances are made of any number of modules: the context is looked at before each.
func TestInstantiateLooksAtTheContext(t *testing.T) {
	l := link(t, component.Config{Interpreter: true}, componentOf(section(1, moduleOf()), section(2, vec(slices.Repeat([][]byte{b(0, 0, 0)}, 10)...))))
	_, err := l.Instantiate(&fuse{t.Context(), 5})
	if _, ok := errors.AsType[*component.InterruptError](err); !ok {
		t.Errorf("%T %v", err, err)
	}
}

// Linking does, too: what wazero does for each function grows with their number.
func TestLinkLooksAtTheContext(t *testing.T) {
	file := componentOf(def(7, 0x3f, 0x7f, 0), section(8, vec(slices.Repeat([][]byte{b(2, 0)}, 10)...)))
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{Interpreter: true}), file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := component.NewLinker().Link(ctx, comp); !errors.Is(err, cause) {
		t.Error(err)
	}
}

// Functions of one type may be called by any number of slots: what passes is planned once, however large the type.
func TestLinkPlansATypeOnce(t *testing.T) {
	var fields [][]byte
	for i := range 5000 {
		fields = append(fields, b(name(fmt.Sprint("f", i)), 0x7d))
	}
	options := vec(b(3, 0), b(4, 1))
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{Interpreter: true}), componentOf(
		section(1, moduleOf(
			section(1, vec(b(0x60, 1, 0x7f, 0), b(0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f))),
			section(3, vec(b(0), b(1))),
			section(5, vec(b(0, 1))),
			section(7, vec(b(name("take"), 0, 0), b(name("realloc"), 0, 1), b(name("memory"), 2, 0))),
			section(10, vec(b(2, 0, 0x0b), b(4, 0, 0x41, 0, 0x0b))))),
		def(2, 0, 0, 0),
		section(6, vec(b(0, 0, 1, 0, name("take")), b(0, 0, 1, 0, name("realloc")), b(0, 2, 1, 0, name("memory")))),
		section(7, vec(b(0x72, vec(fields...)), b(0x40, vec(b(name("record"), 0)), 1, 0))),
		def(8, 0, 0, 0, options, 1),
		section(8, vec(slices.Repeat([][]byte{b(1, 0, 0, options)}, 1000)...))))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := component.NewLinker().Link(t.Context(), comp); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 64 {
		t.Errorf("linking took %d MiB", mib)
	}
}

// However often a guest refers to a function, the host keeps one reference.
func TestReferencesTakeNoMemory(t *testing.T) {
	// (module (func (export "refs") (param i32) (loop (drop (ref.func 0))
	//   (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
	l := link(t, component.Config{}, moduleOf(
		section(1, vec(b(0x60, 1, 0x7f, 0))),
		section(3, vec(b(0))),
		section(7, vec(b(name("refs"), 0, 0))),
		section(10, vec(b(17, 0, 0x03, 0x40, 0xd2, 0, 0x1a, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b))),
	))
	g := &guest{t, l, instantiate(t, l)}
	want1(g, "refs", uint32(1), component.Unit{})
	before := liveHeap()
	want1(g, "refs", uint32(1_000_000), component.Unit{})
	if grown := int64(liveHeap()) - int64(before); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	want1(g, "refs", uint32(1), component.Unit{}) // and the instance is alive
}
