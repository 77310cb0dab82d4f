package install

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/google/uuid"

	"astrid/pkg/capsule"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// HookTimeout is how long a lifecycle hook may take where nobody says otherwise, as in the Rust runtime.
const HookTimeout = 10 * time.Minute

// Options says how a package is installed.
type Options struct {
	// Runtime is what the lifecycle hook runs with: clock, entropy, logger and limits. Who the capsule is and what it
	// gets is filled in: nothing.
	Runtime capsule.Config
	// SkipHooks installs without compiling the code or running a hook, for a capsule that only another runtime can
	// run.
	SkipHooks bool
	// HookTimeout bounds the hook. Zero: HookTimeout, the constant.
	HookTimeout time.Duration
	// Stop asks the hook to finish when it ends, as in capsule.Call.
	Stop context.Context
	// Values are set before the new version takes its place. Nil: none.
	Values *Values
}

// Installed says what was installed.
type Installed struct {
	ID       home.CapsuleID
	Version  string
	Previous string // the version that was replaced, empty if none was known
	Upgraded bool   // there was a previous version
	WasmHash string
	UUID     uuid.UUID // uuid.Nil for a capsule without code
	Hook     string    // the lifecycle hook that ran; empty if none did
}

// Install puts the package in the place of whatever version is installed. It can be called once.
//
// The previous version stays until the new one is complete, durable, and its hook has returned; then it is replaced in
// one step, so that whoever reads the tree, after a crash too, sees one of them whole. Where there was none, the same
// holds of nothing and the new one. Code and interfaces that nothing refers to any more stay until Leftovers finds
// them: somebody may be about to run them.
//
// The error is home.ErrBusy while something else is installed or removed, a *HookError, those of capsule.Open for code
// that cannot run here, or that of the disk. Values may have been set when the last step fails.
func (p *Package) Install(ctx context.Context, o Options) (Installed, error) {
	release, err := p.home.InstallDir().Lock(ctx)
	if err != nil {
		return Installed{}, err
	}
	done, err := p.install(ctx, o)
	return done, errors.Join(err, release())
}

func (p *Package) install(ctx context.Context, o Options) (Installed, error) {
	id := p.ID()
	if err := restore(p.home, id); err != nil {
		return Installed{}, err
	}
	before, upgrade, err := previous(p.home, id)
	if err != nil {
		return Installed{}, err
	}
	done := Installed{
		ID: id, Version: p.Manifest.Package.Version, Previous: before.Version, Upgraded: upgrade, WasmHash: p.WasmHash,
	}
	if p.WasmHash != "" {
		done.UUID = registry.UUID(id.String(), p.WasmHash)
	}
	if p.wasm != nil && !o.SkipHooks {
		if done.Hook, err = p.hook(ctx, o, upgrade); err != nil {
			return Installed{}, err
		}
	}
	meta := p.meta(before, o.Runtime.Clock.Now())
	if err := p.content(ctx, &meta); err != nil {
		return Installed{}, err
	}
	if err := p.stageCapsule(ctx, meta); err != nil {
		return Installed{}, err
	}
	if o.Values != nil {
		if err := o.Values.store(ctx, p.home, id); err != nil {
			return Installed{}, err
		}
	}
	return done, p.home.CapsuleDir(id).Swap(p.stage.Capsule())
}

// previous returns what is known of the version that is installed. It counts as one if its meta.json can be read, as
// for the Rust runtime.
func previous(h *home.Home, id home.CapsuleID) (registry.Meta, bool, error) {
	dir := h.CapsuleDir(id)
	there, err := dir.Exists()
	if err != nil || !there {
		return registry.Meta{}, false, err
	}
	if there, err = dir.MetaFile().Exists(); err != nil || !there {
		return registry.Meta{}, false, err
	}
	meta, err := registry.ReadMeta(dir.MetaFile())
	return meta, err == nil, nil
}

// hook runs the package's lifecycle hook, if it has one, and returns its name. Compiling the code checks it.
func (p *Package) hook(ctx context.Context, o Options, upgrade bool) (name string, err error) {
	name = capsule.ExportInstall
	if upgrade {
		name = capsule.ExportUpgrade
	}
	config := o.Runtime
	config.ID, config.Manifest, config.Home, config.Owner = p.ID(), p.Manifest, p.home, home.DefaultPrincipal()
	config.Secrets, config.Registry = nil, nil
	opened, err := capsule.Open(ctx, p.wasm, config)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, opened.Close(context.WithoutCancel(ctx))) }()
	if !slices.Contains(opened.Exports(), name) {
		return "", nil
	}
	call := capsule.Call{Timeout: o.HookTimeout, Stop: o.Stop}
	if call.Timeout == 0 {
		call.Timeout = HookTimeout
	}
	if err := opened.Lifecycle(ctx, call, name); err != nil {
		return "", &HookError{name, err}
	}
	return name, nil
}

// metaTime is RFC 3339 as the Rust runtime writes it.
const metaTime = "2006-01-02T15:04:05.000000000-07:00"

// meta is what is noted of the installation, but for the interfaces.
func (p *Package) meta(before registry.Meta, now time.Time) registry.Meta {
	stamp := now.UTC().Format(metaTime)
	meta := registry.Meta{
		Version: p.Manifest.Package.Version, InstalledAt: stamp, UpdatedAt: stamp, WasmHash: p.WasmHash,
		Imports: map[string]map[string]string{}, Exports: map[string]map[string]string{}, WitFiles: map[string]string{},
	}
	if before.InstalledAt != "" {
		meta.InstalledAt = before.InstalledAt
	}
	for _, i := range p.Manifest.Imports {
		put(meta.Imports, i.Namespace, i.Interface, i.Requirement)
	}
	for _, e := range p.Manifest.Exports {
		put(meta.Exports, e.Namespace, e.Interface, e.Version)
	}
	return meta
}

func put(m map[string]map[string]string, namespace, name, version string) {
	if m[namespace] == nil {
		m[namespace] = map[string]string{}
	}
	m[namespace][name] = version
}

// content puts code and interfaces into the content store. What is there already is checked, and mended.
func (p *Package) content(ctx context.Context, meta *registry.Meta) error {
	if p.wasm != nil {
		if err := keep(p.home.WasmFile(registry.Sum(p.WasmHash)), p.wasm, p.WasmHash); err != nil {
			return err
		}
	}
	for _, name := range p.wit {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := p.files.read("wit/"+name, maxWit)
		if err != nil {
			return err
		}
		hash := registry.Hash(data)
		if err := keep(p.home.WitFile(registry.Sum(hash)), data, hash); err != nil {
			return err
		}
		meta.WitFiles[name] = hash
	}
	return nil
}

func keep(f home.File, data []byte, hash string) error {
	had, err := f.Read(int64(len(data)))
	if err == nil && registry.Hash(had) == hash {
		return nil
	}
	if _, ok := errors.AsType[*home.UnsafeError](err); ok {
		return err
	}
	return f.Write(data)
}

// legacySettings is where early versions of the Rust runtime kept a capsule's settings, and later ones still look.
const legacySettings = ".env.json"

// stageCapsule makes the directory that is to be installed.
func (p *Package) stageCapsule(ctx context.Context, meta registry.Meta) error {
	root, err := p.stage.Capsule().Ensure()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := writeNew(root, home.ManifestName, bytes.NewReader(p.text)); err != nil {
		return err
	}
	noted, err := meta.Encode()
	if err != nil {
		return err
	}
	if err := writeNew(root, home.MetaName, bytes.NewReader(noted)); err != nil {
		return err
	}
	settings, err := p.home.CapsuleDir(p.ID()).LegacySettingsFile().Read(manifest.MaxSize)
	switch {
	case err == nil:
		err = writeNew(root, legacySettings, bytes.NewReader(settings))
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return err
	}
	return p.copyTo(ctx, root)
}

// restore puts back the previous version of a capsule whose installer was killed before the new one had its place. A
// version that is there and has a meta.json is complete; what stands beside it is a leftover.
func restore(h *home.Home, id home.CapsuleID) error {
	dir, backup := h.CapsuleDir(id), h.CapsuleBackupDir(id)
	if there, err := backup.Exists(); err != nil || !there {
		return err
	}
	_, complete, err := previous(h, id)
	if err != nil {
		return err
	}
	if complete {
		return backup.RemoveAll()
	}
	if err := dir.RemoveAll(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return backup.Move(dir)
}
