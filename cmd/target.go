package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/internal/paste"
	"astrid/internal/regular"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
)

// manifestName is the file that declares what a capsule is.
const manifestName = home.ManifestName

// target is the capsule that an argument names.
type target struct {
	id       home.CapsuleID
	manifest *manifest.Manifest // nil: nothing that we know of declares anything for the capsule
	file     string             // of the manifest
	loaded   bool               // manifest is what it will be
	arg      string             // that names it
}

// addManifestFlag gives a command that takes a capsule the flag --manifest.
func addManifestFlag(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "manifest", "", "the capsule's Capsule.toml `file`, for one that is not installed")
	_ = c.MarkFlagFilename("manifest", "toml") // the flag exists
}

// target returns the capsule that an argument names, with its manifest if one is known.
func (a *app) target(ctx context.Context, h *home.Home, arg, manifestFlag string) (target, error) {
	t, err := a.name(ctx, h, arg, manifestFlag)
	if err != nil || t.loaded {
		return t, err
	}
	c, err := registry.Find(ctx, h, t.id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.loaded = true
		return t, nil
	case err != nil && !as[*home.UnsafeError](err):
		return target{}, withHint(err, "pass --manifest to go by another one")
	case err != nil:
		return target{}, err
	}
	t = installed(c)
	t.arg = arg
	return t, nil
}

// oneOrAll returns the capsule that an optional argument names, which has a manifest, or all that are installed, and what is
// wrong with others.
func (a *app) oneOrAll(ctx context.Context, h *home.Home, args []string, manifestFlag string) (targets []target, problems []error, err error) {
	if err := checkManifestFlag(manifestFlag, args); err != nil {
		return nil, nil, err
	}
	if len(args) > 0 {
		t, err := a.withManifest(ctx, h, args[0], manifestFlag)
		return []target{t}, nil, err
	}
	r, err := registry.Open(ctx, h)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range r.All() {
		targets = append(targets, installed(c))
	}
	for _, p := range r.Problems() {
		problems = append(problems, p)
	}
	return targets, problems, nil
}

// checkManifestFlag refuses --manifest where no capsule is named.
func checkManifestFlag(manifestFlag string, args []string) error {
	if manifestFlag != "" && len(args) == 0 {
		return usagef("--manifest goes with a capsule")
	}
	return nil
}

// name is target that reads an installed manifest only where the argument means nothing without it. A verb that
// needs no more than the id still works beside a manifest that is broken.
//
// An argument is a path if it has a separator or a suffix, neither of which an id or a UUID can have. A directory
// is none without a separator: what an id means must not depend on where the command runs.
func (a *app) name(ctx context.Context, h *home.Home, arg, manifestFlag string) (target, error) {
	t, err := a.named(ctx, h, arg, manifestFlag)
	t.arg = arg
	return t, err
}

func (a *app) named(ctx context.Context, h *home.Home, arg, manifestFlag string) (target, error) {
	if isPath(arg) {
		return fromPath(arg, manifestFlag)
	}
	t, err := a.fromName(ctx, h, arg)
	if manifestFlag == "" || err != nil && !as[*notFoundError](err) {
		return t, err
	}
	m, merr := manifest.ReadFile(manifestFlag)
	switch {
	case merr != nil:
		return target{}, merr
	case err != nil && m.ID().String() != arg:
		return target{}, err
	case err == nil && m.ID() != t.id:
		return target{}, usagef("--manifest %s is that of capsule %s, not of %s", manifestFlag, m.ID(), t.id)
	}
	return target{id: m.ID(), manifest: m, file: manifestFlag, loaded: true}, nil
}

func isPath(arg string) bool {
	return strings.ContainsAny(arg, "./"+string(filepath.Separator))
}

// fromPath returns the capsule of a manifest, of a directory that has one, or of a wasm file.
func fromPath(path, manifestFlag string) (target, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return target{}, err
	}
	switch {
	case fi.IsDir():
		path = filepath.Join(path, manifestName)
	case filepath.Ext(path) != ".toml":
		t, err := fromWasm(path, manifestFlag)
		if err == nil && t.manifest == nil {
			err = checkWasm(path)
		}
		return t, err
	}
	if manifestFlag != "" {
		return target{}, usagef("--manifest does not go with %s, which is a manifest itself", path)
	}
	m, err := manifest.ReadFile(path)
	if err != nil {
		return target{}, err
	}
	return target{id: m.ID(), manifest: m, file: path, loaded: true}, nil
}

// namesManifest reports whether a path is that of a manifest, or of a directory that may have one.
func namesManifest(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.IsDir() || filepath.Ext(path) == ".toml"
}

// checkWasm returns a *usageError for a file that is no wasm: somebody who left out the capsule may have named another file,
// whose name would become a capsule's.
func checkWasm(path string) error {
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var magic [4]byte
	_, _ = io.ReadFull(f, magic[:]) // a shorter file is none either
	if string(magic[:]) != "\x00asm" {
		return withHint(usagef("%s is neither a manifest nor wasm", path), "name a capsule by its id, its Capsule.toml or its wasm file")
	}
	return nil
}

func fromWasm(path, manifestFlag string) (target, error) {
	m, id, err := findManifest(manifestFlag, path)
	if err != nil || m == nil {
		return target{id: id, loaded: true}, err
	}
	file := manifestFlag
	if file == "" {
		file = filepath.Join(filepath.Dir(path), manifestName)
	}
	return target{id: id, manifest: m, file: file, loaded: true}, nil
}

// isUUID reports whether an argument is a UUID in its usual form, which a parser of them is less strict about.
func isUUID(arg string) bool { return len(arg) == 36 && uuid.Validate(arg) == nil }

// fromName returns the capsule of an id or a UUID. A UUID can have the form of an id; a capsule of that id comes
// first. Where there is none, the UUID of no installed capsule is not found, rather than the id of an unknown one:
// nobody names a capsule so, and a mistyped UUID would store a secret where nothing reads it.
func (a *app) fromName(ctx context.Context, h *home.Home, arg string) (target, error) {
	id, err := home.ParseCapsuleID(arg)
	if uuid.Validate(arg) != nil {
		return target{id: id}, err
	}
	if err == nil {
		c, err := registry.Find(ctx, h, id)
		if err == nil {
			return installed(c), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return target{id: id}, nil // it is there; target says what is wrong with it
		}
	}
	if !isUUID(arg) {
		return target{}, usagef("a UUID is written in 36 characters, not as %q", arg)
	}
	r, err := registry.Open(ctx, h)
	if err != nil {
		return target{}, err
	}
	c, ok := r.ByUUID(uuid.MustParse(arg))
	if !ok {
		return target{}, &notFoundError{msg: fmt.Sprintf("no installed capsule has the UUID %s", arg)}
	}
	return installed(c), nil
}

func installed(c registry.Capsule) target {
	return target{id: c.ID, manifest: c.Manifest, file: c.Dir.ManifestFile().Path(), loaded: true, arg: c.ID.String()}
}

// declares returns what the manifest says of a key. known is false where there is no manifest to say anything.
func (t target) declares(key string) (f manifest.EnvField, declared, known bool) {
	if t.manifest == nil {
		return f, false, false
	}
	f, declared = t.manifest.Env(key)
	return f, declared, true
}

// reads reports whether the capsule may read a secret of that key. Of one that nothing is known of, it may read any.
func (t target) reads(key home.Key) bool {
	f, _, known := t.declares(key.String())
	return !known || f.IsSecret()
}

// declaresSecret reports whether the manifest declares the key as a secret.
func (t target) declaresSecret(key string) bool {
	f, _, _ := t.declares(key)
	return f.IsSecret()
}

// declared lists the keys that the manifest declares, secret or not, as a hint shows them.
func (t target) declared(secret bool) string {
	var keys []string
	for _, k := range t.manifest.EnvKeys() {
		if f, _ := t.manifest.Env(k); f.IsSecret() == secret && !home.ReservedKey(k) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(keys, ", ")
}

// again is a command that does something else to a capsule, which is named as it was, with its manifest and for its
// principal and scope as in the one that runs: operators paste what a hint says.
func (a *app) again(verb string, t target, args ...string) string {
	var flags []string
	flag := func(name string) {
		if f := a.running.Flags().Lookup(name); f != nil && f.Changed {
			flags = append(flags, "--"+name, f.Value.String())
		}
	}
	flag("manifest")
	if a.principal != "" {
		flags = append(flags, "--principal", a.principal)
	}
	if strings.HasPrefix(verb, "secret ") {
		flag("scope")
	}
	return paste.Command(verb, append([]string{t.arg}, args...), flags)
}

// keyHint adds to an error about a key what to do about it.
func (a *app) keyHint(t target, err error) error {
	e, ok := errors.AsType[*config.KeyError](err)
	if !ok {
		return err
	}
	switch e.Mismatch {
	case config.IsSecret:
		return withHint(err, "use: %s", a.again("secret set", t, e.Key.String()))
	case config.NotSecret:
		return withHint(err, "use: %s, or --force to store it all the same", a.again("env set", t, e.Key.String()+"=VALUE"))
	case config.NoSetting:
		return withHint(err, "it declares: %s; --force sets it all the same", inert.Line(t.declared(false)))
	}
	return withHint(err, "it declares: %s; --force stores it all the same", inert.Line(t.declared(true)))
}

// unnamed takes the name out of an error about one, for commands to whose arguments somebody may have added a secret.
func unnamed(err error, use string) error {
	if e, ok := errors.AsType[*home.NameError](err); ok {
		return withHint(&home.NameError{Kind: e.Kind, Reason: e.Reason}, "use: %s", use)
	}
	return err
}
