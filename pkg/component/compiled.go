package component

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"astrid/pkg/component/core"
	"astrid/pkg/component/image"
)

// compiledModule is a core module, rewritten and compiled.
type compiledModule struct {
	wazero.CompiledModule
	runtime *Runtime
	metered bool
	start   bool         // its start function waits for the meter
	leaks   bool         // a call may leave its call depth too low
	image   *image.Image // what its memory is mapped from; nil: the engine fills it
}

// Close releases the code. Instances keep theirs, and their memories.
func (c *compiledModule) Close(ctx context.Context) error {
	return errors.Join(c.CompiledModule.Close(ctx), c.runtime.closeImage(c.image))
}

// newImage makes the image of a module's memory, which is closed with the runtime if not before. It returns nil where
// there is none.
func (r *Runtime) newImage(m *core.Module) (*image.Image, error) {
	i, err := newImage(m, r.config.Memory)
	if i != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.images[i] = true
	}
	return i, err
}

// closeImage closes an image that is not nil.
func (r *Runtime) closeImage(i *image.Image) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.images[i] {
		return nil
	}
	delete(r.images, i)
	return i.Close()
}

// compileAll compiles the core modules of the component, side by side. rewritten is what was kept of them, nil for
// nothing; what they were rewritten to is returned.
func (c *Component) compileAll(ctx context.Context, rewritten []core.Rewritten) ([]core.Rewritten, error) {
	modules := len(c.prog.modules)
	out, errs := make([]core.Rewritten, modules), make([]error, modules)
	c.compiled = make([]*compiledModule, modules)
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(modules, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for n := range work {
				if rewritten != nil {
					out[n] = rewritten[n]
				} else if out[n], errs[n] = c.rewrite(n); errs[n] != nil {
					continue
				}
				c.compiled[n], errs[n] = c.runtime.compile(ctx, c.prog.modules[n], out[n])
			}
		})
	}
	for n := range modules {
		work <- n
	}
	close(work)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, errors.Join(err, c.Close(ctx))
		}
	}
	return out, nil
}

// rewrite links and meters a core module.
func (c *Component) rewrite(index int) (core.Rewritten, error) {
	m := c.prog.modules[index]
	out, err := m.parsed.Rewrite(core.Options{
		Imports: func(i int, _ core.Import) (string, string) {
			return providerName(m.shape[i].provider), m.shape[i].name
		},
		NoImage:    mapped(m.parsed),
		State:      true,
		MaxTable:   c.prog.tableShare(c.runtime.config.Table),
		ModuleName: moduleName(index),
		Meter:      &core.Meter{Exceptions: c.runtime.config.Exceptions},
	})
	if err != nil {
		return core.Rewritten{}, coreError(m.at, err)
	}
	return *out, nil
}

// mapped reports whether the memory that a core module defines is mapped from an image, also without a pool.
func mapped(m *core.Module) bool {
	t, ok := memoryOf(m)
	if !ok || uint64(t.Min)*pageSize < mapFrom {
		return false
	}
	_, ok = m.Image()
	return ok
}

// compile has the engine compile a rewritten module. Its image is made meanwhile.
func (r *Runtime) compile(ctx context.Context, m *coreModule, rewritten core.Rewritten) (*compiledModule, error) {
	out := &compiledModule{runtime: r, metered: rewritten.Metered, start: rewritten.Start, leaks: rewritten.Leaks}
	var imageErr error
	var wg sync.WaitGroup
	if mapped(m.parsed) {
		wg.Go(func() { out.image, imageErr = r.newImage(m.parsed) })
	}
	var err error
	out.CompiledModule, err = r.wazero.CompileModule(experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0)), rewritten.Bytes)
	wg.Wait()
	switch {
	case err != nil:
		if err = r.damaged(ctx, rewritten.Bytes, err); !errors.Is(err, ErrCache) {
			err = &InvalidError{Offset: m.at, Reason: "core module: " + err.Error(), Err: err}
		}
		return nil, errors.Join(err, r.closeImage(out.image))
	case imageErr != nil:
		return nil, errors.Join(fmt.Errorf("core module: %w", imageErr), out.CompiledModule.Close(ctx))
	}
	return out, nil
}
