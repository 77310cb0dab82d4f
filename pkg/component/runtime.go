package component

import (
	"context"
	"fmt"
	"runtime"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"astrid/pkg/component/core"
)

// Config bounds what guests may use. Zero fields have their defaults.
type Config struct {
	// Memory bounds the linear memories of one instance together, in bytes: 64 MiB. memory.grow beyond it answers
	// -1; a component that wants more from the start is refused.
	Memory uint64
	// Table bounds each table, in elements: 1 Mi.
	Table uint32
	// Core screens core modules before they are compiled.
	Core core.Limits
	// Interpreter runs guests in wazero's interpreter, which is slower and runs everywhere.
	Interpreter bool
}

// The defaults of Config.
const (
	DefaultMemory = 64 << 20
	DefaultTable  = 1 << 20
)

const pageSize = 64 << 10

// Runtime compiles and runs components. It is safe for concurrent use.
type Runtime struct {
	wazero wazero.Runtime
	config Config
}

// NewRuntime makes a runtime. Close it when done.
func NewRuntime(ctx context.Context, config Config) *Runtime {
	if config.Memory == 0 {
		config.Memory = DefaultMemory
	}
	if config.Table == 0 {
		config.Table = DefaultTable
	}
	if config.Core.MemoryPages == 0 {
		config.Core.MemoryPages = max(1, config.Memory/pageSize)
	}
	rc := wazero.NewRuntimeConfig()
	if config.Interpreter {
		rc = wazero.NewRuntimeConfigInterpreter()
	}
	rc = rc.WithCloseOnContextDone(true).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst | experimental.CoreFeaturesTailCall)
	return &Runtime{wazero.NewRuntimeWithConfig(ctx, rc), config}
}

// Close releases everything that was compiled and instantiated.
func (r *Runtime) Close(ctx context.Context) error { return r.wazero.Close(ctx) }

// compile rewrites and compiles one core module.
func (r *Runtime) compile(ctx context.Context, m *coreModule) (wazero.CompiledModule, error) {
	out, err := m.parsed.Rewrite(core.Options{
		Imports: func(i int, _ core.Import) (string, string) {
			return providerName(m.shape[i].provider), m.shape[i].name
		},
		MaxTable: r.config.Table,
	})
	if err != nil {
		return nil, coreError(m.at, err)
	}
	compiled, err := r.wazero.CompileModule(experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0)), out.Bytes)
	if err != nil {
		return nil, &InvalidError{Offset: m.at, Reason: "core module: " + err.Error(), Err: err}
	}
	return compiled, nil
}

// providerName is the module name that the imports from a step's provider have.
func providerName(ordinal int) string { return fmt.Sprint(ordinal) }

// coreError places an error of a core module, which knows offsets in the module, in the file.
func coreError(at int, err error) error {
	switch e := err.(type) {
	case *core.Error:
		return &InvalidError{Offset: at + e.Offset, Reason: fmt.Sprintf("core module, %s section: %s", e.Section, e.Reason), Err: err}
	case *core.LimitError:
		return &LimitError{Limit: "core module " + e.Name, Value: fmt.Sprint(e.Limit), Err: err}
	}
	return &InvalidError{Offset: at, Reason: "core module: " + err.Error(), Err: err}
}
