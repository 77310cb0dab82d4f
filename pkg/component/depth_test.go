package component_test

import (
	"context"
	"runtime"
	"testing"

	"astrid/pkg/component"
)

// chain calls the fixture's export, which drops a chain of n resources, each with depth frames on the way to the next.
func chain(g *guest, n, depth uint32) error {
	g.Helper()
	fn, err := component.ExportFunc2[uint32, uint32, component.Unit](g.linked, "chain")
	if err != nil {
		g.Fatal(err)
	}
	_, err = fn.Call(g.Context(), g.inst, n, depth)
	return err
}

// Calls that the host makes into a guest that is in a call count against the same depth as the guest's own, however the
// two share it.
func TestNestedDepth(t *testing.T) {
	g := open(t, "destructors")
	for _, test := range []struct {
		n, depth uint32
		fits     bool
	}{
		{1, 0, true},
		{1000, 0, true},
		{1_000_000, 0, false},
		{100, 100, true},
		{1000, 10_000, false},
		{1, 30_000, true},
		{1, 100_000, false},
		{200, 3000, false},
	} {
		g := g.again()
		err := chain(g, test.n, test.depth)
		switch {
		case test.fits && err != nil:
			t.Errorf("%d destructors with %d frames each: %v", test.n, test.depth, err)
		case !test.fits:
			wantLimit(t, "chain", err, "call depth", "65536")
		}
	}
}

// An instance that was deep does not keep the stacks.
func TestStacksAreLetGo(t *testing.T) {
	g := open(t, "destructors")
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	if err := chain(g, 20, 2500); err != nil {
		t.Fatal(err)
	}
	if kept := int64(live()) - int64(before); kept > 4<<20 {
		t.Errorf("the instance keeps %d bytes", kept)
	}
	if err := g.inst.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
