package component_test

import (
	"context"
	"testing"

	"astrid/pkg/component"
	"astrid/pkg/component/canon"
)

// piece is a resource of the host's that knows how often it came to its end: was dropped, or given to the host.
type piece struct{ ends int }

type (
	ownPiece  = component.Own[*piece]
	eitherTag uint8
	either    struct {
		Case eitherTag
		One  ownPiece
	}
	labelled struct {
		Piece ownPiece
		Label string
	}
	pieces struct {
		Name   string
		First  ownPiece
		List   []labelled
		Option *ownPiece
		Either either
		Result component.Result[ownPiece, component.Unit]
		Text   string
		Array  [2]ownPiece
	}
)

func (eitherTag) WitCases() string { return "neither one" }

// ledger makes pieces and keeps account of them.
type ledger struct {
	testing.TB
	made []*piece
}

func (l *ledger) piece() *piece {
	l.made = append(l.made, &piece{})
	return l.made[len(l.made)-1]
}

func (l *ledger) own() ownPiece { return ownPiece{Value: l.piece()} }

// try makes a call in an instance of its own, closes that, and checks that as many pieces were made as it says, and that
// each came to its end as often as it should.
func (l *ledger) try(g *guest, what string, made, ends int, call func(g *guest) error) (err error) {
	l.Helper()
	l.made = nil
	inst, err := g.linked.Instantiate(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	err = call(&guest{l, g.linked, inst})
	if err := inst.Close(l.Context()); err != nil {
		l.Error(err)
	}
	if len(l.made) != made {
		l.Errorf("%s: %d were made, want %d", what, len(l.made), made)
	}
	for n, p := range l.made {
		if p.ends != ends {
			l.Errorf("%s: piece %d of %d ended %d times, want %d", what, n, made, p.ends, ends)
		}
	}
	return err
}

// host is what the fixture resource-traps imports, with or without Go types.
func (l *ledger) host(typed bool) *component.Interface {
	i := component.NewInterface("test:values/things").
		Resource("thing", component.NewResource(func(_ context.Context, p *piece) { p.ends++ }))
	if typed {
		return i.
			Func("make", component.Infallible0(func(context.Context) ownPiece { return l.own() })).
			Func("take", component.Proc2(func(_ context.Context, p ownPiece, _ rune) { p.Value.ends++ })).
			Func("many", component.Infallible0(func(context.Context) pieces {
				option := l.own()
				return pieces{
					Name: "a", First: l.own(), List: []labelled{{l.own(), "b"}, {l.own(), "c"}}, Option: &option,
					Either: either{1, l.own()}, Result: component.Result[ownPiece, component.Unit]{Ok: l.own()},
					Text: "d", Array: [2]ownPiece{l.own(), l.own()},
				}
			}))
	}
	type values = []component.Value
	dyn := func(fn func(args values) component.Value) component.HostFunc {
		return component.FuncDyn(func(_ context.Context, args values) (component.Value, error) { return fn(args), nil })
	}
	return i.
		Func("make", dyn(func(values) component.Value { return l.piece() })).
		Func("take", dyn(func(args values) component.Value { args[0].(*piece).ends++; return nil })).
		Func("many", dyn(func(values) component.Value {
			return values{
				"a", l.piece(),
				values{values{l.piece(), "b"}, values{l.piece(), "c"}},
				canon.Variant{Case: 1, Value: l.piece()},
				canon.Variant{Case: 1, Value: l.piece()},
				canon.Variant{Value: l.piece()},
				"d",
				values{l.piece(), l.piece()},
			}
		}))
}

// dynamic calls an export without Go types.
func dynamic(g *guest, name string, args ...component.Value) error {
	g.Helper()
	fn, err := g.linked.Export(name)
	if err != nil {
		g.Fatal(err)
	}
	_, err = fn.Call(g.Context(), g.inst, args...)
	return err
}

// A call that ends while handles are on their way loses nothing that was to be owned by somebody, and drops nothing
// that was lent.
func TestNothingOwnedIsLost(t *testing.T) {
	type pair struct {
		Piece  ownPiece
		Letter rune
	}
	typed := func(g *guest, name string) (err error) {
		switch name {
		case "lend":
			_, err = call1[component.Unit](g, name, component.Borrow[*piece]{Value: g.TB.(*ledger).piece()})
		case "pair":
			_, err = call0[pair](g, name)
		case "give":
			_, err = call0[ownPiece](g, name)
		default:
			_, err = call0[component.Unit](g, name)
		}
		return err
	}
	untyped := func(g *guest, name string) error {
		if name == "lend" {
			return dynamic(g, name, g.TB.(*ledger).piece())
		}
		return dynamic(g, name)
	}
	for what, test := range map[string]struct {
		typed bool
		call  func(g *guest, name string) error
	}{"typed": {true, typed}, "dynamic": {false, untyped}} {
		t.Run(what, func(t *testing.T) {
			l := &ledger{TB: t}
			g := open(t, "resource-traps", l.host(test.typed))
			for name, ends := range map[string]int{"lend": 0, "late": 1, "pair": 1, "give": 1} {
				err := l.try(g, name, 1, ends, func(g *guest) error { return test.call(g, name) })
				if name == "late" || name == "pair" {
					wantFault(t, name, err, canon.FaultChar)
				} else {
					wantTrap(t, name, err, "unreachable")
				}
			}
		})
	}
}

// So does one in which the allocator traps, wherever it does.
func TestNothingOwnedIsLostInAllocators(t *testing.T) {
	for what, typed := range map[string]bool{"typed": true, "dynamic": false} {
		t.Run(what, func(t *testing.T) {
			l := &ledger{TB: t}
			g := open(t, "resource-traps", l.host(typed))
			for name, test := range map[string]struct {
				made, allocations int
				call              func(g *guest) error
			}{
				"many": {8, 5, func(g *guest) error { return dynamic(g, "many") }},
				"put":  {2, 1, func(g *guest) error { return dynamic(g, "put", l.piece(), "text", l.piece()) }},
			} {
				for n := range test.allocations + 1 {
					err := l.try(g, name, test.made, 1, func(g *guest) error {
						want1(g, "arm", uint32(n), component.Unit{})
						return test.call(g)
					})
					if n < test.allocations {
						wantTrap(t, name, err, "unreachable")
					} else if err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
		})
	}
}
