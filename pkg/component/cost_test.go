package component_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"astrid/pkg/component"
)

// A call between host and guest allocates what its values need, and nothing else.
func TestAllocations(t *testing.T) {
	l := link(t, component.Config{}, unruly(), ticker(func(context.Context) {}))
	inst := instantiate(t, l)
	wait, err := component.ExportFunc0[component.Unit](l, "wait")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	wantAllocs(t, "an export that calls a host function, without values", 0, func() error {
		_, err := wait.Call(ctx, inst)
		return err
	})

	value := "a value of 20 bytes."
	l = link(t, component.Config{}, fixture(t, "option"), component.NewInterface(echo).
		Func("maybe-u32", through[*uint32]("").host).Func("maybe-u64", through[*uint64]("").host).
		Func("maybe-string", component.Infallible1(func(_ context.Context, v *string) *string { return v })).
		Func("nested", through[**bool]("").host).Func("maybes", through[[]*string]("").host))
	inst = instantiate(t, l)
	maybe, err := component.ExportFunc1[*string, *string](l, "maybe-string")
	if err != nil {
		t.Fatal(err)
	}
	// The string and its pointer, in the host and again in its caller.
	wantAllocs(t, "an optional string there and back", 4, func() error {
		_, err := maybe.Call(ctx, inst, &value)
		return err
	})
}

// wantAllocs runs f often enough to tell, and few enough times for a guest that never frees.
func wantAllocs(t *testing.T, what string, limit float64, f func() error) {
	t.Helper()
	got := testing.AllocsPerRun(1000, func() {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	})
	if got > limit && !raceEnabled() {
		t.Errorf("%s allocates %v times, want %v", what, got, limit)
	}
}

// raceEnabled reports whether the race detector is on: its sync.Pool drops things at random.
func raceEnabled() bool {
	var p sync.Pool
	for range 100 {
		p.Put(new(int))
		if p.Get() == nil {
			return true
		}
	}
	return false
}

// Instances come and go without leaving anything behind.
func TestChurn(t *testing.T) {
	rounds := 10_000
	if testing.Short() {
		rounds = 500
	}
	var marks []uint32
	l := link(t, component.Config{}, fixture(t, "core-start"), recorder(&marks))
	started, err := component.ExportFunc0[bool](l, "started")
	if err != nil {
		t.Fatal(err)
	}
	churn := func(rounds int) {
		for range rounds {
			ctx, cancel := context.WithCancel(t.Context())
			inst, err := l.Instantiate(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := started.Call(ctx, inst); !ok || err != nil {
				t.Fatal(ok, err)
			}
			if err := inst.Close(ctx); err != nil {
				t.Fatal(err)
			}
			cancel()
		}
		marks = nil
	}
	churn(100)
	heap, goroutines := liveHeap(), runtime.NumGoroutine()
	churn(rounds)
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines became %d", goroutines, n)
	}
	if grown := int64(liveHeap()) - int64(heap); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes in %d rounds", grown, rounds)
	}
}

// So do components, and what they are linked to.
func TestLinkChurn(t *testing.T) {
	var marks []uint32
	r := newRuntime(t, component.Config{})
	comp, err := component.Compile(t.Context(), r, fixture(t, "core-start"))
	if err != nil {
		t.Fatal(err)
	}
	churn := func(rounds int) {
		for range rounds {
			other, err := component.Compile(t.Context(), r, fixture(t, "shared-memory"))
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				l, err := component.NewLinker(recorder(&marks)).Link(t.Context(), comp)
				if err != nil {
					t.Fatal(err)
				}
				if err := l.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	churn(5)
	heap := liveHeap()
	churn(50)
	if grown := int64(liveHeap()) - int64(heap); grown > 1<<19 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// One component serves many goroutines, each with an instance of its own.
func TestParallel(t *testing.T) {
	p := component.Infallible1(func(_ context.Context, s string) string { return s })
	l := link(t, component.Config{}, fixture(t, "string"), component.NewInterface(echo).Func("string", p))
	fn, err := component.ExportFunc1[string, string](l, "string")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			text := string(rune('a' + n))
			for range 5 {
				inst, err := l.Instantiate(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				for i := range 200 {
					if got, err := fn.Call(t.Context(), inst, text); err != nil || got != text {
						t.Errorf("call %d: %q, %v", i, got, err)
					}
				}
				if err := inst.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// Components can be linked side by side while others of the same runtime run.
func TestParallelLink(t *testing.T) {
	r := newRuntime(t, component.Config{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			comp, err := component.Compile(t.Context(), r, fixture(t, "sections"))
			if err != nil {
				t.Error(err)
				return
			}
			l, err := component.NewLinker().Link(t.Context(), comp)
			if err != nil {
				t.Error(err)
				return
			}
			g := &guest{t, l, instantiate(t, l)}
			want0(g, "answer", uint32(42))
		})
	}
	wg.Wait()
}

// A stopped world waits for a guest that loops no longer than for anybody else.
func TestCollectionDuringSpin(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := link(t, component.Config{}, unruly(), ticker(func(context.Context) {}))
	inst := instantiate(t, l)
	spin, err := component.ExportFunc0[component.Unit](l, "spin")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := spin.Call(ctx, inst)
		done <- err
	}()
	for range 10 {
		runtime.GC()
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("no error")
	}
}
