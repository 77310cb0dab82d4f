package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"astrid/internal/inert"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/hostsys"
	"astrid/pkg/manifest"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// config says what the capsule is and what it gets.
func (r *capsuleRun) config(ctx context.Context, wasm []byte) (capsule.Config, error) {
	a := r.app
	h, err := a.openHome()
	if err != nil {
		return capsule.Config{}, err
	}
	principal, err := a.activePrincipal(r.cmd, h)
	if err != nil {
		return capsule.Config{}, err
	}
	m, id, err := findManifest(r.opts.manifest, r.file)
	if err != nil {
		return capsule.Config{}, err
	}
	memory, err := parseSize(r.opts.memory)
	if err != nil {
		return capsule.Config{}, err
	}
	cfg := capsule.Config{
		ID:       id,
		Manifest: m,
		Home:     h,
		Owner:    principal,
		Clock:    hostsys.SystemClock(),
		Entropy:  rand.Reader,
		Logger:   a.logger(),
		Redactor: r.redact,
		Limits:   component.Config{Memory: memory, Fuel: r.opts.fuel},
		NoCache:  r.opts.noCache,
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
	if err != nil && !errors.Is(err, registry.ErrUnavailable) {
		return capsule.Config{}, err
	}
	if err == nil {
		cfg.Registry = reg
	}
	return cfg, r.identify(reg, err, cfg, wasm)
}

// identify decides whether the file may act as the capsule that it says it is, and tells the operator what that
// gives it.
func (r *capsuleRun) identify(reg *registry.Registry, unavailable error, cfg capsule.Config, wasm []byte) error {
	if r.opts.noSecrets || r.opts.trust {
		return nil
	}
	if unavailable != nil {
		return &refusedError{
			msg:  fmt.Sprintf("cannot tell whether the file is the capsule %s: %v", cfg.ID, unavailable),
			hint: "pass --no-secrets to run it without secrets, or --trust to run it with them",
		}
	}
	installed, err := capsule.Identify(reg, cfg.ID, wasm)
	if installed || err != nil {
		return err
	}
	if keys := secretKeys(cfg.Manifest); len(keys) > 0 {
		fmt.Fprintf(r.app.io.Err, "astrid: %s is not installed; this file runs under that name and may read its secrets: %s\n",
			cfg.ID, inert.Line(strings.Join(keys, ", ")))
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
