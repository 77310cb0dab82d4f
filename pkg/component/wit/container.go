package wit

import (
	"strings"

	"astrid/pkg/component/binary"
)

// container is what names types and functions in WIT: an interface, as it is imported or as it is exported, or the
// world itself.
type container struct {
	id    string // the name that it is imported or exported under; empty for the world
	path  path   // of an interface that has a package
	named bool   // it has a package, so that others can use its types
	items []item
	bare  bool // it cannot hold types: the exports of a world

	names   map[*typeDef]string // the types that it has names for
	taken   map[string]bool     // labels
	members []*member
	errs    []error // what WIT cannot say of it
}

// member is one member of a container. Its key is the name under which no other can be in the container.
type member struct {
	key     string
	text    string // the definition, without indent and final newline; of a resource, its first words
	methods []*member
	is      memberKind
	from    *container // of a use
	source  string     // of a use: the name there
}

type memberKind uint8

const (
	isType memberKind = iota
	isResource
	isUse
	isFunc
)

func newContainer(id string, items []item) *container {
	c := &container{id: id, items: items, names: map[*typeDef]string{}, taken: map[string]bool{}}
	c.path, c.named = parsePath(id)
	return c
}

// place is a name that a type has.
type place struct {
	in   *container
	name string
}

// register notes the names of all types in c. A type also gets the name for what it is another name of, as far as
// nothing closer has one, so that the nearest name is found from either.
func (r *renderer) register(c *container) {
	note := func(t *typeDef, name string) {
		c.names[t] = name
		if _, ok := r.places[t]; !ok {
			r.places[t] = place{c, name}
		}
	}
	for _, it := range c.items {
		c.taken[it.name] = true
		if it.kind == binary.ExternType {
			note(it.typ, it.name)
		}
	}
	for _, it := range c.items {
		if it.kind != binary.ExternType {
			continue
		}
		for t := it.typ.of; t != nil && (t.of != nil || isNominal(t)); t = t.of {
			r.spend(1)
			if _, ok := c.names[t]; ok {
				break
			}
			note(t, it.name)
		}
	}
}

// isNominal reports whether the definition t needs a name wherever it is used.
func isNominal(t *typeDef) bool {
	switch t.def.(type) {
	case nil, *binary.Resource, *binary.Record, *binary.Variant, *binary.Flags, *binary.Enum:
		return true
	default:
		return false
	}
}

// renderer says types and functions in WIT.
type renderer struct {
	places map[*typeDef]place // of the first container that names a type
	text   int
}

// spend takes n bytes of text out of the budget.
func (r *renderer) spend(n int) {
	if r.text += n; r.text > maxText {
		panic(&LimitError{"bytes of WIT", maxText})
	}
}

// render makes the members of a container and returns its functions. What WIT cannot say is left out and noted.
func (r *renderer) render(c *container) []Func {
	var funcs []Func
	resources := map[string]*member{}
	for _, it := range c.items {
		signature := ""
		err := try(func() {
			switch it.kind {
			case binary.ExternType:
				if c.bare {
					unsayable("it exports the type %s, and a world exports only functions and interfaces", shown(it.name))
				}
				m := r.typeMember(c, it.name, it.typ)
				if m.is == isResource {
					resources[it.name] = m
				}
				c.members = append(c.members, m)
			case binary.ExternFunc:
				signature = r.signature(c, parseFuncName(it.name), it.fn)
				r.funcMember(c, resources, it.name, signature)
			case binary.ExternInstance:
				unsayable("interface %s has an instance %s in it", shown(c.id), shown(it.name))
			default:
				unsayable("%s is a %s", shown(it.name), kindName(it.kind))
			}
		})
		if limit, ok := err.(*LimitError); ok {
			panic(limit)
		}
		if err != nil {
			c.errs = append(c.errs, err)
		}
		if it.kind == binary.ExternFunc {
			funcs = append(funcs, Func{it.name, signature})
		}
	}
	return funcs
}

// kindName names a kind of definition.
func kindName(k binary.ExternKind) string {
	switch k {
	case binary.ExternFunc:
		return "function"
	case binary.ExternType:
		return "type"
	case binary.ExternInstance:
		return "interface"
	case binary.ExternComponent:
		return "component"
	default:
		return "core module"
	}
}

// typeMember defines a type that c names: anew, as another name of a type here, or by using that of an interface.
func (r *renderer) typeMember(c *container, name string, t *typeDef) *member {
	for p := t.of; p != nil; p = p.of {
		if other, ok := c.names[p]; ok && other != name {
			return r.member(name, "type "+identifier(name)+" = "+identifier(other)+";")
		}
		if at, ok := r.places[p]; ok && at.in.named && at.in.id != c.id {
			return &member{key: name, is: isUse, from: at.in, source: at.name}
		}
	}
	root := t.root()
	switch d := root.def.(type) {
	case nil, *binary.Resource:
		return &member{key: name, is: isResource, text: "resource " + identifier(name)}
	case *binary.Record:
		return r.block(name, "record", len(d.Fields), func(i int) string {
			return identifier(d.Fields[i].Name) + ": " + r.value(c, root.env, d.Fields[i].Type)
		})
	case *binary.Variant:
		return r.block(name, "variant", len(d.Cases), func(i int) string {
			text := identifier(d.Cases[i].Name)
			if t := d.Cases[i].Type; t != nil {
				text += "(" + r.value(c, root.env, *t) + ")"
			}
			return text
		})
	case *binary.Flags:
		return r.block(name, "flags", len(d.Labels), func(i int) string { return identifier(d.Labels[i]) })
	case *binary.Enum:
		return r.block(name, "enum", len(d.Labels), func(i int) string { return identifier(d.Labels[i]) })
	case *binary.Func, *binary.InstanceType, *binary.ComponentType:
		unsayable("the type %s is not that of a value", shown(name))
	}
	text := r.inline(c, root)
	if h, ok := root.def.(*binary.Handle); ok && !h.Borrow {
		text = "own<" + text + ">" // the resource's name alone would be the resource
	}
	return r.member(name, "type "+identifier(name)+" = "+text+";")
}

func (r *renderer) member(key, text string) *member {
	r.spend(len(text))
	return &member{key: key, text: text}
}

// block makes a definition that lists its parts.
func (r *renderer) block(name, word string, n int, part func(i int) string) *member {
	var b strings.Builder
	b.WriteString(word + " " + identifier(name) + " {\n")
	for i := range n {
		text := part(i)
		r.spend(len(text))
		b.WriteString("  " + text + ",\n")
	}
	b.WriteString("}")
	return r.member(name, b.String())
}

// funcMember adds a function, to its resource where it is one of a resource.
func (r *renderer) funcMember(c *container, resources map[string]*member, name, signature string) {
	n := parseFuncName(name)
	r.spend(len(name) + len(signature))
	if n.kind == "" {
		c.members = append(c.members, &member{key: name, text: identifier(name) + ": " + signature + ";", is: isFunc})
		return
	}
	in := resources[n.resource]
	if in == nil {
		unsayable("%s is a function of a resource that is defined elsewhere", shown(name))
	}
	switch n.kind {
	case "method":
		signature = identifier(n.name) + ": " + signature
	case "static":
		signature = identifier(n.name) + ": static " + signature
	}
	in.methods = append(in.methods, &member{key: name, text: signature + ";"})
}
