package canon_test

import "astrid/pkg/component/canon"

// alignment and size of a value in memory.
func alignment(t *canon.Type) uint32 {
	switch t.Kind {
	case canon.KindBool, canon.KindS8, canon.KindU8:
		return 1
	case canon.KindS16, canon.KindU16:
		return 2
	case canon.KindS64, canon.KindU64, canon.KindF64:
		return 8
	case canon.KindFixedList:
		return alignment(t.Elem)
	case canon.KindRecord, canon.KindTuple:
		a := uint32(1)
		for _, f := range t.Fields {
			a = max(a, alignment(f.Type))
		}
		return a
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		return max(tagSize(t), payloadAlignment(t))
	case canon.KindFlags:
		return size(t)
	}
	return 4 // s32, u32, f32, char, and the pointers of strings and lists
}

func size(t *canon.Type) uint32 {
	switch t.Kind {
	case canon.KindString, canon.KindList, canon.KindMap:
		return 8
	case canon.KindFixedList:
		return t.Length * size(t.Elem)
	case canon.KindRecord, canon.KindTuple:
		var n uint32
		for _, f := range t.Fields {
			n = roundUp(n, alignment(f.Type)) + size(f.Type)
		}
		return roundUp(n, alignment(t))
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		var widest uint32
		for _, c := range t.Cases {
			if c.Type != nil {
				widest = max(widest, size(c.Type))
			}
		}
		return roundUp(payloadOffset(t)+widest, alignment(t))
	case canon.KindFlags:
		switch {
		case len(t.Labels) <= 8:
			return 1
		case len(t.Labels) <= 16:
			return 2
		}
		return 4
	}
	return alignment(t)
}

func roundUp(n, to uint32) uint32 {
	for n%to != 0 {
		n++
	}
	return n
}

func tagSize(t *canon.Type) uint32 {
	switch {
	case len(t.Cases) <= 0x100:
		return 1
	case len(t.Cases) <= 0x10000:
		return 2
	}
	return 4
}

func payloadAlignment(t *canon.Type) uint32 {
	a := uint32(1)
	for _, c := range t.Cases {
		if c.Type != nil {
			a = max(a, alignment(c.Type))
		}
	}
	return a
}

func payloadOffset(t *canon.Type) uint32 { return roundUp(tagSize(t), payloadAlignment(t)) }

// flatten is the core types that a value becomes on the stack.
func flatten(t *canon.Type) []canon.Core {
	switch t.Kind {
	case canon.KindS64, canon.KindU64:
		return []canon.Core{canon.I64}
	case canon.KindF32:
		return []canon.Core{canon.F32}
	case canon.KindF64:
		return []canon.Core{canon.F64}
	case canon.KindString, canon.KindList, canon.KindMap:
		return []canon.Core{canon.I32, canon.I32}
	case canon.KindFixedList:
		var out []canon.Core
		for range t.Length {
			out = append(out, flatten(t.Elem)...)
		}
		return out
	case canon.KindRecord, canon.KindTuple:
		var out []canon.Core
		for _, f := range t.Fields {
			out = append(out, flatten(f.Type)...)
		}
		return out
	case canon.KindVariant, canon.KindEnum, canon.KindOption, canon.KindResult:
		out := []canon.Core{canon.I32}
		for _, c := range t.Cases {
			if c.Type == nil {
				continue
			}
			for i, f := range flatten(c.Type) {
				switch at := i + 1; {
				case at == len(out):
					out = append(out, f)
				case out[at] == f:
				case out[at] != canon.I64 && out[at] != canon.F64 && f != canon.I64 && f != canon.F64:
					out[at] = canon.I32 // an i32 and an f32
				default:
					out[at] = canon.I64
				}
			}
		}
		return out
	}
	return []canon.Core{canon.I32}
}

// signature is the core signature of a function, and whether its parameters and its result go through memory.
func signature(f *canon.FuncType, d canon.Direction) (sig canon.CoreSig, spillParams, spillResult bool) {
	for _, p := range f.Params {
		sig.Params = append(sig.Params, flatten(p.Type)...)
	}
	if spillParams = len(sig.Params) > 16; spillParams {
		sig.Params = []canon.Core{canon.I32}
	}
	if f.Result != nil {
		sig.Results = flatten(f.Result)
	}
	if spillResult = len(sig.Results) > 1; spillResult {
		sig.Results = nil
		if d == canon.Lift {
			sig.Results = []canon.Core{canon.I32}
		} else {
			sig.Params = append(sig.Params, canon.I32)
		}
	}
	return sig, spillParams, spillResult
}
