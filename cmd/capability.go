package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
)

func (a *app) capabilityCmd() *cobra.Command {
	return noun("capability", "Ask what capsules may do", `Ask what capsules may do. A capability is held where the capsule's manifest grants it: the flag is true, or the list
has an entry.`,
		a.capabilityCheckCmd(), a.capabilityListCmd(), a.capabilityExplainCmd(), a.capabilityTestCmd(),
		a.capabilityAuditCmd())
}

// knownCapability returns what the argument names, which must be one of the eleven.
func knownCapability(name string) (manifest.Explanation, error) {
	e, ok := manifest.Explain(name)
	if !ok {
		return e, withHint(usagef("there is no capability %q", name), "capabilities: %s", strings.Join(manifest.CapabilityNames(), ", "))
	}
	return e, nil
}

// capabilityRow is what is known of one capability of one capsule.
type capabilityRow struct {
	target
	name    string
	allowed bool
	grant   manifest.Grant // zero unless allowed
}

func capabilityOf(t target, name string) capabilityRow {
	grant, held := t.manifest.Capabilities.Grant(name)
	return capabilityRow{t, name, held, grant}
}

// where is the line of the manifest that grants it, as editors and grep write it.
func (r capabilityRow) where() string {
	return inert.Line(fmt.Sprintf("%s:%d: %s", r.file, r.grant.Line, r.grant.Text))
}

// The fields that check and list report.
func capabilityFields() []field[capabilityRow] {
	return []field[capabilityRow]{
		jsonField("capsule", func(r capabilityRow) string { return r.id.String() }),
		jsonField("capability", func(r capabilityRow) string { return r.name }),
		jsonField("allowed", func(r capabilityRow) bool { return r.allowed }),
		jsonField("arguments", func(r capabilityRow) []string { return r.manifest.Capabilities.Arguments(r.name) }),
		jsonFieldIf("file", capabilityRow.held, func(r capabilityRow) string { return r.file }),
		jsonFieldIf("line", capabilityRow.held, func(r capabilityRow) int { return r.grant.Line }),
		jsonFieldIf("text", capabilityRow.held, func(r capabilityRow) string { return r.grant.Text }),
	}
}

// held reports whether a capability is.
func (r capabilityRow) held() bool { return r.allowed }

// capabilityNames completes the name of a capability.
func capabilityNames(*cobra.Command, *home.Home, string) []string { return manifest.CapabilityNames() }

// withManifest is target for a verb that has nothing to say of a capsule without a manifest.
func (a *app) withManifest(ctx context.Context, h *home.Home, arg, manifestFlag string) (target, error) {
	t, err := a.target(ctx, h, arg, manifestFlag)
	switch {
	case err != nil:
		return target{}, err
	case t.manifest == nil && isPath(arg):
		return target{}, noManifest(arg)
	case t.manifest == nil:
		return target{}, &notFoundError{
			msg:  fmt.Sprintf("capsule %s is not installed", t.id),
			hint: "name it by the path to its manifest, or pass --manifest",
		}
	}
	return t, nil
}

// noManifest is the error for a wasm file of which no manifest is known.
func noManifest(file string) error {
	return &notFoundError{
		msg:  fmt.Sprintf("%s has no %s beside it that names it", file, manifestName),
		hint: "pass --manifest",
	}
}
