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
