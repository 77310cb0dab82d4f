package inspect

import (
	"errors"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
	"astrid/pkg/component/wit"
)

// Kind is what a file is.
type Kind string

// The kinds of files.
const (
	Component  Kind = "component"
	CoreModule Kind = "core module"
)

// Report is what is in a file.
type Report struct {
	Kind Kind
	Size int // bytes
	// World is what a component imports and exports. Of a core module it is what the bindings that are in it were
	// generated for, and nil if it does not say.
	World *wit.World
	// Imports and Exports are those of the file itself: the world's, or those of a core module, whose functions
	// have core types.
	Imports, Exports []wit.Item
	// Modules are the core modules in the file in the order of the file, those of nested components among them. A core
	// module is its own only one.
	Modules   []Module
	Customs   []Custom   // of all of the file, in its order
	Producers []Producer // of all of the file, each named once
	// Problems are what could not be read of parts that nothing depends on.
	Problems []string
}

// Module is a core module.
type Module struct {
	Offset, Size int // bytes, in the file
	Functions    int // imported ones included
	Start        bool
	Memories     []Memory
	Tables       []Table
}

// Memory is a memory of a core module. Its bounds are in bytes; Max is nil where there is none.
type Memory struct {
	Imported bool    `json:"imported"`
	Min      uint64  `json:"min"`
	Max      *uint64 `json:"max"`
	Shared   bool    `json:"shared"`
}

// Table is a table of a core module. Its bounds are in elements; Max is nil where there is none.
type Table struct {
	Imported bool    `json:"imported"`
	Elem     string  `json:"elem"` // as the text format writes it
	Min      uint64  `json:"min"`
	Max      *uint64 `json:"max"`
}

// Custom is a custom section.
type Custom struct {
	Name   string `json:"name"`
	Offset int    `json:"offset"` // of the section, in the file
	Size   int    `json:"size"`   // of its content, in bytes
}

// InvalidError is a file that is neither a component nor a core module, or not a valid one.
type InvalidError struct{ Err error }

func (e *InvalidError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong, an error of package binary, validate, core or wit, or a text.
func (e *InvalidError) Unwrap() error { return e.Err }

// File inspects a file, which must not change while the report is in use. Core modules have to pass core.Parse with
// the given limits. The error is an *InvalidError.
func File(file []byte, limits core.Limits) (*Report, error) {
	in := &inspector{
		report:    &Report{Size: len(file)},
		limits:    limits,
		parsed:    map[*binary.CoreModule]*core.Module{},
		producers: map[Producer]bool{},
	}
	var err error
	switch binary.Sniff(file) {
	case binary.LayerComponent:
		in.report.Kind = Component
		err = in.component(file)
	case binary.LayerModule:
		in.report.Kind = CoreModule
		err = in.module(file)
	default:
		err = errors.New("neither a component nor a core module: the file does not begin with a wasm preamble")
	}
	if err != nil {
		return nil, &InvalidError{err}
	}
	return in.report, nil
}

// inspector is one walk over a file.
type inspector struct {
	report    *Report
	limits    core.Limits
	parsed    map[*binary.CoreModule]*core.Module
	producers map[Producer]bool
}

func (in *inspector) component(file []byte) error {
	c, err := binary.Decode(file)
	if err != nil {
		return err
	}
	err = validate.ComponentParsed(c, func(m *binary.CoreModule) (*core.Module, error) {
		parsed, err := core.Parse(m.Wasm, in.limits)
		in.parsed[m] = parsed
		return parsed, err
	})
	if err != nil {
		return err
	}
	r := in.report
	if r.World, err = wit.Of(c); err != nil {
		return err
	}
	r.Imports, r.Exports = r.World.Imports, r.World.Exports
	in.walk(c)
	return nil
}

// walk reports the core modules and custom sections of a component and of those in it. Nesting is bounded by the
// decoder.
func (in *inspector) walk(c *binary.Component) {
	for _, d := range c.Defs {
		switch d := d.(type) {
		case *binary.CoreModule:
			in.coreModule(in.parsed[d], d.Offset(), len(d.Wasm))
		case *binary.Component:
			in.walk(d)
		}
	}
	for _, s := range c.Custom {
		in.custom(s.Name, s.Data, s.At)
	}
}

func (in *inspector) module(file []byte) error {
	m, err := core.Parse(file, in.limits)
	if err != nil {
		return err
	}
	r := in.report
	r.Imports, r.Exports = coreImports(m), coreExports(m)
	in.coreModule(m, 0, len(file))
	in.metadata(m)
	return nil
}

func (in *inspector) coreModule(m *core.Module, offset, size int) {
	out := Module{Offset: offset, Size: size, Functions: m.Functions(), Start: m.HasStart()}
	var memories, tables int // imported ones
	for _, i := range m.Imports() {
		switch i.Kind {
		case core.KindMemory:
			memories++
		case core.KindTable:
			tables++
		}
	}
	for i, x := range m.Memories() {
		out.Memories = append(out.Memories, Memory{i < memories, bytes(x.Min), limit(x.HasMax, bytes(x.Max)), x.Shared})
	}
	for i, x := range m.Tables() {
		out.Tables = append(out.Tables, Table{i < tables, x.Elem.String(), uint64(x.Min), limit(x.HasMax, uint64(x.Max))})
	}
	in.report.Modules = append(in.report.Modules, out)
	for _, s := range m.CustomSections() {
		in.custom(s.Name, s.Data, offset+s.Offset)
	}
}

// bytes returns the size of so many pages.
func bytes(pages uint32) uint64 { return uint64(pages) << 16 }

func limit(has bool, n uint64) *uint64 {
	if !has {
		return nil
	}
	return &n
}
