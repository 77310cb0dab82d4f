package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"astrid/pkg/home"
)

func (a *app) envCmd() *cobra.Command {
	return noun("env", "Keep the settings of capsules", `Keep the settings that a principal gives a capsule: an overlay over what the capsule's manifest declares.

A capsule that asks for a setting is answered from the overlay, else from the manifest's default. Secrets are no
settings: see 'astrid secret'.`,
		a.envSetCmd(), a.envUnsetCmd(), a.envListCmd())
}

// envTarget is what every verb of env acts on.
type envTarget struct {
	target
	home      *home.Home
	principal home.Principal
}

// envTarget resolves the capsule with the given function, which is app.target or app.name.
func (a *app) envTarget(c *cobra.Command, arg, manifest string,
	resolve func(ctx context.Context, h *home.Home, arg, manifest string) (target, error),
) (envTarget, error) {
	h, err := a.openHome()
	if err != nil {
		return envTarget{}, err
	}
	p, err := a.activePrincipal(c, h)
	if err != nil {
		return envTarget{}, err
	}
	t, err := resolve(c.Context(), h, arg, manifest)
	return envTarget{t, h, p}, err
}

// envChange is what env set and env unset report about one key.
type envChange struct {
	envTarget
	key home.Key
}

func addEnvJSON(a *app, c *cobra.Command) *reporter[envChange] {
	return addJSON(a, c,
		jsonField("capsule", func(r envChange) string { return r.id.String() }),
		jsonField("key", func(r envChange) string { return r.key.String() }),
		jsonField("principal", func(r envChange) string { return r.principal.String() }),
	)
}
