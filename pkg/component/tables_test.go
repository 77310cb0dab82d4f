package component_test

import (
	"testing"

	"astrid/pkg/component"
)

// The tables of an instance share one limit: a module with four gets a quarter of it for each, and growing one beyond
// that answers -1.
func TestTableLimit(t *testing.T) {
	table := b(0x70, 0, 1) // funcref, one element, no maximum
	grow := b(0, 0xd0, 0x70, 0x20, 0, 0xfc, 0x0f, 3, 0x0b)
	file := moduleOf(
		section(1, vec(b(0x60, vec(b(0x7f)), vec(b(0x7f))))),
		section(3, vec(b(0))),
		section(4, vec(table, table, table, table)),
		section(7, vec(b(name("grow"), 0, 0))),
		section(10, vec(b(len(grow), grow))),
	)
	l := link(t, component.Config{Table: 400}, file)
	g := &guest{t, l, instantiate(t, l)}
	want1(g, "grow", uint32(100), uint32(1<<32-1))
	want1(g, "grow", uint32(99), uint32(1))
	want1(g, "grow", uint32(1), uint32(1<<32-1))
}
