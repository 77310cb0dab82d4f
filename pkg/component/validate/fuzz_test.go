package validate_test

import (
	"errors"
	"testing"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
)

// parsedOnce returns a parser of core modules that remembers, so that what is left is the validator's own work.
func parsedOnce() func(*binary.CoreModule) (*core.Module, error) {
	seen := map[*binary.CoreModule]*core.Module{}
	return func(m *binary.CoreModule) (*core.Module, error) {
		if p := seen[m]; p != nil {
			return p, nil
		}
		p, err := core.Parse(m.Wasm, core.Limits{})
		seen[m] = p
		return p, err
	}
}

// FuzzValidate decodes and validates. Whatever the bytes are, the answer is an error of the documented type, the same
// every time, or that the component is valid.
func FuzzValidate(f *testing.F) {
	for _, file := range corpus(f) {
		if len(file) < 8<<10 {
			f.Add(file)
		}
	}
	for _, defs := range seeds() {
		f.Add(component(defs))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := binary.Decode(file)
		if err != nil {
			return
		}
		parse := parsedOnce()
		first := validate.ComponentParsed(c, parse)
		var bad *validate.Error
		if first != nil && (!errors.As(first, &bad) || bad.Rule == 0 || bad.Reason == "" || bad.Offset < 0 || bad.Offset > len(file)) {
			t.Fatalf("not a documented error: %#v", first)
		}
		if second := validate.ComponentParsed(c, parse); (first == nil) != (second == nil) {
			t.Fatalf("%v, then %v", first, second)
		}
	})
}

// seeds are components that reach the parts that the fixtures do not.
func seeds() [][]byte {
	inst := types(instanceType(declExport("r", descSub()), declType(own(0)), declType(funcType(ref(1))), declExport("f", descFunc(2))))
	return [][]byte{
		nil,
		importsFuncs("x", "ns:pkg/iface@1.2.3-rc.1"),
		cat(same(), types(resource()), exp("r", typeAt(0)), sameOf(0, 1)),
		cat(nested(inst, imp("i", descInstance(0))), inst, imp("i", descInstance(0)), instances(instantiate(0, with("i", instanceAt(0))))),
		cat(nested(types(resource()), exp("r", typeAt(0))),
			nested(types(componentType(declExport("r", descSub()))), imp("c", descComponent(0))),
			instances(instantiate(1, with("c", componentAt(0))))),
		coreTypes(moduleType(modType(coreFunc([]byte{i32}, nil)), modImport("a", "b", extFunc(0)), modExport("m", extMemory(limits(1, 2))))),
		cat(withLibc(), types(record(field("x", tString)), funcType(ref(0))), canons(lift(1, 1, memory(0), postReturn(3)), lower(0, memory(0), realloc(0)))),
	}
}
