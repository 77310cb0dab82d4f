package canon

import (
	"fmt"
	"reflect"
	"strings"
)

// TypeOf derives the WIT type that a Go type stands for, for guests that do not say it themselves: a core module
// with canonically lowered imports carries no types. The mapping is the one that plans check; a Go type that could
// stand for several takes the first of: s32 for int32, record for a struct without a Case.
func TypeOf(g reflect.Type) (*Type, error) { return typeOf(g, 0) }

// maxGoDepth stops at recursive Go types, which no WIT type is.
const maxGoDepth = 64

func typeOf(g reflect.Type, depth int) (*Type, error) {
	if depth++; depth > maxGoDepth {
		return nil, fmt.Errorf("the Go type %s is recursive, and no WIT type is", g)
	}
	if declared := names(g); declared != nil {
		return EnumOf(declared), nil
	}
	if l, ok := reflect.Zero(g).Interface().(Labels); ok {
		return FlagsOf(strings.Fields(l.WitFlags())), nil
	}
	switch g.Kind() {
	case reflect.String:
		return PrimOf(KindString), nil
	case reflect.Slice:
		elem, err := typeOf(g.Elem(), depth)
		if err != nil {
			return nil, err
		}
		return ListOf(elem), nil
	case reflect.Array:
		elem, err := typeOf(g.Elem(), depth)
		if err != nil {
			return nil, err
		}
		if g.Len() == 0 || uint64(g.Len()) > MaxValueSize {
			return nil, fmt.Errorf("no WIT type stands for the Go type %s", g)
		}
		return FixedListOf(elem, uint32(g.Len()))
	case reflect.Pointer:
		elem, err := typeOf(g.Elem(), depth)
		if err != nil {
			return nil, err
		}
		return OptionOf(elem)
	case reflect.Struct:
		return structType(g, depth)
	}
	for k := KindBool; k <= KindF64; k++ {
		if scalarKind(k) == g.Kind() {
			return PrimOf(k), nil
		}
	}
	return nil, fmt.Errorf("no WIT type stands for the Go type %s", g)
}

func structType(g reflect.Type, depth int) (*Type, error) {
	switch reflect.Zero(g).Interface().(type) {
	case interface{ isOption() }:
		elem, err := typeOf(g.Field(0).Type, depth)
		if err != nil {
			return nil, err
		}
		return OptionOf(elem)
	case interface{ isResult() }:
		var sides [2]*Type
		for i := range sides {
			var err error
			if sides[i], err = payloadType(g.Field(i).Type, depth); err != nil {
				return nil, err
			}
		}
		return ResultOf(sides[0], sides[1])
	}
	if isVariant(g) {
		return variantType(g, depth)
	}
	var fields []Field
	for i := range g.NumField() {
		f := g.Field(i)
		if !f.IsExported() {
			continue
		}
		t, err := typeOf(f.Type, depth)
		if err != nil {
			return nil, err
		}
		fields = append(fields, Field{witName(f), t})
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("no WIT type stands for the Go type %s, which has no exported fields", g)
	}
	return RecordOf(fields)
}

// payloadType is typeOf for a side of a result, where Unit is no payload.
func payloadType(g reflect.Type, depth int) (*Type, error) {
	if g == reflect.TypeFor[Unit]() {
		return nil, nil
	}
	return typeOf(g, depth)
}

func variantType(g reflect.Type, depth int) (*Type, error) {
	labels := names(g.Field(0).Type)
	cases := make([]Case, len(labels))
	for i, l := range labels {
		cases[i].Name = l
	}
	for i := 1; i < g.NumField(); i++ {
		name := witName(g.Field(i))
		at := -1
		for j, l := range labels {
			if l == name {
				at = j
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("the Go type %s has a field %s but no case %q", g, g.Field(i).Name, name)
		}
		t, err := typeOf(g.Field(i).Type, depth)
		if err != nil {
			return nil, err
		}
		cases[at].Type = t
	}
	return VariantOf(cases)
}
