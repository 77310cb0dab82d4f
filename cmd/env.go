package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"astrid/internal/envfile"
	"astrid/internal/inert"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

func (a *app) envCmd() *cobra.Command {
	return noun("env", "Keep the settings of capsules", `Keep the settings that a principal gives a capsule: an overlay over what the capsule's manifest declares.

A capsule that asks for a setting is answered from the overlay, else from the manifest's default. Secrets are no
settings: see 'astrid secret'.`,
		a.envSetCmd(), a.envUnsetCmd(), a.envGetCmd(), a.envListCmd(), a.envDiffCmd(), a.envEditCmd(), a.envImportCmd(), a.envExportCmd())
}

// envTarget is what every verb of env acts on.
type envTarget struct {
	target
	app       *app
	home      *home.Home
	principal home.Principal
}

// envTarget resolves the capsule with the given function, which is app.target or app.name.
func (a *app) envTarget(c *cobra.Command, arg, manifest string,
	resolve func(ctx context.Context, h *home.Home, arg, manifest string) (target, error),
) (envTarget, error) {
	h, p, err := a.acting(c)
	if err != nil {
		return envTarget{}, err
	}
	t, err := resolve(c.Context(), h, arg, manifest)
	return envTarget{t, a, h, p}, err
}

// resolver answers what the capsule reads.
func (t envTarget) resolver() *config.Resolver {
	return config.New(t.manifest, t.id, store.New(t.home))
}

// envChange is what is reported about one key that was set or unset.
type envChange struct {
	envTarget
	key    home.Key
	change envOutcome
}

// envOutcome is what becomes of a key in the overlay.
type envOutcome string

const (
	envCreated   envOutcome = "created"
	envReplaced  envOutcome = "replaced"
	envUnchanged envOutcome = "unchanged"
	envRemoved   envOutcome = "removed"
)

func addEnvJSON(a *app, c *cobra.Command) *reporter[envChange] {
	return addJSON(a, c,
		jsonField("capsule", func(r envChange) string { return r.id.String() }),
		jsonField("key", func(r envChange) string { return r.key.String() }),
		jsonField("principal", func(r envChange) string { return r.principal.String() }),
		jsonField("change", func(r envChange) string { return string(r.change) }),
	)
}

// envChanger is what verbs that change settings have in common.
type envChanger struct {
	*app
	cmd *cobra.Command
	out *reporter[envChange]

	dryRun bool
}

// addFlags gives a command that changes settings what they all have.
func (e *envChanger) addFlags(c *cobra.Command) {
	e.cmd = c
	c.Flags().BoolVar(&e.dryRun, "dry-run", false, "only say what would change")
	e.out = addEnvJSON(e.app, c)
}

// change applies settings, and takes keys away, in one go. The overlay must be as it was before, if that is not nil.
func (e *envChanger) change(ctx context.Context, t envTarget, before *overlay.Overlay, set []setting, unset []home.Key) ([]envChange, error) {
	var changes []envChange
	apply := func(o *overlay.Overlay) error {
		changes = nil
		for _, s := range set {
			outcome := envCreated
			if old, ok := o.Lookup(s.key.String()); ok {
				outcome = envReplaced
				if old == s.value {
					outcome = envUnchanged
				}
			}
			if err := o.Set(s.key, s.value); err != nil {
				return err
			}
			changes = append(changes, envChange{t, s.key, outcome})
		}
		for _, key := range unset {
			if o.Unset(key) {
				changes = append(changes, envChange{t, key, envRemoved})
			}
		}
		return nil
	}
	switch {
	case e.dryRun:
	case before != nil:
		err := overlay.UpdateFrom(ctx, t.home, t.principal, t.id, before, apply)
		return changes, err
	default:
		err := overlay.Update(ctx, t.home, t.principal, t.id, apply)
		return changes, err
	}
	o, err := overlay.Load(ctx, t.home, t.principal, t.id)
	if err == nil {
		err = apply(o)
	}
	return changes, err
}

// print reports changes.
func (e *envChanger) print(changes []envChange) error {
	if e.out.wanted() {
		return e.out.many(e.cmd, changes)
	}
	for _, r := range changes {
		verb := "set"
		if r.change == envRemoved {
			verb = "unset"
		}
		if e.dryRun {
			verb = "would " + verb
		}
		text := fmt.Sprintf("%s %s of capsule %s for principal %s", verb, inert.Line(r.key.String()), r.id, r.principal)
		if e.dryRun {
			text += ": " + string(r.change)
		}
		if _, err := io.WriteString(e.io.Out, text+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// setting is a key and the text that the overlay is to hold for it.
type setting struct {
	key   home.Key
	value string
}

// accept checks one setting, and returns it as the overlay stores it.
func (t envTarget) accept(ctx context.Context, name, typed string, force bool) (setting, error) {
	key, err := home.ParseKey(name)
	if err == nil {
		err = key.CheckSet()
	}
	if err != nil {
		return setting{}, err
	}
	text, err := t.resolver().Setting(ctx, t.principal, key, typed)
	if e, ok := errors.AsType[*config.KeyError](err); ok && e.Undeclared() && force {
		text, err = typed, nil
	}
	return setting{key, text}, t.app.keyHint(t.target, err)
}

// acceptAll checks the pairs of a file.
func (t envTarget) acceptAll(ctx context.Context, src source, pairs []envfile.Pair, force bool) ([]setting, error) {
	settings := make([]setting, len(pairs))
	for i, p := range pairs {
		var err error
		if settings[i], err = t.accept(ctx, p.Key, p.Value, force); err != nil {
			return nil, src.at(p, false, err)
		}
	}
	return settings, nil
}

// noteUnknown says that nothing is known of the capsule, and so nothing of its keys.
func (a *app) noteUnknown(t target) {
	if t.manifest == nil {
		a.note("nothing declares these keys yet: capsule %s is not installed and no manifest was given", t.id)
	}
}
