package core

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// allFeatures is everything that wazero can be asked for.
const allFeatures = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads | experimental.CoreFeaturesTailCall |
	experimental.CoreFeaturesExtendedConst | experimental.CoreFeaturesExceptionHandling |
	experimental.CoreFeaturesTypedFunctionReferences

func newRuntime(t testing.TB) wazero.Runtime {
	t.Helper()
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfig().WithCoreFeatures(allFeatures))
	t.Cleanup(func() { r.Close(context.Background()) })
	return r
}

// compiles reports whether wazero takes the module. It may panic; that is a refusal too.
func compiles(r wazero.Runtime, wasm []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	c, err := r.CompileModule(context.Background(), wasm)
	if err == nil {
		c.Close(context.Background())
	}
	return err
}

// agree checks that Parse and wazero take the same modules, apart from limits and from what Parse is known to
// be stricter about, and that wazero takes the rewritten module if and only if it takes the original.
func agree(t *testing.T, r wazero.Runtime, wasm []byte) {
	t.Helper()
	m, err := Parse(wasm, Limits{})
	if _, limit := errors.AsType[*LimitError](err); limit {
		return // wazero could take forever
	}
	if err != nil && largeNumber(wasm) {
		return // wazero could believe it
	}
	plain := compiles(r, wasm)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("Parse returned %T", err)
		}
		if plain == nil && !e.strict {
			t.Fatalf("wazero takes what Parse refuses: %v", err)
		}
		return
	}
	for name, o := range map[string]Options{
		"imports": {KeepCustom: true, MaxTable: 1 << 20, Imports: func(i int, imp Import) (string, string) {
			if imp.Module == "" {
				return "", imp.Name // wazero takes no empty module name
			}
			return imp.Module + "+", imp.Name
		}},
		"meter": {KeepCustom: true, Meter: &Meter{Exceptions: true}},
	} {
		out, err := m.Rewrite(o)
		var e *Error
		if errors.As(err, &e) && e.strict {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := compiles(r, out.Bytes); (got == nil) != (plain == nil) {
			t.Fatalf("%s: wazero on the rewritten module: %v; on the original: %v", name, got, plain)
		}
		if _, err := Parse(out.Bytes, Limits{Imports: 1 << 20, Loops: 1 << 20}); err != nil {
			t.Fatalf("%s: Parse on the rewritten module: %v", name, err)
		}
	}
}

// largeNumber reports whether a number of more than 21 bits may stand somewhere in the module. wazero allocates what
// a vector declares before it reads it, so that a module that Parse refuses may be one that no process survives.
func largeNumber(wasm []byte) bool {
	run := 0
	for _, b := range wasm {
		if run++; b < 0x80 {
			run = 0
		}
		if run == 3 {
			return true
		}
	}
	return false
}

func TestAgreement(t *testing.T) {
	r := newRuntime(t)
	corpus(t, func(t *testing.T, wasm []byte) { agree(t, r, wasm) })
}
