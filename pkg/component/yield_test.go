package component

import (
	"testing"
	"time"
)

// A guest lets others run at its first slow path, and then not before yieldEvery has passed.
func TestYield(t *testing.T) {
	var m meter
	m.yield()
	first := m.yielded
	if first.IsZero() {
		t.Fatal("it did not yield")
	}
	m.yielded = time.Now().Add(time.Hour) // so that it does not matter how slow the machine is
	before := m.yielded
	if m.yield(); m.yielded != before {
		t.Error("it yielded again at once")
	}
	m.yielded = time.Now().Add(-yieldEvery)
	before = m.yielded
	if m.yield(); m.yielded == before {
		t.Error("it did not yield when it was time")
	}
}
