package install_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"astrid/pkg/install"
)

func TestLook(t *testing.T) {
	source := minimal(t, "1.0.0")
	archive := pack(t, source.dir(t))
	if !install.IsArchive(archive) || install.IsArchive([]byte(source["capsule.wasm"])) {
		t.Error("does not know an archive")
	}
	m, wasm, err := install.Look(t.Context(), "x.capsule", archive)
	check(t, err)
	if m.Package.Version != "1.0.0" || string(wasm) != source["capsule.wasm"] {
		t.Errorf("version %s, %d bytes of code", m.Package.Version, len(wasm))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := install.Look(ctx, "x.capsule", archive); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	damaged := bytes.Clone(archive)
	damaged[len(damaged)/2] ^= 1
	if _, _, err := install.Look(t.Context(), "x.capsule", damaged); err == nil {
		t.Error("a damaged archive passes")
	}
}

// What is no package to install is none to look into, but for code that is not valid: who looks wants to see that.
func TestLookHostile(t *testing.T) {
	for _, h := range hostileArchives(t) {
		if h.name == "code that is none" {
			continue
		}
		if m, wasm, err := install.Look(t.Context(), "x.capsule", h.data); err == nil {
			t.Errorf("%s: %v, %d bytes of code", h.name, m, len(wasm))
		}
	}
}
