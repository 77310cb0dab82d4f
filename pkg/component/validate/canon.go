package validate

import (
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// canon validates a canonical definition and gives the function that it makes an index.
func (v *validator) canon(s *scope, d *binary.Canon) {
	switch d.Kind {
	case binary.CanonLift:
		s.funcs = append(s.funcs, v.lift(s, d))
	case binary.CanonLower:
		s.addCoreFunc(v.lower(s, d))
	case binary.CanonResourceDrop:
		v.resourceAt(s, d.Type)
		s.addCoreFunc(dtorType())
	case binary.CanonResourceNew, binary.CanonResourceRep:
		t := v.resourceAt(s, d.Type)
		if _, ok := s.local[t.id]; !ok {
			v.fail(Resource, "resource type %d is not defined in this component, which its representation is for", d.Type)
		}
		s.addCoreFunc(core.FuncType{Params: []core.ValType{core.I32}, Results: []core.ValType{core.I32}})
	}
}

func (s *scope) addCoreFunc(t core.FuncType) {
	s.core[binary.CoreFunc] = append(s.core[binary.CoreFunc], &coreExtern{Kind: core.KindFunc, Func: t})
}

func (v *validator) lift(s *scope, d *binary.Canon) *funcType {
	callee := at(v, s.core[binary.CoreFunc], d.Func, "core function")
	t := at(v, s.types, d.Type, "type")
	f, ok := t.(*funcType)
	if !ok {
		v.fail(Sort, "type %d is %s, not a function type", d.Type, what(t))
	}
	want := v.options(s, d.Opts, f, canon.Lift)
	if !callee.Func.Equal(want) {
		v.fail(Type, "the lifted core function has to have type %s, and has type %s", want, callee.Func)
	}
	if i := d.Opts.PostReturn; i != nil {
		post := at(v, s.core[binary.CoreFunc], *i, "core function")
		if want := (core.FuncType{Params: want.Results}); !post.Func.Equal(want) {
			v.fail(Option, "the option post-return needs a core function of type %s, and this one has type %s", want, post.Func)
		}
	}
	return f
}

func (v *validator) lower(s *scope, d *binary.Canon) core.FuncType {
	f := at(v, s.funcs, d.Func, "function")
	if d.Opts.PostReturn != nil {
		v.fail(Option, "the option post-return is for lifting only")
	}
	return v.options(s, d.Opts, f, canon.Lower)
}

// options validates the canonical options that lifts and lowers share, and returns the core type of the function
// (CanonicalABI.md, "canonopt Validation").
func (v *validator) options(s *scope, o binary.CanonOpts, f *funcType, d canon.Direction) core.FuncType {
	if i := o.Memory; i != nil {
		if mem := at(v, s.core[binary.CoreMemory], *i, "core memory"); mem.Memory.Shared {
			v.fail(Option, "the option memory needs a memory that is not shared")
		}
	}
	if i := o.Realloc; i != nil {
		r := at(v, s.core[binary.CoreFunc], *i, "core function")
		if want := reallocType(); !r.Func.Equal(want) {
			v.fail(Option, "the option realloc needs a core function of type %s, and this one has type %s", want, r.Func)
		}
		if o.Memory == nil {
			v.fail(Option, "the option realloc needs the option memory")
		}
	}
	abi := v.canonicalFunc(f)
	memory, realloc, err := abi.Needs(d)
	if err == nil {
		var sig canon.CoreSig
		if sig, err = abi.Flatten(d); err == nil {
			switch {
			case memory && o.Memory == nil:
				v.fail(Option, "values of this function go through memory, and the option memory is not given")
			case realloc && o.Realloc == nil:
				v.fail(Option, "values of this function need memory to be allocated, and the option realloc is not given")
			}
			return coreSignature(sig)
		}
	}
	v.fail(Size, "%s", err)
	return core.FuncType{}
}
