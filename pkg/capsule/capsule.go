package capsule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"astrid/pkg/caplog"
	"astrid/pkg/component"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/hostsys/bind"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/registry"
)

// Config is what a capsule is opened with. Fields are required unless they say what their zero value means.
type Config struct {
	// ID is the capsule's: its manifest's, or what the operator calls a file without one.
	ID home.CapsuleID
	// Manifest declares its settings and capabilities. Nil: it has none.
	Manifest *manifest.Manifest
	// Home is the tree that overlays and logs are in.
	Home *home.Home
	// Owner is the load-time principal, who decides where a call has none.
	Owner home.Principal
	// Secrets reads declared secrets. Nil: all of them are unset.
	Secrets config.SecretReader
	// Registry knows the installed capsules. Nil: capability checks answer registry-unavailable.
	Registry *registry.Registry
	// Clock, Entropy, Logger, Mirror, Redactor and Ready are hostsys.Config's.
	Clock    *hostsys.Clock
	Entropy  io.Reader
	Logger   *slog.Logger
	Mirror   *hostsys.Level
	Redactor hostsys.Redactor
	Ready    func()
	// Limits bounds the guest. Zero fields have the defaults of component.Config.
	Limits component.Config
	// NoCache compiles without keeping the code in the home for the next time.
	NoCache bool
	// CompileTimeout bounds compiling. Zero: CompileTimeout, the constant.
	CompileTimeout time.Duration
	// compile compiles. Nil: component.Compile.
	compile func(context.Context, *component.Runtime, []byte, ...component.Code) (*component.Component, error)
}

// CompileTimeout is how long a capsule may take to compile where nobody says otherwise.
const CompileTimeout = time.Minute

// The exports of a capsule.
const (
	ExportHook    = "astrid-hook-trigger"
	ExportRun     = "run"
	ExportInstall = "astrid-install"
	ExportUpgrade = "astrid-upgrade"
)

// Capsule is an open capsule. It can be called from several goroutines; each call has an instance of its own.
type Capsule struct {
	config  Config
	runtime *component.Runtime
	comp    *component.Component
	compile time.Duration
	pending <-chan compiled // of a compilation that nobody waits for any more; nil otherwise
	log     *caplog.Writer
	own     ownSettings
	host    *hostsys.Host
	linked  *component.Linked
}

// Identify checks that wasm with the manifest m, nil for none, may act as the capsule id: either none of that id is
// installed, which installed tells, or it is the same. Otherwise the error is an *IdentityError, or why that cannot be told.
func Identify(ctx context.Context, h *home.Home, id home.CapsuleID, wasm []byte, m *manifest.Manifest) (installed bool, err error) {
	c, err := registry.Find(ctx, h, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	if got := registry.Hash(wasm); got != c.Meta.WasmHash {
		return true, &IdentityError{Capsule: id, Installed: c.Meta.WasmHash, Got: got}
	}
	// The manifest says what the code is given: the secrets, and where it sends them by default.
	if m != nil && !m.Is(c.Manifest) {
		return true, &IdentityError{Capsule: id, Manifest: true}
	}
	return true, nil
}

// Open compiles and links a capsule. The wasm must not change while the capsule is open. The errors are those of
// component.Compile and Linker.Link, and a *DeadlineError when compiling takes too long.
func Open(ctx context.Context, wasm []byte, c Config) (*Capsule, error) {
	if c.CompileTimeout == 0 {
		c.CompileTimeout = CompileTimeout
	}
	if c.compile == nil {
		c.compile = component.Compile
	}
	if !c.NoCache {
		c.Limits.Cache = c.codeCache()
	}
	opened, err := open(ctx, wasm, c)
	if errors.Is(err, component.ErrCache) {
		// Whatever lies there cannot be read or written: the capsule runs all the same, and the next one begins anew.
		c.clearCache()
		c.Limits.Cache = ""
		opened, err = open(ctx, wasm, c)
	}
	return opened, err
}

func open(ctx context.Context, wasm []byte, c Config) (*Capsule, error) {
	runtime, err := component.NewRuntime(ctx, c.Limits)
	if err != nil {
		return nil, err
	}
	opened := &Capsule{config: c, runtime: runtime}
	if err := opened.open(ctx, wasm); err != nil {
		return nil, errors.Join(err, opened.Close(context.WithoutCancel(ctx)))
	}
	return opened, nil
}

// codeCache returns the directory that compiled code is kept in, made safe, or "" where that cannot be: then every
// run compiles, which is slow and nothing worse.
func (c *Config) codeCache() string {
	dir := c.Home.WasmCacheDir()
	root, err := dir.Ensure()
	if err != nil {
		return ""
	}
	_ = root.Close() // it was opened to be checked
	return dir.Path()
}

// clearCache deletes the compiled code, as far as it can.
func (c *Config) clearCache() {
	root, err := c.Home.WasmCacheDir().Open()
	if err != nil {
		return
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		_ = root.RemoveAll(e.Name()) // what stays is found damaged again
	}
}

func (c *Capsule) open(ctx context.Context, wasm []byte) (err error) {
	begin := time.Now()
	if err := c.compileWithin(ctx, wasm, c.config.CompileTimeout); err != nil {
		return err
	}
	c.compile = time.Since(begin)
	c.log = caplog.New(c.config.Home, c.config.Owner, c.config.ID, c.config.Clock.Now)
	hc := c.hostConfig()
	c.own = c.ownSettings(ctx)
	hc.Settings = c.own
	hc.Log = c.log
	if m := c.config.Manifest; m != nil {
		hc.Capabilities = m.Capabilities.HeldNames()
	}
	if r := c.config.Registry; r != nil {
		var held manifest.Capabilities
		if m := c.config.Manifest; m != nil {
			held = m.Capabilities
		}
		hc.Registry = r.Running(registry.UUID(c.config.ID.String(), registry.Hash(wasm)), held)
	}
	if c.host, err = hostsys.New(hc); err != nil {
		return err
	}
	c.linked, err = component.NewLinker(bind.Interface(c.host)).Link(ctx, c.comp)
	return err
}

// hostConfig is what every host of this capsule has, that of a lifecycle hook included.
func (c *Capsule) hostConfig() hostsys.Config {
	return hostsys.Config{
		Capsule:  c.config.ID,
		Owner:    c.config.Owner,
		Clock:    c.config.Clock,
		Entropy:  c.config.Entropy,
		Logger:   c.config.Logger,
		Mirror:   c.config.Mirror,
		Redactor: c.config.Redactor,
		Ready:    c.config.Ready,
	}
}

// settings returns the settings of the capsule as principal p sees them.
func (c *Config) settings(ctx context.Context, p home.Principal) (*config.View, error) {
	o, err := overlay.Load(ctx, c.Home, p, c.ID)
	if err != nil {
		return nil, err
	}
	return config.New(c.Manifest, c.ID, c.Secrets).For(p, o), nil
}

// ownSettings are the owner's, for calls that name no principal. They are read for the first such call: what
// is wrong with the owner's overlay is nobody else's trouble.
type ownSettings func() (*config.View, error)

func (c *Capsule) ownSettings(ctx context.Context) ownSettings {
	ctx = context.WithoutCancel(ctx)
	return sync.OnceValues(func() (*config.View, error) { return c.config.settings(ctx, c.config.Owner) })
}

// Lookup implements hostsys.Settings.
func (s ownSettings) Lookup(ctx context.Context, key string) (config.Value, error) {
	view, err := s()
	if err != nil {
		return config.Value{}, err
	}
	return view.Lookup(ctx, key)
}

// compiled is how a compilation ended.
type compiled struct {
	comp *component.Component
	err  error
}

// compileWithin bounds compiling in time. The compiler looks at its context only between functions: when the
// time is up the call returns, and what is compiled in the end is thrown away.
func (c *Capsule) compileWithin(ctx context.Context, wasm []byte, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &DeadlineError{"compiling the capsule", limit})
	defer cancel()
	done := make(chan compiled, 1)
	go func() {
		comp, err := c.config.compile(ctx, c.runtime, wasm)
		done <- compiled{comp, err}
	}()
	select {
	case out := <-done:
		c.comp = out.comp
		if out.err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return out.err
	case <-ctx.Done():
		c.pending = done
		return context.Cause(ctx)
	}
}

// Exports returns the names of the function exports that the capsule truly implements, sorted. Of run,
// astrid-install and astrid-upgrade, those that share one core function are stubs that a toolchain made for a world
// that it had to fill.
func (c *Capsule) Exports() []string {
	entry := map[string]bool{ExportRun: true, ExportInstall: true, ExportUpgrade: true}
	shared := map[component.CoreFuncID]int{}
	for _, e := range c.comp.Exports() {
		if entry[e.Name] {
			shared[e.Func]++
		}
	}
	var out []string
	for _, e := range c.comp.Exports() {
		if !entry[e.Name] || shared[e.Func] == 1 {
			out = append(out, e.Name)
		}
	}
	slices.Sort(out)
	return out
}

// require returns a *component.ExportError unless the capsule implements the export.
func (c *Capsule) require(name string) error {
	if has := c.Exports(); !slices.Contains(has, name) {
		return &component.ExportError{Name: name, Has: has}
	}
	return nil
}

// Close releases the capsule. Calls must have returned.
func (c *Capsule) Close(ctx context.Context) error {
	var errs []error
	if c.log != nil {
		errs = append(errs, c.log.Close())
	}
	if c.pending != nil {
		// The compiler still works in the runtime, which must not be closed under it.
		go func() {
			<-c.pending
			_ = c.runtime.Close(ctx) // nobody is left to hear of it
		}()
		return errors.Join(errs...)
	}
	errs = append(errs, c.runtime.Close(ctx))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close capsule %s: %w", c.config.ID, err)
	}
	return nil
}
