package core

import "slices"

// builder makes modules byte by byte. Its methods append to sections; it checks nothing, so that it can make
// what is wrong as well.
type builder struct {
	counts   [14]uint32
	sections [14][]byte
}

func (b *builder) add(id sectionID, item ...byte) uint32 {
	b.counts[id]++
	b.sections[id] = append(b.sections[id], item...)
	return b.counts[id] - 1
}

// raw sets a section's content, its count included.
func (b *builder) raw(id sectionID, content ...byte) {
	r := reader{b: content, end: len(content)}
	b.counts[id] = r.u32()
	b.sections[id] = content[r.pos:]
}

func vals(ts []ValType) []byte {
	out := appendU32(nil, uint32(len(ts)))
	for _, t := range ts {
		out = append(out, byte(t))
	}
	return out
}

func (b *builder) typ(params, results []ValType) uint32 {
	return b.add(secType, slices.Concat([]byte{0x60}, vals(params), vals(results))...)
}

func (b *builder) imp(module, name string, kind byte, desc ...byte) uint32 {
	return b.add(secImport, append(append(appendName(appendName(nil, module), name), kind), desc...)...)
}

// fn adds a function; groups are its locals as count and type, code has its end.
func (b *builder) fn(typ uint32, groups []byte, code ...byte) uint32 {
	b.add(secFunction, appendU32(nil, typ)...)
	body := slices.Concat(appendU32(nil, uint32(len(groups)/2)), groups, code)
	b.add(secCode, append(appendU32(nil, uint32(len(body))), body...)...)
	return b.counts[secFunction] - 1
}

func (b *builder) export(name string, kind ExternKind, index uint32) {
	b.add(secExport, appendU32(append(appendName(nil, name), byte(kind)), index)...)
}

func (b *builder) start(f uint32) {
	b.counts[secStart], b.sections[secStart] = 1, appendU32(nil, f)
}

func (b *builder) bytes() []byte {
	out := []byte(preamble)
	for _, id := range []sectionID{
		secType, secImport, secFunction, secTable, secMemory, secTag, secGlobal, secExport,
		secStart, secElement, secDataCount, secCode, secData,
	} {
		if b.counts[id] == 0 {
			continue
		}
		content := b.sections[id]
		if id != secStart && id != secDataCount {
			content = append(appendU32(nil, b.counts[id]), content...)
		} else if id == secDataCount {
			content = appendU32(nil, b.counts[id])
		}
		out = append(append(out, byte(id)), appendU32(nil, uint32(len(content)))...)
		out = append(out, content...)
	}
	return out
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// op encodes an opcode with unsigned immediates.
func op(code byte, imm ...uint32) []byte {
	out := []byte{code}
	for _, v := range imm {
		out = appendU32(out, v)
	}
	return out
}

func i32c(v int32) []byte { return appendS64([]byte{0x41}, int64(v)) }
func i64c(v int64) []byte { return appendS64([]byte{0x42}, v) }
