package wit

import "astrid/pkg/component/binary"

// OfMetadata returns the world that the bindings of a core module were generated for. A generator leaves it in the
// module's custom sections, as components that define nothing but the type of the world; package validate has let
// each of them pass. Where several worlds went into one module, it is all of them together. The error is an
// *UnsayableError where a component is no such metadata, or a *LimitError.
func OfMetadata(sections ...*binary.Component) (w *World, err error) {
	err = try(func() {
		e := new(evaluator)
		imports, exports := &instance{}, &instance{}
		for _, c := range sections {
			in, out := e.metadata(c)
			imports.join(in)
			exports.join(out)
		}
		w = worldOf(imports, exports)
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// metadata returns the imports and exports of the world in the component type that is exported by the one component
// type that c exports.
func (e *evaluator) metadata(c *binary.Component) (imports, exports *instance) {
	_, packages := e.walk(c.Defs, nil, nil)
	for _, p := range packages.items {
		if p.kind != binary.ExternType {
			continue
		}
		t := p.typ.root()
		d, ok := t.def.(*binary.ComponentType)
		if !ok {
			continue
		}
		_, worlds := e.walk(d.Decls, t.env, nil)
		if len(worlds.items) == 1 && worlds.items[0].kind == binary.ExternComponent {
			c := worlds.items[0].comp
			return e.walk(c.defs, c.env, nil)
		}
	}
	unsayable("it is not the metadata of a world")
	return nil, nil
}

// join adds what has a name that is new.
func (i *instance) join(from *instance) {
	for _, it := range from.items {
		if _, ok := i.index[it.name]; !ok {
			i.add(it)
		}
	}
}
