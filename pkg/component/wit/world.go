package wit

import (
	"errors"

	"astrid/pkg/component/binary"
)

// Func is a function that is imported or exported.
type Func struct {
	Name string // as in the binary: "f", "[method]r.m"
	Type string // as WIT writes it after the name, such as "func(a: u8) -> u8"; empty where WIT has no words for it
}

// Item is one import or export of a component.
type Item struct {
	Name       string   // as in the binary: "ns:pkg/iface@1.0.0", "f"
	Kind       string   // interface, function, type, component or core module
	Implements string   // what an interface under a label is said to implement; mostly empty
	Types      []string // of an interface: the types that it names
	Funcs      []Func   // of an interface: its functions; of a function: itself
}

// World is what a component imports and exports, in the order of the file. It is immutable.
type World struct {
	Imports, Exports []Item

	text string
	err  error
}

// Text returns the world as WIT that stands alone: the world of a package of its own, and every interface that it
// refers to in a nested package. The error is an *UnsayableError, or several joined, or a *LimitError.
func (w *World) Text() (string, error) { return w.text, w.err }

// Of returns the world of a component, which package validate has let pass. The error is a *LimitError.
func Of(c *binary.Component) (w *World, err error) {
	err = try(func() {
		imports, exports := new(evaluator).walk(c.Defs, nil, nil)
		w = worldOf(imports, exports)
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// side is the imports or the exports of a component.
type side struct {
	word  string // import or export
	items []item
	in    []*container // the interfaces, by item; nil for what is in the world itself
	world *container   // what is in the world itself
}

func worldOf(imports, exports *instance) *World {
	r := &renderer{places: map[*typeDef]place{}}
	in, out := newSide("import", imports.items), newSide("export", exports.items)
	// The world has one set of names, from which its exports may take as well.
	out.world.names, out.world.taken, out.world.bare = in.world.names, in.world.taken, true
	sides := []*side{in, out}
	for _, s := range sides {
		for _, c := range s.in {
			if c != nil {
				r.register(c)
			}
		}
	}
	for _, s := range sides {
		r.register(s.world)
	}
	w := &World{Imports: r.items(in), Exports: r.items(out)}
	if w.err = unsaid(sides); w.err == nil {
		w.err = try(func() { w.text = r.print(sides) })
	}
	return w
}

func newSide(word string, items []item) *side {
	s := &side{word: word, items: items, in: make([]*container, len(items)), world: newContainer("", nil)}
	for i, it := range items {
		if it.kind == binary.ExternInstance {
			s.in[i] = newContainer(it.name, it.inst.items)
		} else {
			s.world.items = append(s.world.items, it)
		}
	}
	return s
}

// items renders one side and returns it as it is reported.
func (r *renderer) items(s *side) []Item {
	funcs := r.render(s.world)
	out := make([]Item, len(s.items))
	for i, it := range s.items {
		item := Item{Name: it.name, Kind: kindName(it.kind)}
		if it.implements != nil {
			item.Implements = *it.implements
		}
		switch it.kind {
		case binary.ExternFunc:
			item.Funcs, funcs = funcs[:1:1], funcs[1:]
		case binary.ExternInstance:
			item.Funcs = r.render(s.in[i])
			for _, x := range it.inst.items {
				if x.kind == binary.ExternType {
					item.Types = append(item.Types, x.name)
				}
			}
		}
		out[i] = item
	}
	return out
}

// unsaid joins what WIT cannot say of the two sides.
func unsaid(sides []*side) error {
	var errs []error
	for _, s := range sides {
		errs = append(errs, s.world.errs...)
		for _, c := range s.in {
			if c != nil {
				errs = append(errs, c.errs...)
			}
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
