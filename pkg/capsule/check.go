package capsule

import (
	"astrid/pkg/component"
	"astrid/pkg/hostsys/bind"
)

// Check reports whether a file could be linked here: whether this host provides everything that it imports, with the
// types that it expects. Nothing is compiled and nothing runs, so that nil is no promise about the code itself. The
// error is a *component.LinkError that names what is missing or does not fit, or one of component.Compile about a file
// that is not valid or uses what this host does not have.
func Check(wasm []byte) error {
	// Nobody calls the interface, so that it needs no host behind it.
	return component.NewLinker(bind.Interface(nil)).Check(wasm, component.Config{})
}
