package component

import (
	"fmt"
	"strings"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// Names by which a core module that is not componentised tells its host what a component would declare.
const (
	coreMemory     = "memory"
	coreRealloc    = "cabi_realloc"
	corePostPrefix = "cabi_post_"
	coreInit       = "_initialize"
)

// coreGuest builds the program of a core module: one step, a slot for each import, and a lift for each function
// export. Types are the host's to say.
func (b *builder) coreGuest(file []byte) error {
	mod := &binary.CoreModule{Wasm: file}
	parsed, err := b.parse(mod)
	if err != nil {
		return err
	}
	for _, imp := range parsed.Imports() {
		if imp.Kind != core.KindFunc {
			return &InvalidError{Offset: imp.Offset, Reason: fmt.Sprintf(
				"the core module imports the %s %q of %q, and a host provides functions only", imp.Kind, imp.Name, imp.Module)}
		}
	}
	b.prog.parents = []int{-1}
	inst := b.instantiate(mod, func(imp core.Import) coreFunc {
		b.prog.imports = append(b.prog.imports, hostImport{iface: imp.Module, name: imp.Name, at: imp.Offset})
		i := b.addSlot(slot{fn: &function{lift: -1, hostImport: len(b.prog.imports) - 1}, sig: canonSig(imp.Func)})
		return coreFunc{coreItem: coreItem{sort: binary.CoreFunc, step: slotProvider, name: slotName(i)}}
	})
	context := b.contextIndex(coreContext(inst))
	for i := range b.prog.slots {
		b.prog.slots[i].context = context
	}
	for _, e := range parsed.Exports() {
		if e.Kind != core.KindFunc || e.Name == coreRealloc || e.Name == coreInit || strings.HasPrefix(e.Name, corePostPrefix) {
			continue
		}
		fn, _ := inst.export(e.Name)
		l := lift{core: fn.coreItem, identity: fn.identity, sig: fn.sig, context: context}
		if post, ok := inst.export(corePostPrefix + e.Name); ok && post.sig.Equal(core.FuncType{Params: fn.sig.Results}) {
			l.postReturn = &post.coreItem
		}
		b.prog.lifts = append(b.prog.lifts, l)
		b.prog.exports.add(e.Name, item{fn: &function{lift: len(b.prog.lifts) - 1, hostImport: -1}})
	}
	return nil
}

// coreContext finds the memory and the realloc of a core module by their names.
func coreContext(inst coreInstance) contextRef {
	var ref contextRef
	if e, ok := inst.export(coreMemory); ok && e.sort == binary.CoreMemory {
		ref.memory, ref.hasMemory = e.coreItem, true
	}
	if e, ok := inst.export(coreRealloc); ok && e.sort == binary.CoreFunc && e.sig.Equal(reallocType()) && ref.hasMemory {
		ref.realloc, ref.hasRealloc = e.coreItem, true
	}
	return ref
}

// reallocType is the signature of realloc: old pointer, old size, alignment, new size.
func reallocType() core.FuncType {
	i := core.I32
	return core.FuncType{Params: []core.ValType{i, i, i, i}, Results: []core.ValType{i}}
}

func coreType(sig canon.CoreSig) core.FuncType {
	conv := func(in []canon.Core) []core.ValType {
		out := make([]core.ValType, len(in))
		for i, c := range in {
			out[i] = core.ValType(c)
		}
		return out
	}
	return core.FuncType{Params: conv(sig.Params), Results: conv(sig.Results)}
}

func canonSig(t core.FuncType) canon.CoreSig {
	conv := func(in []core.ValType) []canon.Core {
		out := make([]canon.Core, len(in))
		for i, v := range in {
			out[i] = canon.Core(v)
		}
		return out
	}
	return canon.CoreSig{Params: conv(t.Params), Results: conv(t.Results)}
}
