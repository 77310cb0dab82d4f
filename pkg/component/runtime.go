package component

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"astrid/pkg/component/core"
	"astrid/pkg/component/image"
)

// Config bounds what guests may use. Zero fields have their defaults.
type Config struct {
	// Memory bounds the linear memories of one instance together, in bytes: 64 MiB. memory.grow beyond it answers
	// -1; a component that wants more from the start is refused.
	Memory uint64
	// Table bounds the tables of one instance together, in elements: 1 Mi. Each of them may have its equal share, and
	// table.grow beyond it answers -1.
	Table uint32
	// Depth bounds how deep the calls of one instance nest: 65,536. A call counts one for each KiB, begun, that the
	// caller's frame takes at most on the stack, so that this bounds the stacks as well: 64 MiB.
	Depth uint32
	// Fuel bounds what one instance executes, in the units of core's weights: about one for each instruction, and for
	// each 32 bytes that pass between its components. Zero: no bound.
	Fuel uint64
	// Exceptions lets guests throw and catch exceptions. It is for guests that are trusted with memory: each try block
	// that a guest is in makes wazero keep a copy of the guest's stack, which no limit counts.
	Exceptions bool
	// Core screens core modules before they are compiled.
	Core core.Limits
	// Cache is a directory that keeps compiled code between runs. It must be the user's own, writable by nobody else:
	// what lies in it is run. It can be deleted at any time. Empty: nothing is kept.
	Cache string
	// Interpreter runs guests in wazero's interpreter, which is slower and runs everywhere.
	Interpreter bool
}

// The defaults of Config.
const (
	DefaultMemory = 64 << 20
	DefaultTable  = 1 << 20
	DefaultDepth  = uint32(core.DefaultDepth)
)

const pageSize = 64 << 10

// features are the extensions of core WebAssembly that guests may use.
func (c *Config) features() api.CoreFeatures {
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst | experimental.CoreFeaturesTailCall
	if c.Exceptions {
		features |= experimental.CoreFeaturesExceptionHandling
	}
	return features
}

// refuses names an extension that guests may not use, of those that a core module uses.
func (c *Config) refuses(used core.Feature) string {
	switch {
	case used&core.FeatureExceptions != 0 && !c.Exceptions:
		return "catching exceptions"
	case used&core.FeatureThreads != 0:
		return "sharing memory between threads"
	case used&core.FeatureFunctionReferences != 0:
		return "a typed function reference"
	}
	return ""
}

// Runtime compiles and runs components. It is safe for concurrent use.
type Runtime struct {
	wazero wazero.Runtime
	config Config
	cache  wazero.CompilationCache // nil without
	meter  *meterHost

	mu     sync.Mutex
	images map[*image.Image]bool // of the components that are open
}

// ErrCache says that the compile cache holds something that cannot be used. Deleting its directory mends it.
var ErrCache = errors.New("the compile cache is damaged")

// NewRuntime makes a runtime. Close it when done. The error is ErrCache, or that of making the cache's directory.
func NewRuntime(ctx context.Context, config Config) (*Runtime, error) {
	if config.Memory == 0 {
		config.Memory = DefaultMemory
	}
	if config.Table == 0 {
		config.Table = DefaultTable
	}
	if config.Depth == 0 {
		config.Depth = DefaultDepth
	}
	if config.Core.MemoryPages == 0 {
		config.Core.MemoryPages = max(1, config.Memory/pageSize)
	}
	rc := wazero.NewRuntimeConfig()
	if config.Interpreter {
		rc = wazero.NewRuntimeConfigInterpreter()
	}
	rc = rc.WithCoreFeatures(config.features())
	r := &Runtime{config: config, images: map[*image.Image]bool{}}
	if config.Cache != "" {
		var err error
		if r.cache, err = wazero.NewCompilationCacheWithDir(config.Cache); err != nil {
			return nil, fmt.Errorf("compile cache: %w", err)
		}
		rc = rc.WithCompilationCache(r.cache)
	}
	r.wazero = wazero.NewRuntimeWithConfig(ctx, rc)
	var err error
	if r.meter, err = newMeterHost(ctx, r.wazero); err != nil {
		return nil, errors.Join(r.damaged(ctx, fillerWasm(), err), r.Close(ctx))
	}
	return r, nil
}

// damaged tells an error of compiling a module that is valid, which only the cache can be to blame for, from any
// other.
func (r *Runtime) damaged(ctx context.Context, wasm []byte, err error) error {
	if r.cache == nil {
		return err
	}
	plain := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(r.config.features()))
	defer func() { _ = plain.Close(ctx) }()
	if _, bad := plain.CompileModule(ctx, wasm); bad != nil {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCache, err)
}

// Close releases everything that was compiled and instantiated.
func (r *Runtime) Close(ctx context.Context) error {
	err := r.wazero.Close(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.images {
		err = errors.Join(err, i.Close())
	}
	clear(r.images)
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(ctx))
	}
	return err
}

// providerName is the module name that the imports from a step's provider have.
func providerName(ordinal int) string { return fmt.Sprint(ordinal) }

// coreError places an error of a core module, which knows offsets in the module, in the file.
func coreError(at int, err error) error {
	switch e := err.(type) {
	case *core.Error:
		return &InvalidError{
			Offset: at + e.Offset, Reason: fmt.Sprintf("core module, %s section: %s", e.Section, e.Reason),
			Unsupported: e.Kind == core.Unsupported, Err: err,
		}
	case *core.LimitError:
		return &LimitError{Limit: "core module " + e.Name, Value: fmt.Sprint(e.Limit), Err: err}
	}
	return &InvalidError{Offset: at, Reason: "core module: " + err.Error(), Err: err}
}
