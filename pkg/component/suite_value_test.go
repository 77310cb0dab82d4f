package component_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"astrid/pkg/component"
	"astrid/pkg/component/canon"
)

// wastValue is a value as test.json writes it: its type, and numbers as text.
type wastValue struct {
	Type  string
	Value json.RawMessage
}

// as returns the Value of type t that v stands for.
func (v wastValue) as(t *canon.Type) (component.Value, error) {
	if t == nil || v.Type != t.Kind.String() {
		return nil, fmt.Errorf("a %s for the type %v", v.Type, t)
	}
	var text string
	_ = json.Unmarshal(v.Value, &text) // what is no string leaves it empty
	switch t.Kind {
	case canon.KindBool:
		return string(v.Value) == "true", nil
	case canon.KindString:
		return text, nil
	case canon.KindChar:
		r, _ := utf8.DecodeRuneInString(text)
		return canon.Char(r), nil
	case canon.KindEnum:
		return caseOf(t, text, nil)
	case canon.KindList, canon.KindTuple, canon.KindRecord, canon.KindFlags:
		return v.aggregate(t)
	case canon.KindOption, canon.KindResult, canon.KindVariant:
		return v.variant(t)
	}
	return number(t.Kind, text)
}

func number(k canon.Kind, text string) (component.Value, error) {
	signed := func(bits int) int64 { n, _ := strconv.ParseInt(text, 10, bits); return n }
	unsigned := func(bits int) uint64 { n, _ := strconv.ParseUint(text, 10, bits); return n }
	switch k {
	case canon.KindS8:
		return int8(signed(8)), nil
	case canon.KindU8:
		return uint8(unsigned(8)), nil
	case canon.KindS16:
		return int16(signed(16)), nil
	case canon.KindU16:
		return uint16(unsigned(16)), nil
	case canon.KindS32:
		return int32(signed(32)), nil
	case canon.KindU32:
		return uint32(unsigned(32)), nil
	case canon.KindS64:
		return signed(64), nil
	case canon.KindU64:
		return unsigned(64), nil
	case canon.KindF32: // floats are the numbers of their bits
		return math.Float32frombits(uint32(unsigned(32))), nil
	case canon.KindF64:
		return math.Float64frombits(unsigned(64)), nil
	}
	return nil, fmt.Errorf("no reading of a %s", k)
}

func (v wastValue) aggregate(t *canon.Type) (component.Value, error) {
	if t.Kind == canon.KindFlags {
		var labels []string
		if err := json.Unmarshal(v.Value, &labels); err != nil {
			return nil, err
		}
		var bits canon.Bits
		for _, l := range labels {
			bits |= 1 << slices.Index(t.Labels, l)
		}
		return bits, nil
	}
	items := []wastValue{}
	if t.Kind == canon.KindRecord {
		var fields [][2]json.RawMessage
		if err := json.Unmarshal(v.Value, &fields); err != nil {
			return nil, err
		}
		for _, f := range fields {
			var item wastValue
			if err := json.Unmarshal(f[1], &item); err != nil {
				return nil, err
			}
			items = append(items, item)
		}
	} else if err := json.Unmarshal(v.Value, &items); err != nil {
		return nil, err
	}
	return sequence(t, items)
}

func sequence(t *canon.Type, items []wastValue) (component.Value, error) {
	out := make([]component.Value, len(items))
	for i, item := range items {
		elem := t.Elem
		if t.Kind != canon.KindList {
			elem = t.Fields[i].Type
		}
		var err error
		if out[i], err = item.as(elem); err != nil {
			return nil, err
		}
	}
	if t.Kind == canon.KindList && t.Elem.Kind == canon.KindU8 {
		bytes := make([]byte, len(out))
		for i, b := range out {
			bytes[i] = b.(uint8)
		}
		return bytes, nil
	}
	return out, nil
}

func (v wastValue) variant(t *canon.Type) (component.Value, error) {
	switch t.Kind {
	case canon.KindOption:
		var some *wastValue
		if err := json.Unmarshal(v.Value, &some); err != nil {
			return nil, err
		}
		if some == nil {
			return caseOf(t, "none", nil)
		}
		return caseOf(t, "some", some)
	case canon.KindResult:
		var sides struct{ Ok, Err *wastValue }
		if err := json.Unmarshal(v.Value, &sides); err != nil {
			return nil, err
		}
		var which map[string]any
		if err := json.Unmarshal(v.Value, &which); err != nil {
			return nil, err
		}
		if _, ok := which["Ok"]; ok {
			return caseOf(t, "ok", sides.Ok)
		}
		return caseOf(t, "error", sides.Err)
	}
	var c struct {
		Case    string
		Payload *wastValue
	}
	if err := json.Unmarshal(v.Value, &c); err != nil {
		return nil, err
	}
	return caseOf(t, c.Case, c.Payload)
}

func caseOf(t *canon.Type, name string, payload *wastValue) (component.Value, error) {
	i := slices.IndexFunc(t.Cases, func(c canon.Case) bool { return c.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no case %q in %s", name, t)
	}
	out := canon.Variant{Case: uint32(i)}
	if payload == nil {
		return out, nil
	}
	var err error
	out.Value, err = payload.as(t.Cases[i].Type)
	return out, err
}
