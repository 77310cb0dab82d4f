package canon

import "strings"

// FuncType is the type of a component function. Result is nil for a function without result.
type FuncType struct {
	Params []Field
	Result *Type
}

// String writes the type out in WIT.
func (f *FuncType) String() string {
	s := shown{max: maxFuncShown}
	s.write("func(")
	for i, p := range f.Params {
		if !s.sep(i) {
			break
		}
		if p.Name != "" {
			s.write(p.Name)
			s.write(": ")
		}
		s.write(p.Type.String())
	}
	s.write(")")
	if f.Result != nil {
		s.write(" -> " + f.Result.String())
	}
	return s.String()
}

// params returns the parameters as the tuple that they are passed as.
func (f *FuncType) params() (*Type, error) { return product(KindTuple, f.Params) }

// CoreSig is a core function signature.
type CoreSig struct{ Params, Results []Core }

// String writes the signature as the text format does.
func (s CoreSig) String() string {
	var b strings.Builder
	write := func(word string, types []Core) {
		if len(types) == 0 {
			return
		}
		b.WriteString("(" + word)
		for _, t := range types {
			b.WriteString(" " + t.String())
		}
		b.WriteString(")")
	}
	b.WriteString("func ")
	write("param", s.Params)
	write("result", s.Results)
	return b.String()
}

// String returns the core type's name in the text format.
func (c Core) String() string {
	switch c {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	}
	return "?"
}

// Direction says on which side of a component's border a core function stands.
type Direction int

const (
	// Lift is a core function that the component exports to others through canon lift.
	Lift Direction = iota
	// Lower is a core function that canon lower made for the component to call.
	Lower
)

// Flatten returns the core signature that a function of type f has in direction d (flatten_functype): parameters
// beyond sixteen go through memory, a result beyond one goes through a pointer that a lift returns and that a
// lower takes as a last parameter. It fails with a *TooLargeError.
func (f *FuncType) Flatten(d Direction) (CoreSig, error) {
	params, err := f.params()
	if err != nil {
		return CoreSig{}, err
	}
	sig := CoreSig{Params: params.flat}
	if len(sig.Params) > maxFlatParams {
		sig.Params = []Core{I32}
	}
	if f.Result == nil {
		return sig, nil
	}
	switch {
	case len(f.Result.flat) <= maxFlatResults:
		sig.Results = f.Result.flat
	case d == Lift:
		sig.Results = []Core{I32}
	default:
		sig.Params = append(sig.Params[:len(sig.Params):len(sig.Params)], I32)
	}
	return sig, nil
}

// Needs reports what a function of type f needs of the component that lifts or lowers it: memory when a value
// goes through it, realloc when the other side writes there (CanonicalABI.md, "canon lift" and "canon lower").
func (f *FuncType) Needs(d Direction) (memory, realloc bool, err error) {
	params, err := f.params()
	if err != nil {
		return false, false, err
	}
	spillParams := len(params.flat) > maxFlatParams
	spillResult := f.Result != nil && len(f.Result.flat) > maxFlatResults
	inParams, inResult := params.pointers, f.Result != nil && f.Result.pointers
	if d == Lift {
		return spillParams || spillResult || inParams || inResult, spillParams || inParams, nil
	}
	return spillParams || spillResult || inParams || inResult, inResult, nil
}
