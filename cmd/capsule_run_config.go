package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"astrid/internal/inert"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// subject is the capsule that runs.
type subject struct {
	name     string // for messages
	id       home.CapsuleID
	manifest *manifest.Manifest // nil: it has none
	wasm     []byte
	// installed tells that it comes from the content store, checked, and not from a file that may be anything.
	installed bool
}

// subject reads what the argument names: a wasm file, a manifest or directory with one, or an installed capsule.
func (r *capsuleRun) subject(ctx context.Context, h *home.Home) (subject, error) {
	if isPath(r.arg) && namesManifest(r.arg) {
		t, err := fromPath(r.arg, r.opts.manifest)
		if err != nil {
			return subject{}, err
		}
		c, err := codeOf(t)
		return subject{name: c.name, id: t.id, manifest: t.manifest, wasm: c.wasm}, err
	}
	if isPath(r.arg) {
		wasm, err := readWasm(r.arg)
		if err != nil {
			return subject{}, err
		}
		m, id, err := findManifest(r.opts.manifest, r.arg)
		return subject{name: r.arg, id: id, manifest: m, wasm: wasm}, err
	}
	t, err := r.app.target(ctx, h, r.arg, r.opts.manifest)
	if err != nil {
		return subject{}, err
	}
	c, err := find(ctx, h, t.id)
	if err != nil {
		return subject{}, err
	}
	wasm, err := registry.ReadWasm(ctx, h, c)
	return subject{name: t.id.String(), id: t.id, manifest: t.manifest, wasm: wasm, installed: true}, err
}

// find returns an installed capsule.
func find(ctx context.Context, h *home.Home, id home.CapsuleID) (registry.Capsule, error) {
	c, err := registry.Find(ctx, h, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, notInstalled(id)
	case err != nil && !as[*home.UnsafeError](err):
		return c, withHint(err, "install the capsule again")
	case err != nil:
		return c, err
	}
	return c, nil
}

// notInstalled is the error for a capsule that is not, where only an installed one will do.
func notInstalled(id home.CapsuleID) error {
	return &notFoundError{
		msg:  fmt.Sprintf("capsule %s is not installed", id),
		hint: "'astrid capsule list' shows what is; a file is named by a path with a slash or a suffix",
	}
}

// config says what the capsule gets.
func (r *capsuleRun) config(ctx context.Context, h *home.Home, s subject, principal home.Principal) (capsule.Config, error) {
	memory, err := parseSize(r.opts.memory)
	if err != nil {
		return capsule.Config{}, err
	}
	cfg := capsule.Config{
		ID:       s.id,
		Manifest: s.manifest,
		Home:     h,
		Owner:    principal,
		Clock:    hostsys.SystemClock(),
		Entropy:  rand.Reader,
		Logger:   r.app.logger(),
		Redactor: r.redact,
		Limits:   component.Config{Memory: memory, Fuel: r.opts.fuel},
		NoCache:  r.opts.noCache,
	}
	if s.installed {
		cfg.Owner = home.DefaultPrincipal()
	}
	if !r.opts.noSecrets {
		cfg.Secrets = store.New(h)
	}
	if r.cmd.Flags().Changed("log-stderr") {
		level, ok := hostsys.ParseLevel(r.opts.logStderr)
		if !ok {
			return capsule.Config{}, usagef("--log-stderr takes one of %s", strings.Join(strings.Fields(level.WitCases()), ", "))
		}
		cfg.Mirror = &level
	}
	reg, err := registry.Open(ctx, h)
	switch {
	case err == nil:
		cfg.Registry = reg
	case !errors.Is(err, registry.ErrUnavailable):
		return capsule.Config{}, err
	}
	return cfg, r.identify(ctx, h, s)
}

// identify decides whether a file may act as the capsule that it says it is, and tells the operator what that
// gives it.
func (r *capsuleRun) identify(ctx context.Context, h *home.Home, s subject) error {
	if s.installed || r.opts.noSecrets || r.opts.trust {
		return nil
	}
	installed, err := capsule.Identify(ctx, h, s.id, s.wasm, s.manifest)
	switch {
	case as[*capsule.IdentityError](err):
		return err
	case err != nil:
		return &refusedError{
			msg:  fmt.Sprintf("cannot tell whether the file is the capsule %s: %v", s.id, err),
			hint: "pass --no-secrets to run it without secrets, or --trust to run it with them",
		}
	case installed:
		return nil
	}
	if keys := secretKeys(s.manifest); len(keys) > 0 {
		fmt.Fprintf(r.app.io.Err, "astrid: %s is not installed; this file runs under that name and may read its secrets: %s\n",
			s.id, inert.Line(strings.Join(keys, ", ")))
	}
	return nil
}

func secretKeys(m *manifest.Manifest) []string {
	if m == nil {
		return nil
	}
	return slices.DeleteFunc(m.EnvKeys(), func(k string) bool {
		f, _ := m.Env(k)
		return !f.IsSecret()
	})
}

// parseSize reads a size such as 64MiB. A bare number is bytes.
func parseSize(s string) (uint64, error) {
	unit := uint64(1)
	num := s
	for suffix, u := range map[string]uint64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if n, ok := strings.CutSuffix(s, suffix); ok {
			num, unit = n, u
		}
	}
	var n uint64
	if _, err := fmt.Sscanf(num+"\n", "%d\n", &n); err != nil || n == 0 || n > (4<<30-65536)/unit {
		return 0, usagef("--memory takes a size such as 64MiB, below 4GiB")
	}
	return n * unit, nil
}
