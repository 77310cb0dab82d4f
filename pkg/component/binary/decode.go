package binary

import "slices"

// MaxDepth bounds how deep components and component types may nest.
const maxDepth = 100

// Preamble is the length in bytes of the magic, version and layer that begin every file.
const Preamble = 8

// Layer is what the preamble says a file holds.
type Layer int

// The layers.
const (
	LayerUnknown Layer = iota
	LayerModule
	LayerComponent
)

// Sniff reads the preamble: a core module, a component, or neither.
func Sniff(file []byte) Layer {
	if len(file) < Preamble || string(file[:4]) != "\x00asm" {
		return LayerUnknown
	}
	switch string(file[4:Preamble]) {
	case "\x01\x00\x00\x00":
		return LayerModule
	case "\x0d\x00\x01\x00":
		return LayerComponent
	}
	return LayerUnknown
}

// Decode decodes a component. The result aliases file, which must not change while it is in use. An error is an
// *Error.
func Decode(file []byte) (c *Component, err error) {
	r := &reader{buf: file, end: len(file)}
	defer func() {
		if e := recover(); e != nil {
			bad, ok := e.(*Error)
			if !ok {
				panic(e)
			}
			c, err = nil, bad
		}
	}()
	return r.component(), nil
}

// sections names the sections by their id.
func sectionName(id byte) string {
	switch id {
	case 0:
		return "custom"
	case 1:
		return "core module"
	case 2:
		return "core instance"
	case 3:
		return "core type"
	case 4:
		return "component"
	case 5:
		return "instance"
	case 6:
		return "alias"
	case 7:
		return "type"
	case 8:
		return "canon"
	case 9:
		return "start"
	case 10:
		return "import"
	case 11:
		return "export"
	case 12:
		return "value"
	}
	return ""
}

// component reads a preamble and sections up to the reader's end.
func (r *reader) component() *Component {
	at := r.off
	r.enter(at)
	defer r.leave()
	r.preamble()
	c := &Component{At: at, Size: r.end - at}
	for r.off < r.end {
		r.sectionOf(c)
	}
	return c
}

func (r *reader) preamble() {
	at := r.off
	if magic := r.bytes(4); string(magic) != "\x00asm" {
		r.fail(at, "no wasm magic")
	}
	switch v := r.bytes(4); string(v) {
	case "\x0d\x00\x01\x00":
	case "\x01\x00\x00\x00":
		r.fail(at+4, "a core module, not a component")
	default:
		r.fail(at+4, "unknown version % x", v)
	}
}

// sectionOf reads one section into c.
func (r *reader) sectionOf(c *Component) {
	outer, outerEnd := r.section, r.end
	at := r.off
	id := r.byte()
	name := sectionName(id)
	if name == "" {
		r.fail(at, "unknown section id %d", id)
	}
	r.section = name
	size := r.u32()
	if int64(size) > int64(r.rest()) {
		r.fail(at, "%d bytes claimed with %d left", size, r.rest())
	}
	r.end = r.off + int(size)
	r.contents(c, id, at)
	if r.off != r.end {
		r.fail(r.off, "%d bytes left over", r.end-r.off)
	}
	r.section, r.end = outer, outerEnd
}

func (r *reader) contents(c *Component, id byte, at int) {
	switch id {
	case 0:
		name := r.name()
		c.Custom = append(c.Custom, Custom{Name: name, Data: r.bytes(r.rest()), At: at})
	case 1:
		start := r.off
		c.Defs = append(c.Defs, &CoreModule{pos(start), r.bytes(r.rest())})
	case 4:
		c.Defs = append(c.Defs, r.component())
	case 9:
		r.unsupported(at, "a start definition")
	case 12:
		r.unsupported(at, "a value definition")
	default:
		for range r.count("definitions") {
			c.Defs = append(c.Defs, r.def(id))
		}
	}
}

func (r *reader) def(id byte) Def {
	switch id {
	case 2:
		return r.coreInstance()
	case 3:
		return r.coreType()
	case 5:
		return r.instance()
	case 6:
		return r.alias()
	case 7:
		return r.typeDef()
	case 8:
		return r.canon()
	case 10:
		return r.importDef()
	default:
		return r.exportDef()
	}
}

func (r *reader) coreInstance() *CoreInstance {
	at := r.off
	i := &CoreInstance{pos: pos(at)}
	switch b := r.byte(); b {
	case 0:
		i.Module = r.u32()
		i.Args = vec(r, "arguments", func() CoreArg {
			a := CoreArg{Name: r.name()}
			r.expect(byte(CoreInstSort), "sort of a core instantiation argument")
			a.Instance = r.u32()
			return a
		})
	case 1:
		i.Inline = true
		i.Exports = vec(r, "exports", func() CoreExport {
			return CoreExport{r.name(), r.coreSort(), r.u32()}
		})
	default:
		r.fail(at, "unknown core instance form %#02x", b)
	}
	return i
}

func (r *reader) instance() *Instance {
	at := r.off
	i := &Instance{pos: pos(at)}
	switch b := r.byte(); b {
	case 0:
		i.Component = r.u32()
		i.Args = vec(r, "arguments", func() Arg { return r.arg(r.name(), nil) })
	case 1:
		i.Inline = true
		i.Exports = vec(r, "exports", func() Arg { return r.arg(r.externName()) })
	default:
		r.fail(at, "unknown instance form %#02x", b)
	}
	return i
}

func (r *reader) arg(name string, implements *string) Arg {
	return Arg{name, implements, r.sort(), r.u32()}
}

func (r *reader) coreSort() CoreSort {
	at := r.off
	switch s := CoreSort(r.byte()); s {
	case CoreFunc, CoreTable, CoreMemory, CoreGlobal, CoreTag, CoreTypeSort, CoreModuleSort, CoreInstSort:
		return s
	default:
		r.fail(at, "unknown core sort %#02x", byte(s))
	}
	return 0
}

func (r *reader) sort() Sort {
	at := r.off
	switch s := SortCode(r.byte()); s {
	case SortCore:
		return Sort{s, r.coreSort()}
	case SortFunc, SortType, SortComponent, SortInstance:
		return Sort{Code: s}
	case SortValue:
		r.unsupported(at, "the sort value")
	default:
		r.fail(at, "unknown sort %#02x", byte(s))
	}
	return Sort{}
}

func (r *reader) alias() *Alias {
	at := r.off
	a := &Alias{pos: pos(at), Sort: r.sort()}
	targetAt := r.off
	switch a.Target = AliasTarget(r.byte()); a.Target {
	case AliasExport, AliasCoreExport:
		a.Instance = r.u32()
		a.Name = r.name()
	case AliasOuter:
		switch a.Sort {
		case Sort{Code: SortType}, Sort{Code: SortComponent}, Sort{SortCore, CoreTypeSort}, Sort{SortCore, CoreModuleSort}:
		default:
			r.fail(at, "an outer alias cannot point to a definition of this sort")
		}
		a.Count = r.u32()
		a.Index = r.u32()
	default:
		r.fail(targetAt, "unknown alias target %#02x", byte(a.Target))
	}
	return a
}

func (r *reader) canon() *Canon {
	at := r.off
	c := &Canon{pos: pos(at)}
	switch c.Kind = CanonKind(r.byte()); c.Kind {
	case CanonLift:
		r.expect(0, "sort of a lifted function")
		c.Func = r.u32()
		c.Opts = r.canonOpts()
		c.Type = r.u32()
	case CanonLower:
		r.expect(0, "sort of a lowered function")
		c.Func = r.u32()
		c.Opts = r.canonOpts()
		if c.Opts.PostReturn != nil {
			r.invalid(at, "post-return on a lower")
		}
	case CanonResourceNew, CanonResourceDrop, CanonResourceRep:
		c.Type = r.u32()
	default:
		if name := asyncBuiltin(byte(c.Kind)); name != "" {
			r.unsupported(at, "canon %s", name)
		}
		r.fail(at, "unknown canonical definition %#02x", byte(c.Kind))
	}
	return c
}

// asyncBuiltin names the canonical built-ins of the asynchronous and threaded Component Model, which are refused.
func asyncBuiltin(op byte) string {
	names := [...]string{
		0x05: "task.cancel", 0x06: "subtask.cancel", 0x07: "resource.drop async", 0x09: "task.return", 0x0a: "context.get",
		0x0b: "context.set", 0x0c: "thread.yield", 0x0d: "subtask.drop", 0x0e: "stream.new", 0x0f: "stream.read",
		0x10: "stream.write", 0x11: "stream.cancel-read", 0x12: "stream.cancel-write", 0x13: "stream.drop-readable",
		0x14: "stream.drop-writable", 0x15: "future.new", 0x16: "future.read", 0x17: "future.write",
		0x18: "future.cancel-read", 0x19: "future.cancel-write", 0x1a: "future.drop-readable",
		0x1b: "future.drop-writable", 0x1c: "error-context.new", 0x1d: "error-context.debug-message",
		0x1e: "error-context.drop", 0x1f: "waitable-set.new", 0x20: "waitable-set.wait", 0x21: "waitable-set.poll",
		0x22: "waitable-set.drop", 0x23: "waitable.join", 0x24: "backpressure.inc", 0x25: "backpressure.dec",
		0x26: "thread.index", 0x27: "thread.new-indirect", 0x28: "thread.resume-later", 0x29: "thread.suspend",
		0x2a: "thread.suspend-then-resume", 0x2b: "thread.yield-then-resume", 0x2c: "thread.suspend-then-promote",
		0x2d: "thread.yield-then-promote", 0x40: "thread.spawn-ref", 0x41: "thread.spawn-indirect",
		0x42: "thread.available-parallelism",
	}
	if int(op) < len(names) {
		return names[op]
	}
	return ""
}

func (r *reader) canonOpts() CanonOpts {
	var o CanonOpts
	encoded := false
	for range r.count("options") {
		at := r.off
		once := func(dup bool, what string) {
			if dup {
				r.invalid(at, "option %s given twice", what)
			}
		}
		index := func(dst **uint32, what string) {
			once(*dst != nil, what)
			i := r.u32()
			*dst = &i
		}
		switch b := r.byte(); b {
		case 0, 1, 2:
			once(encoded, "string-encoding")
			encoded = true
			o.Encoding = StringEncoding(b)
		case 3:
			index(&o.Memory, "memory")
		case 4:
			index(&o.Realloc, "realloc")
		case 5:
			index(&o.PostReturn, "post-return")
		case 6, 7:
			r.unsupported(at, "the canonical option %s", []string{"async", "callback"}[b-6])
		default:
			r.fail(at, "unknown canonical option %#02x", b)
		}
	}
	return o
}

func (r *reader) importDef() *Import {
	at := r.off
	name, implements := r.externName()
	return &Import{pos(at), name, implements, r.externDesc()}
}

func (r *reader) exportDef() *Export {
	at := r.off
	name, implements := r.externName()
	e := &Export{pos: pos(at), Name: name, Implements: implements, Sort: r.sort(), Index: r.u32()}
	if e.Sort.Code == SortCore && e.Sort.Core != CoreModuleSort {
		r.invalid(at, "a component cannot export a core definition other than a module")
	}
	if r.optional() {
		d := r.externDesc()
		e.Desc = &d
	}
	return e
}

// The name attributes, with the format's opcodes.
const (
	attrImplements    = 0x00
	attrVersionSuffix = 0x01
	attrExternalID    = 0x02
)

// externName reads a name with its attributes (nameattributes). An external id is for tools and dropped.
func (r *reader) externName() (name string, implements *string) {
	at := r.off
	form := r.byte()
	if form > 2 {
		r.fail(at, "unknown name form %#02x", form)
	}
	name = r.name()
	if form < 2 {
		return name, nil
	}
	var seen []byte
	for range r.count("attributes") {
		at := r.off
		kind := r.byte()
		if slices.Contains(seen, kind) {
			r.invalid(at, "name attribute %#02x given twice", kind)
		}
		seen = append(seen, kind)
		switch kind {
		case attrImplements:
			s := r.name()
			implements = &s
		case attrVersionSuffix:
			r.unsupported(at, "a version suffix of a name")
		case attrExternalID:
			r.name()
		default:
			r.fail(at, "unknown name attribute %#02x", kind)
		}
	}
	return name, implements
}

func (r *reader) externDesc() ExternDesc {
	at := r.off
	d := ExternDesc{Kind: ExternKind(r.byte())}
	switch d.Kind {
	case ExternModule:
		r.expect(byte(CoreModuleSort), "core sort of an extern type")
		d.Index = r.u32()
	case ExternFunc, ExternComponent, ExternInstance:
		d.Index = r.u32()
	case ExternType:
		boundAt := r.off
		switch b := r.byte(); b {
		case 0:
			d.Index = r.u32()
		case 1:
			d.SubResource = true
		default:
			r.fail(boundAt, "unknown type bound %#02x", b)
		}
	case 0x02:
		r.unsupported(at, "a value import or export")
	default:
		r.fail(at, "unknown extern kind %#02x", byte(d.Kind))
	}
	return d
}
