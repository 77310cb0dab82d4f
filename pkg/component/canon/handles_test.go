package canon_test

import (
	"errors"
	"testing"

	"astrid/pkg/component/canon"
)

// A guest that keeps making handles meets a limit before the host's memory does; what it drops can be used again.
func TestHandlesLimit(t *testing.T) {
	r := &canon.Resource{Name: "thing"}
	tables := canon.NewHandles(2)
	h := &tables[0]
	for range canon.MaxHandles / 2 {
		h.New(r, 7)
	}
	full := func() (err error) {
		defer func() { err, _ = recover().(error) }()
		h.New(r, 7)
		return nil
	}
	if _, ok := errors.AsType[*canon.HandlesError](full()); !ok {
		t.Error("the table goes on beyond its limit")
	}
	if rep, destroy := h.Drop(r, 1); rep != 7 || !destroy {
		t.Errorf("dropped %d, %t", rep, destroy)
	}
	if i := h.New(r, 8); i != 1 {
		t.Errorf("the new handle is %d, not the one that is free", i)
	}
	h.Clear()
	if n := h.Len(); n != 0 {
		t.Errorf("%d handles are left", n)
	}
}
