package validate

import (
	"fmt"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
)

// Bounds on what a file can make the validator do.
const (
	maxDepth = 100     // how deep types refer to each other, and instances
	maxSize  = 1 << 20 // how many types it would take to spell a type out, were none shared
	maxWork  = 1 << 21 // definitions, names and types visited
)

// Component validates a component and everything in it. Embedded core modules have to pass core.Parse with the
// given limits. An error is an *Error.
func Component(c *binary.Component, limits core.Limits) error {
	return ComponentParsed(c, func(m *binary.CoreModule) (*core.Module, error) { return core.Parse(m.Wasm, limits) })
}

// ComponentParsed is Component for callers that need the core modules themselves: parsed returns the parsed form of
// an embedded core module, and is called once for each. An error that it returns is found in the *Error, which
// gives the offset of the module.
func ComponentParsed(c *binary.Component, parsed func(*binary.CoreModule) (*core.Module, error)) error {
	return Linked(c, parsed, nil)
}

// Linked is ComponentParsed for a component that is linked with others: code holds a *binary.Component or a
// *binary.CoreModule, valid itself, for imports of c by name, "instance#name" for one in an imported instance. Each has
// to be of the type that is imported.
func Linked(c *binary.Component, parsed func(*binary.CoreModule) (*core.Module, error), code map[string]any) (err error) {
	v := &validator{parsed: parsed, code: code, at: c.At}
	for p := binary.String; p <= binary.Bool; p++ {
		v.prims[p&0xf] = &valType{kind: kindPrim, prim: p, shape: leaf()}
		v.prims[p&0xf].layout()
	}
	defer func() {
		if e := recover(); e != nil {
			bad, ok := e.(*Error)
			if !ok {
				panic(e)
			}
			err = bad
		}
	}()
	v.component(c, nil)
	return nil
}

// validator walks one component. Errors are raised by panic with an *Error and recovered in ComponentParsed: a
// validator is a hundred questions, and each of them can fail.
type validator struct {
	parsed func(*binary.CoreModule) (*core.Module, error)
	code   map[string]any
	at     int // offset of the definition that is being validated
	work   int
	// linking says that what is given for an import is being compared with it.
	linking bool
	prims   [16]*valType // by the low bits of their opcode
}

func (v *validator) fail(rule Class, format string, args ...any) {
	panic(&Error{Offset: v.at, Rule: rule, Linking: v.linking, Reason: fmt.Sprintf(format, args...)})
}

// spend takes n out of the budget.
func (v *validator) spend(n int) {
	if v.work += n; v.work > maxWork {
		v.fail(Work, "the component describes more than %d types and names, most of them by repetition", maxWork)
	}
}

// component validates a component and returns its type.
func (v *validator) component(c *binary.Component, outer *scope) *componentType {
	s := newScope(outer, inComponent)
	for _, d := range c.Defs {
		v.definition(s, d)
	}
	v.at = c.At
	return v.componentType(s)
}

// definition validates one definition of a component, or one declarator of a type, and gives it its index.
func (v *validator) definition(s *scope, def binary.Def) {
	v.at = def.Offset()
	v.spend(1)
	switch d := def.(type) {
	case *binary.CoreModule:
		s.modules = append(s.modules, v.coreModule(d))
	case *binary.CoreInstance:
		s.coreInstances = append(s.coreInstances, v.coreInstance(s, d))
	case *binary.CoreType:
		s.coreTypes = append(s.coreTypes, v.coreType(s, d))
	case *binary.Component:
		s.components = append(s.components, v.component(d, s))
	case *binary.Instance:
		s.instances = append(s.instances, v.instance(s, d))
	case *binary.Alias:
		v.alias(s, d)
	case *binary.Type:
		s.types = append(s.types, v.typeDef(s, d))
	case *binary.Canon:
		v.canon(s, d)
	case *binary.Import:
		v.importDef(s, d)
	case *binary.Export:
		v.exportDef(s, d)
	case *binary.ExportDecl:
		v.exportDecl(s, d)
	}
}
