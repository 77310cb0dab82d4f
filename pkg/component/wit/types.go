package wit

import (
	"fmt"
	"strings"

	"astrid/pkg/component/binary"
)

// signature returns the type of a function as WIT writes it after its name. The result of a constructor is what it
// constructs, which WIT leaves out.
func (r *renderer) signature(c *container, n funcName, f *function) string {
	params := f.def.Params
	if n.kind == "method" {
		params = params[1:] // self
	}
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = identifier(p.Name) + ": " + r.value(c, f.env, p.Type)
		r.spend(len(parts[i]))
	}
	text := "(" + strings.Join(parts, ", ") + ")"
	constructs := n.kind == "constructor"
	if result := f.def.Result; result != nil && !(constructs && isHandle(f.env, *result)) {
		text += " -> " + r.value(c, f.env, *result)
	}
	if constructs {
		return "constructor" + text
	}
	return "func" + text
}

// isHandle reports whether v is a handle and not, say, a result with one.
func isHandle(env *scope, v binary.ValType) bool {
	if v.Prim != 0 {
		return false
	}
	_, ok := env.types[v.Index].root().def.(*binary.Handle)
	return ok
}

// value returns a reference to a value type.
func (r *renderer) value(c *container, env *scope, v binary.ValType) string {
	if v.Prim != 0 {
		return primitive(v.Prim)
	}
	return r.ref(c, env.types[v.Index])
}

// ref returns a reference to a type from c: by its nearest name in c, else by its name in an interface, which c then
// uses, else spelled out.
func (r *renderer) ref(c *container, t *typeDef) string {
	for p := t; p != nil; p = p.of {
		if name, ok := c.names[p]; ok {
			r.spend(len(name))
			return identifier(name)
		}
	}
	for p := t; p != nil; p = p.of {
		if at, ok := r.places[p]; ok && at.in.named && at.in.id != c.id {
			return identifier(r.use(c, p, at))
		}
	}
	text := r.inline(c, t.root())
	r.spend(len(text))
	return text
}

// use gives a type that an interface names a name in c.
func (r *renderer) use(c *container, t *typeDef, at place) string {
	name := free(at.name, func(s string) bool { return c.taken[s] })
	c.taken[name], c.names[t] = true, name
	c.members = append(c.members, &member{key: name, is: isUse, from: at.in, source: at.name})
	return name
}

// inline spells a type out.
func (r *renderer) inline(c *container, t *typeDef) string {
	of := func(v *binary.ValType) string { return r.value(c, t.env, *v) }
	switch d := t.def.(type) {
	case *binary.Primitive:
		return primitive(d.Prim)
	case *binary.List:
		if d.Length > 0 {
			return fmt.Sprintf("list<%s, %d>", of(&d.Elem), d.Length)
		}
		return "list<" + of(&d.Elem) + ">"
	case *binary.Map:
		return "map<" + of(&d.Key) + ", " + of(&d.Value) + ">"
	case *binary.Option:
		return "option<" + of(&d.Elem) + ">"
	case *binary.Tuple:
		parts := make([]string, len(d.Types))
		for i := range d.Types {
			parts[i] = of(&d.Types[i])
		}
		return "tuple<" + strings.Join(parts, ", ") + ">"
	case *binary.Result:
		switch {
		case d.Ok == nil && d.Err == nil:
			return "result"
		case d.Err == nil:
			return "result<" + of(d.Ok) + ">"
		case d.Ok == nil:
			return "result<_, " + of(d.Err) + ">"
		}
		return "result<" + of(d.Ok) + ", " + of(d.Err) + ">"
	case *binary.Handle:
		name := r.ref(c, t.env.types[d.Resource])
		if d.Borrow {
			return "borrow<" + name + ">"
		}
		return name // an own handle goes by the name of the resource
	}
	where := "the world"
	if c.id != "" {
		where = shown(c.id)
	}
	unsayable("a type in %s has a name only where WIT cannot refer to it", where)
	return ""
}

// primitive returns the name of a primitive type.
func primitive(p binary.Prim) string {
	return [...]string{
		binary.Bool & 0xf: "bool", binary.S8 & 0xf: "s8", binary.U8 & 0xf: "u8", binary.S16 & 0xf: "s16",
		binary.U16 & 0xf: "u16", binary.S32 & 0xf: "s32", binary.U32 & 0xf: "u32", binary.S64 & 0xf: "s64",
		binary.U64 & 0xf: "u64", binary.F32 & 0xf: "f32", binary.F64 & 0xf: "f64", binary.Char & 0xf: "char",
		binary.String & 0xf: "string",
	}[p&0xf]
}
