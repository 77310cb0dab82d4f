package validate

import "astrid/pkg/component/binary"

// alias validates an alias and gives what it points to an index here.
func (v *validator) alias(s *scope, a *binary.Alias) {
	switch a.Target {
	case binary.AliasExport:
		v.aliasExport(s, a)
	case binary.AliasCoreExport:
		v.aliasCore(s, a)
	case binary.AliasOuter:
		v.aliasOuter(s, a)
	}
}

func (v *validator) aliasExport(s *scope, a *binary.Alias) {
	want, ok := externKind(a.Sort)
	if !ok {
		v.fail(Sort, "an instance exports no core definitions other than modules")
	}
	x, ok := at(v, s.instances, a.Instance, "instance").exports.lookup(a.Name)
	if !ok {
		v.fail(Missing, "instance %d has no export %s", a.Instance, shown(a.Name))
	}
	if x.kind != want {
		v.fail(Sort, "export %s of instance %d is %s, not %s", shown(a.Name), a.Instance, sortName(x.kind), sortName(want))
	}
	s.push(x)
}

func (v *validator) aliasCore(s *scope, a *binary.Alias) {
	if a.Sort.Code != binary.SortCore {
		v.fail(Sort, "a core instance exports core definitions only")
	}
	x, ok := at(v, s.coreInstances, a.Instance, "core instance")[a.Name]
	if !ok {
		v.fail(Missing, "core instance %d has no export %s", a.Instance, shown(a.Name))
	}
	if binary.CoreSort(x.Kind) != a.Sort.Core {
		v.fail(Sort, "export %s of core instance %d is a %s", shown(a.Name), a.Instance, x.Kind)
	}
	s.core[x.Kind] = append(s.core[x.Kind], x)
}

// aliasOuter resolves an alias into an enclosing scope. Only what could be repeated here instead may be named: a
// resource type is made anew by every instance of its component, so nothing that refers to one can be taken into
// another component.
func (v *validator) aliasOuter(s *scope, a *binary.Alias) {
	from, leaves := v.enclosing(s, a.Count)
	if a.Sort == (binary.Sort{Code: binary.SortCore, Core: binary.CoreTypeSort}) {
		s.coreTypes = append(s.coreTypes, at(v, from.coreTypes, a.Index, "core type"))
		return
	}
	x := v.item(from, a.Sort, a.Index)
	if leaves && x.kind == binary.ExternType && len(v.resources(x.def)) > 0 {
		v.fail(Resource, "type %d refers to a resource type, which an alias cannot take into another component", a.Index)
	}
	s.push(x)
}

// externKind returns the kind of extern that a sort stands for. A core definition other than a module is none.
func externKind(s binary.Sort) (binary.ExternKind, bool) {
	if s.Code == binary.SortCore {
		return binary.ExternModule, s.Core == binary.CoreModuleSort
	}
	return kindOf(s.Code), true
}

func kindOf(s binary.SortCode) binary.ExternKind {
	switch s {
	case binary.SortFunc:
		return binary.ExternFunc
	case binary.SortType:
		return binary.ExternType
	case binary.SortComponent:
		return binary.ExternComponent
	default:
		return binary.ExternInstance
	}
}
