package component_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"astrid/pkg/component"
)

// state is the component that counts, keeps bytes and asks the host for a secret.
type state struct {
	*component.Linked
	peek *component.Export1[uint32, uint8]
	poke *component.Export2[uint32, uint8, component.Unit]
	sum  *component.Export0[uint32]
	bump *component.Export0[uint32]
	grow *component.Export1[uint32, int32]
	boom *component.Export0[component.Unit]
	ask  *component.Export1[uint32, uint8]
}

// newState links it. What the host does when it is asked is secret's to say.
func newState(t testing.TB, config component.Config, secret func(context.Context) uint8) *state {
	t.Helper()
	s := &state{Linked: link(t, config, fixture(t, "state"),
		component.NewInterface("test:state/host").Func("secret", component.Infallible0(secret)))}
	var errs [7]error
	s.peek, errs[0] = component.ExportFunc1[uint32, uint8](s.Linked, "peek")
	s.poke, errs[1] = component.ExportFunc2[uint32, uint8, component.Unit](s.Linked, "poke")
	s.sum, errs[2] = component.ExportFunc0[uint32](s.Linked, "sum")
	s.bump, errs[3] = component.ExportFunc0[uint32](s.Linked, "bump")
	s.grow, errs[4] = component.ExportFunc1[uint32, int32](s.Linked, "grow")
	s.boom, errs[5] = component.ExportFunc0[component.Unit](s.Linked, "boom")
	s.ask, errs[6] = component.ExportFunc1[uint32, uint8](s.Linked, "ask")
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return s
}

func noSecret(context.Context) uint8 { return 0 }

func newPool(t testing.TB, l *component.Linked, size int) *component.Pool {
	t.Helper()
	p, err := l.NewPool(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// do borrows an instance and returns it, to compare it with others.
func do(t testing.TB, p *component.Pool, fn func(inst *component.Instance) error) *component.Instance {
	t.Helper()
	var got *component.Instance
	err := p.Do(t.Context(), func(inst *component.Instance) error {
		got = inst
		return fn(inst)
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func idle(*component.Instance) error { return nil }

// dump returns the state of an instance as it is borrowed.
func dump(t testing.TB, p *component.Pool) (inst *component.Instance, state string) {
	t.Helper()
	inst = do(t, p, func(inst *component.Instance) error {
		state = component.Dump(inst)
		return nil
	})
	return inst, state
}

// An instance that comes back is what it was: not a byte, a global, a count is left of what was done in it.
func TestPoolResets(t *testing.T) {
	s := newState(t, component.Config{Fuel: 1 << 40}, func(context.Context) uint8 { return 0xa5 })
	p := newPool(t, s.Linked, 1)
	if err := p.Reuses(); err != nil {
		t.Fatal(err)
	}
	first, fresh := dump(t, p)
	if !strings.Contains(fresh, "beginning") || !strings.Contains(fresh, "middle") {
		t.Fatal("the image is not in the memory")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		inst := do(t, p, func(inst *component.Instance) error {
			var errs []error
			for range 1 + r.IntN(50) {
				at := uint32(r.IntN(8 << 16))
				_, err := s.poke.Call(t.Context(), inst, at, uint8(1+r.IntN(255)))
				errs = append(errs, err)
			}
			n, err := s.bump.Call(t.Context(), inst)
			if n != 1 {
				t.Errorf("an instance that was used before counts on: %d", n)
			}
			_, aerr := s.ask.Call(t.Context(), inst, 77)
			return errors.Join(append(errs, err, aerr)...)
		})
		if inst != first {
			t.Fatal("the instance was not used again")
		}
		if _, now := dump(t, p); now != fresh {
			t.Fatal("the instance is not what it was")
		}
	}
}

// ending is a context that has ended when it is asked for the nth time after the first ones.
type ending struct {
	context.Context
	left int
}

func (c *ending) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// What is thrown away, and why. Each borrower leaves the instance in a state that nothing undoes.
func TestPoolRefuses(t *testing.T) {
	inSecret := noSecret
	s := newState(t, component.Config{}, func(ctx context.Context) uint8 { return inSecret(ctx) })
	for name, use := range map[string]func(t *testing.T, inst *component.Instance) error{
		"trap": func(_ *testing.T, inst *component.Instance) error {
			_, err := s.boom.Call(context.Background(), inst)
			return err
		},
		"interrupt": func(t *testing.T, inst *component.Instance) error {
			_, err := s.sum.Call(&ending{t.Context(), 1}, inst)
			if _, ok := errors.AsType[*component.InterruptError](err); !ok {
				t.Errorf("%v", err)
			}
			return err
		},
		"growth": func(t *testing.T, inst *component.Instance) error {
			if was, err := s.grow.Call(t.Context(), inst, 1); was != 8 || err != nil {
				t.Errorf("%d, %v", was, err)
			}
			return nil
		},
		"closed": func(t *testing.T, inst *component.Instance) error { return inst.Close(t.Context()) },
		"closed during a call": func(t *testing.T, inst *component.Instance) error {
			inSecret = func(ctx context.Context) uint8 {
				if err := inst.Close(ctx); err != nil {
					t.Error(err)
				}
				return 3
			}
			if got, err := s.ask.Call(t.Context(), inst, 5); got != 3 || err != nil {
				t.Errorf("%d, %v", got, err)
			}
			if _, err := s.sum.Call(t.Context(), inst); !errors.Is(err, component.ErrClosed) {
				t.Errorf("after the call: %v", err)
			}
			return nil
		},
		"panic of a host function": func(t *testing.T, inst *component.Instance) error {
			inSecret = func(context.Context) uint8 { panic("the host") }
			_, err := s.ask.Call(t.Context(), inst, 5)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, s.Linked, 1)
			_, fresh := dump(t, p)
			inSecret = noSecret
			var used *component.Instance
			_ = p.Do(t.Context(), func(inst *component.Instance) error {
				used = inst
				if _, err := s.poke.Call(t.Context(), inst, 99, 99); err != nil {
					t.Fatal(err)
				}
				return use(t, inst)
			})
			next, now := dump(t, p)
			if next == used {
				t.Error("the instance was used again")
			}
			if now != fresh {
				t.Error("the next one is not new")
			}
			if _, err := s.sum.Call(t.Context(), used); !errors.Is(err, component.ErrClosed) {
				t.Errorf("the instance was not closed: %v", err)
			}
		})
	}
	t.Run("growth that fails", func(t *testing.T) {
		p := newPool(t, s.Linked, 1)
		first, fresh := dump(t, p)
		do(t, p, func(inst *component.Instance) error {
			got, err := s.grow.Call(t.Context(), inst, 60_000)
			if got != -1 {
				t.Errorf("grew: %d", got)
			}
			return err
		})
		if again, now := dump(t, p); again != first || now != fresh {
			t.Error("it was not used again, or is not what it was")
		}
	})
	t.Run("panic of the borrower", func(t *testing.T) {
		p := newPool(t, s.Linked, 1)
		var used *component.Instance
		func() {
			defer func() { _ = recover() }()
			_ = p.Do(t.Context(), func(inst *component.Instance) error {
				used = inst
				panic("the borrower")
			})
		}()
		if do(t, p, idle) == used {
			t.Error("the instance was used again")
		}
	})
}

// Handles that a guest keeps rule out that its instance is used again; those that it dropped leave no trace.
func TestPoolHandles(t *testing.T) {
	type thing struct{ n uint32 }
	dropped := 0
	l := link(t, component.Config{}, fixture(t, "resource-imported"), component.NewInterface("test:values/things").
		Resource("thing", component.NewResource(func(context.Context, *thing) { dropped++ })).
		Func("[constructor]thing", component.Infallible1(func(_ context.Context, n uint32) component.Own[*thing] {
			return component.Own[*thing]{Value: &thing{n}}
		})).
		Func("[method]thing.get", component.Infallible1(func(_ context.Context, t component.Borrow[*thing]) uint32 { return t.Value.n })).
		Func("peek", component.Infallible1(func(_ context.Context, t component.Borrow[*thing]) uint32 { return t.Value.n })))
	keep, err := component.ExportFunc1[component.Own[*thing], component.Unit](l, "keep")
	if err != nil {
		t.Fatal(err)
	}
	probe, err := component.ExportFunc1[uint32, uint32](l, "probe")
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(t, l, 1)
	first, fresh := dump(t, p)
	do(t, p, func(inst *component.Instance) error {
		_, err := probe.Call(t.Context(), inst, 5)
		return err
	})
	if again, now := dump(t, p); again != first || now != fresh {
		t.Error("it was not used again, or is not what it was")
	}
	dropped = 0
	do(t, p, func(inst *component.Instance) error {
		_, err := keep.Call(t.Context(), inst, component.Own[*thing]{Value: &thing{9}})
		return err
	})
	if dropped != 1 {
		t.Errorf("%d things were dropped", dropped)
	}
	if next, now := dump(t, p); next == first || now != fresh {
		t.Error("it was used again, or the next one is not new")
	}
}

// Components whose instances have more state than can be set back get a new one for every borrower.
func TestPoolOfNotResettable(t *testing.T) {
	var marks []uint32
	for name, interfaces := range map[string][]*component.Interface{
		"core-start":        {recorder(&marks)},
		"resource-exported": {recorder(&marks)},
		"state-table":       nil,
		"shared-memory":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, link(t, component.Config{}, fixture(t, name), interfaces...), 1)
			var why *component.NotResettableError
			if name == "shared-memory" { // a memory that two modules share, which is fine
				if err := p.Reuses(); err != nil {
					t.Error(err)
				}
				return
			}
			if err := p.Reuses(); !errors.As(err, &why) {
				t.Errorf("%v", err)
			}
			if first := do(t, p, idle); first == do(t, p, idle) {
				t.Error("the instance was used again")
			}
		})
	}

	var said []string
	l := link(t, component.Config{}, fixture(t, "trap-argument"), component.NewInterface(echo).
		Func("log", component.Infallible2(func(_ context.Context, _ level, m string) []uint32 { said = append(said, m); return nil })))
	fine, err := component.ExportFunc0[uint32](l, "fine")
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(t, l, 1)
	if why := (*component.NotResettableError)(nil); !errors.As(p.Reuses(), &why) {
		t.Errorf("a module whose data is in a memory of another: %v", p.Reuses())
	}
	for range 2 {
		do(t, p, func(inst *component.Instance) error {
			_, err := fine.Call(t.Context(), inst)
			return err
		})
	}
	if !slices.Equal(said, []string{"ok", "ok"}) {
		t.Errorf("the host was told %q", said)
	}

	l = link(t, component.Config{}, fixture(t, "state-table"))
	pick, err := component.ExportFunc1[uint32, component.Unit](l, "pick")
	if err != nil {
		t.Fatal(err)
	}
	picked, err := component.ExportFunc0[uint32](l, "picked")
	if err != nil {
		t.Fatal(err)
	}
	p = newPool(t, l, 1)
	for range 3 {
		do(t, p, func(inst *component.Instance) error {
			if got, err := picked.Call(t.Context(), inst); got != 0 || err != nil {
				t.Errorf("%d, %v", got, err)
			}
			_, err := pick.Call(t.Context(), inst, 1)
			return err
		})
	}
}

// There are never more instances than places, who waits for one can stop waiting, and a closed pool lends nothing.
func TestPoolBounds(t *testing.T) {
	s := newState(t, component.Config{}, noSecret)
	if _, err := s.NewPool(0); err == nil {
		t.Error("a pool of nothing")
	}
	p, err := s.NewPool(2)
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("enough")
	err = p.Do(t.Context(), func(a *component.Instance) error {
		return p.Do(t.Context(), func(b *component.Instance) error {
			if a == b {
				t.Error("one instance was lent twice")
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			go cancel(cause)
			return p.Do(ctx, idle)
		})
	})
	var interrupt *component.InterruptError
	if !errors.As(err, &interrupt) || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Do(t.Context(), idle); !errors.Is(err, component.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// Many principals share a pool. None finds anything of another's.
func TestPoolParallel(t *testing.T) {
	type principal struct{}
	s := newState(t, component.Config{}, func(ctx context.Context) uint8 { return ctx.Value(principal{}).(uint8) })
	p := newPool(t, s.Linked, 3)
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	var want uint32
	do(t, p, func(inst *component.Instance) (err error) {
		want, err = s.sum.Call(t.Context(), inst)
		return err
	})
	var wg sync.WaitGroup
	for n := range uint8(8) {
		wg.Go(func() {
			ctx := context.WithValue(t.Context(), principal{}, n+1)
			for round := range rounds {
				err := p.Do(ctx, func(inst *component.Instance) error {
					if got, err := s.sum.Call(ctx, inst); got != want || err != nil {
						t.Errorf("principal %d found something: %d, want %d, %v", n, got, want, err)
					}
					for at := range uint32(8) {
						if got, err := s.ask.Call(ctx, inst, at<<16+uint32(round)); got != n+1 || err != nil {
							t.Errorf("principal %d reads %d, %v", n, got, err)
						}
					}
					if round%10 == 9 {
						_, err := s.boom.Call(ctx, inst)
						if err == nil {
							t.Error("no trap")
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// Instances whose memories are mapped share nothing but what they begin with, stay within the limit, and leave no mapping.
func TestMappedMemory(t *testing.T) {
	s := newState(t, component.Config{Memory: 10 << 16}, noSecret)
	before := mappings(t)
	a, b, c := instantiate(t, s.Linked), instantiate(t, s.Linked), instantiate(t, s.Linked)
	if _, err := s.poke.Call(t.Context(), a, 16, 'B'); err != nil {
		t.Fatal(err)
	}
	for inst, want := range map[*component.Instance]uint8{a: 'B', b: 'b', c: 'b'} {
		if got, err := s.peek.Call(t.Context(), inst, 16); got != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	for _, step := range []struct {
		pages uint32
		want  int32
	}{{1, 8}, {0, 9}, {2, -1}, {1, 9}, {1, -1}, {0, 10}} {
		if got, err := s.grow.Call(t.Context(), a, step.pages); got != step.want || err != nil {
			t.Errorf("grow(%d) is %d, %v, want %d", step.pages, got, err, step.want)
		}
	}
	if got, err := s.peek.Call(t.Context(), a, 10<<16-1); got != 0 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := s.peek.Call(t.Context(), a, 10<<16); err == nil {
		t.Error("read beyond the memory")
	}
	if got, err := s.peek.Call(t.Context(), b, 8<<16); err == nil {
		t.Errorf("one instance grew with another: %d", got)
	}
	if got := a.Memory(); got != 10<<16 {
		t.Errorf("%d bytes", got)
	}
	for _, inst := range []*component.Instance{a, b, c} {
		if err := inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if got := a.Memory(); got != 0 {
		t.Errorf("%d bytes after Close", got)
	}
	if after := mappings(t); after > before {
		t.Errorf("%d mappings became %d", before, after)
	}
}

// mappings counts the mapped memories of this process.
func mappings(t *testing.T) int {
	if runtime.GOOS != "linux" {
		return 0
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	return strings.Count(string(maps), "memfd:wasm memory")
}
