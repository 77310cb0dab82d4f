package canon

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unsafe"
)

// fieldOp is one field of a record: where it lies on both sides.
type fieldOp struct {
	*op
	goOff  uintptr
	offset uint32 // in memory
	flat   int    // index of its first flat value
}

// record binds a Go struct to a record by name, or to a tuple by position.
func (pl *planner) record(path string, g reflect.Type, t *Type) (*op, error) {
	if g.Kind() != reflect.Struct {
		return nil, &BindError{path, g, t, ""}
	}
	index, reason := matchFields(g, t)
	if reason != "" {
		return nil, &BindError{path, g, t, reason}
	}
	ops := make([]fieldOp, len(t.Fields))
	var offset uint64
	flat := 0
	for i, f := range t.Fields {
		gf := g.Field(index[i])
		name := f.Name
		if name == "" {
			name = fmt.Sprint(i)
		}
		o, err := pl.plan(path+"."+name, gf.Type, f.Type)
		if err != nil {
			return nil, err
		}
		offset = alignTo(offset, f.Type.align)
		ops[i] = fieldOp{o, gf.Offset, uint32(offset), flat}
		offset += uint64(f.Type.size)
		flat += len(f.Type.flat)
	}
	return recordOp(ops), nil
}

func recordOp(ops []fieldOp) *op {
	if len(ops) == 1 && ops[0].goOff == 0 {
		// It is its only field: a call is often of one argument.
		o := *ops[0].op
		return &o
	}
	return &op{
		load: func(c *Cx, p uint32, dst unsafe.Pointer) {
			for i := range ops {
				o := &ops[i]
				o.load(c, p+o.offset, unsafe.Add(dst, o.goOff))
			}
		},
		store: func(c *Cx, src unsafe.Pointer, p uint32) {
			for i := range ops {
				o := &ops[i]
				o.store(c, unsafe.Add(src, o.goOff), p+o.offset)
			}
		},
		lift: func(c *Cx, flat []uint64, dst unsafe.Pointer) {
			for i := range ops {
				o := &ops[i]
				o.lift(c, flat[o.flat:], unsafe.Add(dst, o.goOff))
			}
		},
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) {
			for i := range ops {
				o := &ops[i]
				o.lower(c, unsafe.Add(src, o.goOff), flat[o.flat:])
			}
		},
		stow: func(c *Cx, src unsafe.Pointer) {
			for i := range ops {
				ops[i].stowed(c, unsafe.Add(src, ops[i].goOff))
			}
		},
	}
}

// matchFields returns, for each field of t, the index of the Go field that stands for it, or why there is none.
func matchFields(g reflect.Type, t *Type) ([]int, string) {
	var exported []int
	for i := range g.NumField() {
		if g.Field(i).IsExported() {
			exported = append(exported, i)
		}
	}
	if t.Kind == KindTuple {
		if len(exported) != len(t.Fields) {
			return nil, fmt.Sprintf("it has %d exported fields", len(exported))
		}
		return exported, ""
	}
	byName := map[string]int{}
	for _, i := range exported {
		byName[witName(g.Field(i))] = i
	}
	index := make([]int, len(t.Fields))
	for i, f := range t.Fields {
		at, ok := byName[f.Name]
		if !ok {
			return nil, fmt.Sprintf("no Go field for %q; tag one `wit:%q`", f.Name, f.Name)
		}
		index[i] = at
		delete(byName, f.Name)
	}
	for name, i := range byName {
		return nil, fmt.Sprintf("the record has no field %q for Go's %s", name, g.Field(i).Name)
	}
	return index, ""
}

// witName is the WIT name of a Go field: its `wit` tag, else its own name in kebab case.
func witName(f reflect.StructField) string {
	if tag, ok := f.Tag.Lookup("wit"); ok {
		return tag
	}
	return kebab(f.Name)
}

// kebab turns a Go name into a WIT label: SourceID and HTTPServer become source-id and http-server.
func kebab(name string) string {
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
