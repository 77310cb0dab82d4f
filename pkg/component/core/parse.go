package core

import "bytes"

// preamble is the magic number and the version of core modules.
const preamble = "\x00asm\x01\x00\x00\x00"

type sectionID byte

const (
	secCustom    sectionID = 0
	secType      sectionID = 1
	secImport    sectionID = 2
	secFunction  sectionID = 3
	secTable     sectionID = 4
	secMemory    sectionID = 5
	secGlobal    sectionID = 6
	secExport    sectionID = 7
	secStart     sectionID = 8
	secElement   sectionID = 9
	secCode      sectionID = 10
	secData      sectionID = 11
	secDataCount sectionID = 12
	secTag       sectionID = 13
)

func (id sectionID) String() string {
	names := [...]string{
		"custom", "type", "import", "function", "table", "memory", "global", "export",
		"start", "element", "code", "data", "data count", "tag",
	}
	if int(id) < len(names) {
		return names[id]
	}
	return "unknown"
}

// order is the place of a section in a module; that of data count and tag differs from their ids.
func (id sectionID) order() int {
	places := [...]int{
		secType: 1, secImport: 2, secFunction: 3, secTable: 4, secMemory: 5, secTag: 6, secGlobal: 7,
		secExport: 8, secStart: 9, secElement: 10, secDataCount: 11, secCode: 12, secData: 13,
	}
	return places[id]
}

// span is a range of bytes of the module.
type span struct{ start, end int }

// section is one section: all of it with its header, and what is in it.
type section struct {
	id   sectionID
	all  span
	body span
	name string // of a custom section
}

// body is one function body as the walk found it.
type body struct {
	all    span // locals and code, without the size before them
	code   span // the instructions with the final end
	calls  span // in Module.calls
	groups int  // groups of locals
	locals uint32
	frame  uint32 // words of stack that a call of it takes at most
	loops  uint32
	cost   Weight // of all instructions, once each
	uses   uses
}

// Module is a core module that passed the screen. It keeps the bytes that it was parsed from; they must not
// change. It is immutable, and safe for concurrent use.
type Module struct {
	wasm     []byte
	sections []section
	types    []FuncType
	imports  []Import
	descs    []span // of the imports: kind and type
	exports  []Export
	byName   map[string]int
	funcs    []uint32 // type of every function, imported ones first
	imported struct{ funcs, tables, memories, globals, tags int }
	tables   []TableType
	limits   []span // of the tables that the module defines: where their sizes are
	memories []MemoryType
	globals  []GlobalType
	tags     []uint32
	bodies   []body
	elems    int
	datas    int
	hasCount bool
	start    uint32
	hasStart bool
	features Feature
	segments []dataSegment
	walked   Walked
	calls    []uint32 // the functions that the bodies call directly, body by body
	// exported and referred mark the functions that others can reach: by name, or by a reference from an
	// element segment or a constant expression. Code may refer to either: refs are the functions that it does refer to,
	// and refAt their places in there.
	exported, referred []bool
	refs               []uint32
	refAt              map[uint32]int
}

// parser is the state of one walk over a module.
type parser struct {
	reader
	m      *Module
	limits Limits
	skip   bool // the code: it has been walked before
	code   codeWalk
	elems  uint64
	data   uint64
	table  uint64 // sum of minimum sizes
}

// Parse walks all of a module: sections, types, every instruction. It checks structure, index bounds, nesting,
// feature encodings and limits, and leaves the types of operands to the engine. What it accepts is read the
// same by wazero: where wazero is laxer than the specification, Parse is not. It returns an *Error or a
// *LimitError. It allocates in proportion to what the module contains, whatever the module declares.
func Parse(wasm []byte, limits Limits) (*Module, error) { return parse(wasm, limits, nil) }

// Walked is what Parse finds out by walking the code of a module.
type Walked struct {
	Features      Feature
	ChangesTables bool // the elements or the size of a table, or a segment for it
	UsesData      bool // data segments are referred to
	DropsData     bool // data segments can be dropped
}

// Walked returns what the walk over the module's code found out, for ParseWalked.
func (m *Module) Walked() Walked {
	w := m.walked
	w.Features = m.features
	return w
}

// ParseWalked is Parse without walking the code, for a module that Parse has accepted before with the same limits. What
// it returns cannot be metered.
func ParseWalked(wasm []byte, limits Limits, w Walked) (*Module, error) {
	return parse(wasm, limits, &w)
}

func parse(wasm []byte, limits Limits, walked *Walked) (*Module, error) {
	limits = limits.filled()
	if uint64(len(wasm)) > limits.Bytes {
		return nil, &LimitError{Name: "bytes", Limit: limits.Bytes, Got: uint64(len(wasm))}
	}
	p := &parser{
		reader: reader{b: wasm, end: len(wasm), section: "header"},
		m:      &Module{wasm: wasm},
		limits: limits,
		skip:   walked != nil,
	}
	if walked != nil {
		p.m.walked, p.m.features = *walked, walked.Features
	}
	p.module()
	if p.err != nil {
		return nil, p.err
	}
	return p.m, nil
}

func (p *parser) module() {
	if !bytes.HasPrefix(p.b, []byte(preamble)) {
		p.fail(0, "not a core module of version 1")
		return
	}
	p.pos = len(preamble)
	last := 0
	for p.pos < p.end && p.err == nil {
		start := p.pos
		p.section = "header"
		id := sectionID(p.byte())
		if id > secTag {
			p.fail(start, "unknown section")
			return
		}
		p.section = id.String()
		size := p.u32()
		if p.err == nil && uint64(size) > uint64(p.left()) {
			p.fail(start, "section is larger than the module")
		}
		if id != secCustom {
			if id.order() <= last {
				p.fail(start, "section is out of order or repeated")
			}
			last = id.order()
		}
		if p.err != nil {
			return
		}
		s := section{id: id, all: span{start, p.pos + int(size)}, body: span{p.pos, p.pos + int(size)}}
		module := p.end
		p.end = s.body.end
		p.sectionBody(&s)
		if p.err == nil && p.pos != p.end {
			p.fail(p.pos, "section is longer than its content")
		}
		p.end = module
		p.m.sections = append(p.m.sections, s)
	}
	p.section = secCode.String()
	if p.err == nil && len(p.m.bodies) != p.defined() && !p.skip {
		p.fail(p.pos, "functions without bodies")
	}
	p.section = secData.String()
	if p.err == nil && p.m.datas != 0 && p.m.section(secData) == nil {
		p.fail(p.pos, "data segments are missing")
	}
}

// defined is the number of functions that the module defines itself.
func (p *parser) defined() int { return len(p.m.funcs) - p.m.imported.funcs }

func (p *parser) sectionBody(s *section) {
	switch s.id {
	case secCustom:
		s.name = p.name()
		p.pos = p.end
	case secType:
		p.typeSection()
	case secImport:
		p.importSection()
	case secFunction:
		p.functionSection()
	case secTable:
		p.tableSection()
	case secMemory:
		p.memorySection()
	case secTag:
		p.tagSection()
	case secGlobal:
		p.globalSection()
	case secExport:
		p.exportSection()
	case secStart:
		p.startSection()
	case secElement:
		p.elementSection()
	case secDataCount:
		if p.left() == 0 {
			p.strict(p.pos, "data count is missing")
		}
		p.m.datas = int(p.u32())
		p.m.hasCount = true
		if uint64(p.m.datas) > p.limits.DataSegments {
			p.over("data segments", p.limits.DataSegments, uint64(p.m.datas))
		}
	case secCode:
		p.codeSection()
	case secData:
		p.dataSection()
	}
}
