package component

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
	"astrid/pkg/component/image"
)

// Pool lends instances of one linked component, of which there are never more than its size. An instance that comes back
// is made what it was before its first call, or thrown away: what one borrower did in it, no other can see. It is safe
// for concurrent use.
type Pool struct {
	linked *Linked
	images []*image.Image // by module: of those memories that Linked does not map
	places chan *Instance // each of the pool's places: an instance to use again, or nil
	closed chan struct{}
	fresh  error // why no instance can be used again; nil if it can
}

// NewPool makes a pool of a component. Instances are made when they are needed. Close it when done.
func (l *Linked) NewPool(size int) (*Pool, error) {
	if size < 1 {
		return nil, fmt.Errorf("a pool of %d instances", size)
	}
	p := &Pool{linked: l, fresh: l.comp.resettable(), closed: make(chan struct{})}
	if p.fresh == nil {
		if err := p.makeImages(); err != nil {
			return nil, err
		}
	}
	p.places = make(chan *Instance, size)
	for range size {
		p.places <- nil
	}
	return p, nil
}

// Reuses reports whether the pool can use an instance again. Otherwise the error says what about the component rules
// it out, and every borrower gets a new instance.
func (p *Pool) Reuses() error { return p.fresh }

// NotResettableError says why no instance of a component can be made new again.
type NotResettableError struct{ Reason string }

func (e *NotResettableError) Error() string {
	return "instances of the component cannot be used again: " + e.Reason
}

// resettable returns nil if memories and mutable globals are all that calls can change in an instance of the component,
// and if nothing of the guest's has run before the first call.
func (c *Component) resettable() error {
	because := func(format string, args ...any) error { return &NotResettableError{fmt.Sprintf(format, args...)} }
	for n, m := range c.prog.modules {
		if _, ok := m.parsed.State(); !ok {
			return because("core module %d changes tables or segments, or has state that cannot be set", n)
		}
		if m.parsed.HasStart() {
			// What it asked the host is the first borrower's.
			return because("core module %d has a start function", n)
		}
		if m.parsed.FillsImported() {
			// Setting the memory back would take the data out.
			return because("core module %d puts data into a memory that it imports", n)
		}
		if _, ok := memoryOf(m.parsed); ok {
			if _, ok := m.parsed.Image(); !ok {
				return because("the memory of core module %d does not always begin alike", n)
			}
		}
	}
	if c.module {
		if e, ok := c.prog.modules[0].parsed.Export(coreInit); ok {
			return because("the core module exports %q", e.Name)
		}
	}
	for _, s := range c.prog.slots {
		if s.kind == slotNew {
			// The host may hold handles to what would be gone.
			return because("it defines the resource %s", s.res.Name)
		}
	}
	return nil
}

// makeImages makes the images of the memories that are too small to be mapped without a pool: an instance that is used
// again pays for its page faults once.
func (p *Pool) makeImages() error {
	comp := p.linked.comp
	p.images = make([]*image.Image, len(comp.compiled))
	for n, m := range comp.compiled {
		if p.images[n] = m.image; m.image != nil {
			continue
		}
		var err error
		if p.images[n], err = comp.runtime.newImage(comp.prog.modules[n].parsed); err != nil {
			return errors.Join(err, p.closeImages())
		}
	}
	return nil
}

// closeImages closes the images that are the pool's own.
func (p *Pool) closeImages() error {
	var errs []error
	for n, i := range p.images {
		if m := p.linked.comp.compiled; n < len(m) && m[n].image == i {
			continue
		}
		errs = append(errs, p.linked.comp.runtime.closeImage(i))
	}
	return errors.Join(errs...)
}

// Do calls fn with an instance that nobody else has and that nothing has run in. It waits for a place in the pool
// until ctx ends, whose cause an *InterruptError then has. The instance is the pool's again when fn returns: neither it
// nor a call into it may outlive that. Do returns the error of instantiating, ErrClosed after Close, that of fn, or that
// of closing an instance that cannot be used again.
func (p *Pool) Do(ctx context.Context, fn func(*Instance) error) (err error) {
	inst, err := p.take(ctx)
	if err != nil {
		return err
	}
	returned := false
	defer func() {
		if !returned || p.fresh != nil || !inst.reset() {
			if cerr := inst.Close(context.WithoutCancel(ctx)); err == nil {
				err = cerr
			}
			inst = nil
		}
		p.places <- inst
	}()
	err = fn(inst)
	returned = true
	return err
}

// take waits for a place and returns the instance in it, or a new one.
func (p *Pool) take(ctx context.Context) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, &InterruptError{context.Cause(ctx)}
	}
	var inst *Instance
	select {
	case inst = <-p.places:
	case <-p.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, &InterruptError{context.Cause(ctx)}
	}
	if inst != nil {
		return inst, nil
	}
	inst, err := p.linked.instantiate(ctx, p.images)
	if err != nil {
		p.places <- nil
		return nil, err
	}
	if p.fresh == nil {
		inst.remember()
	}
	return inst, nil
}

// Close waits until every instance is back and closes them. It may be called once.
func (p *Pool) Close(ctx context.Context) error {
	close(p.closed)
	var errs []error
	for range cap(p.places) {
		if inst := <-p.places; inst != nil {
			errs = append(errs, inst.Close(ctx))
		}
	}
	return errors.Join(append(errs, p.closeImages())...)
}

// savedGlobal is a mutable global with the value that it begins with.
type savedGlobal struct {
	global api.MutableGlobal
	value  uint64
}

// remember keeps what reset has to set back, in an instance in which nothing has run.
func (i *Instance) remember() {
	comp := i.linked.comp
	for n, mod := range i.modules {
		at := comp.prog.steps[n].module
		names, _ := comp.prog.modules[at].parsed.State()
		if comp.compiled[at].metered {
			names = append(names, core.DepthExport)
		}
		for _, name := range names {
			if g, ok := mod.ExportedGlobal(name).(api.MutableGlobal); ok {
				i.saved = append(i.saved, savedGlobal{g, g.Get()})
			}
		}
	}
}

// reset makes an instance of a component that is resettable what it was before its first call. It reports false, and
// leaves an instance that must be closed, where that cannot be: after a trap or an interrupt, during a call, when a
// memory has grown, or while the guest holds handles.
func (i *Instance) reset() bool {
	if i.closed || i.poisoned || i.entered || i.meter.nested > 0 || i.host.Len() > 0 {
		return false
	}
	for n := range i.handles {
		if i.handles[n].Len() > 0 || i.inside[n] || !i.mayLeave[n] {
			return false
		}
	}
	for _, m := range i.memory.memories {
		if m.copy == nil || m.copy.Reset() != nil {
			return false
		}
	}
	for _, s := range i.saved {
		s.global.Set(s.value)
	}
	// The order in which freed handles are given out again would tell of those before.
	for n := range i.handles {
		i.handles[n].Clear()
	}
	i.host = canon.HostTable{}
	clear(i.calls)
	i.memory.peak = i.memory.used
	i.meter.reset()
	// Nothing keeps the borrower's context alive.
	i.call = nil
	for n := range i.contexts {
		if i.ready[n] {
			i.contexts[n].Begin(context.Background())
		}
	}
	return true
}
