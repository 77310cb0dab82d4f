package validate

import "astrid/pkg/component/canon"

// layout fills in the size and alignment that a value of the type has in a memory of 64-bit addresses, which are those
// that validation bounds, whatever a component's memory is (Binary.md, "Type Definitions"; CanonicalABI.md, "Element
// Size"). Those of the types that it is made of are known, and within the bound.
func (t *valType) layout() {
	switch t.kind {
	case kindPrim:
		abi := canon.PrimOf(primitiveKind(t.prim))
		if t.bytes, t.align = uint64(abi.Size()), uint64(abi.Align()); abi.Kind == canon.KindString {
			t.bytes, t.align = 16, 8
		}
	case kindOwn, kindBorrow:
		t.bytes, t.align = 4, 4
	case kindMap:
		t.bytes, t.align = 16, 8
	case kindList:
		t.bytes, t.align = 16, 8
		if e := t.types[0]; t.length > 0 {
			t.bytes, t.align = uint64(t.length)*e.bytes, e.align
		}
	case kindFlags:
		abi := canon.FlagsOf(t.names)
		t.bytes, t.align = uint64(abi.Size()), uint64(abi.Align())
	case kindRecord, kindTuple:
		t.align = 1
		for _, f := range t.types {
			t.align = max(t.align, f.align)
			t.bytes = roundUp(t.bytes, f.align) + f.bytes
		}
		t.bytes = roundUp(t.bytes, t.align)
	default:
		t.variantLayout()
	}
}

func (t *valType) variantLayout() {
	cases := len(t.types)
	switch t.kind {
	case kindOption:
		cases = 2
	case kindEnum:
		cases = len(t.names)
	}
	tag := uint64(4)
	switch {
	case cases <= 1<<8:
		tag = 1
	case cases <= 1<<16:
		tag = 2
	}
	var payload, align uint64 = 0, 1
	for _, c := range t.types {
		if c != nil {
			payload, align = max(payload, c.bytes), max(align, c.align)
		}
	}
	t.align = max(tag, align)
	t.bytes = roundUp(roundUp(tag, align)+payload, t.align)
}

func roundUp(n, align uint64) uint64 { return (n + align - 1) / align * align }
