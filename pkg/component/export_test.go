package component

import (
	"fmt"

	"github.com/tetratelabs/wazero/api"
)

// Dump writes out all that calls can change in an instance of a component that is resettable.
func Dump(i *Instance) string {
	out := fmt.Sprintln(i.handles, i.host, i.calls, i.mayLeave, i.inside, i.meter.nested, i.meter.total(), i.memory.used, i.memory.peak)
	for _, m := range i.memory.memories {
		out += fmt.Sprintf("%d bytes: %q\n", len(m.buf), m.buf)
	}
	for n, mod := range i.modules {
		names, _ := i.linked.comp.prog.modules[i.linked.comp.prog.steps[n].module].parsed.State()
		for _, name := range names {
			out += fmt.Sprintln(name, mod.ExportedGlobal(name).(api.MutableGlobal).Get())
		}
	}
	return out
}

// Alter changes what is kept of a file in the cache of a runtime, as an attacker would: the checksum is right.
func Alter(r *Runtime, file []byte, change func(rewritten []byte) []byte) (path string, err error) {
	k := r.keeper(file)
	was := k.load()
	if was == nil {
		return "", fmt.Errorf("nothing is kept at %s", k.path)
	}
	for n := range was.rewritten {
		was.rewritten[n].Bytes = change(was.rewritten[n].Bytes)
	}
	k.save(was)
	return k.path, nil
}
