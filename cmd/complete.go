package cmd

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"astrid/pkg/home"
	"astrid/pkg/overlay"
)

// Completion offers names and never values, and says nothing where it fails.

// completion completes positional arguments. The capsule comes first; keys completes what follows it.
func (a *app) completion(keys func(c *cobra.Command, h *home.Home, capsule string) []string, repeat bool) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		h, err := a.openHome()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		switch {
		case len(args) == 0:
			return a.knownCapsules(c, h), cobra.ShellCompDirectiveDefault // files name capsules too
		case keys == nil || len(args) > 1 && !repeat:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names := slices.DeleteFunc(keys(c, h, args[0]), func(k string) bool { return slices.Contains(args[1:], k) })
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// fileCompletion completes a capsule, and then a file.
func (a *app) fileCompletion() cobra.CompletionFunc {
	capsule := a.completion(nil, false)
	return func(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return capsule(c, args, toComplete)
	}
}

// knownCapsules lists the capsules that are installed, or that somebody keeps settings for.
func (a *app) knownCapsules(c *cobra.Command, h *home.Home) []string {
	found, _ := h.Capsules()
	scopes := []home.Scope{home.HostScope()}
	if p, err := a.activePrincipal(c, h); err == nil {
		scopes = append(scopes, home.PrincipalScope(p))
		overlays, _ := h.Overlays(p)
		found = append(found, overlays...)
	}
	for _, s := range scopes {
		capsules, _ := h.SecretCapsules(s)
		found = append(found, capsules...)
	}
	names := make([]string, len(found))
	for i, id := range found {
		names[i] = id.String()
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// declaredKeys lists the keys, secret or not, that a capsule's manifest declares and an operator may set.
func (a *app) declaredKeys(secret bool, suffix string) func(*cobra.Command, *home.Home, string) []string {
	return func(c *cobra.Command, h *home.Home, capsule string) []string {
		flag, _ := c.Flags().GetString("manifest")
		t, err := a.target(c.Context(), h, capsule, flag)
		if err != nil || t.manifest == nil {
			return nil
		}
		var keys []string
		for _, name := range t.manifest.EnvKeys() {
			f, _ := t.manifest.Env(name)
			if key, err := home.ParseKey(name); err == nil && f.IsSecret() == secret && !home.ReservedKey(key.String()) {
				keys = append(keys, name+suffix)
			}
		}
		return keys
	}
}

// storedKeys lists the keys of the secrets that a capsule has in the scope of the flags.
func (a *app) storedKeys(c *cobra.Command, h *home.Home, capsule string) []string {
	flag, _ := c.Flags().GetString("manifest")
	t, err := a.name(c.Context(), h, capsule, flag)
	if err != nil {
		return nil
	}
	p, err := a.activePrincipal(c, h)
	if err != nil {
		return nil
	}
	word, _ := c.Flags().GetString("scope")
	scope, err := home.ParseScope(word, p)
	if err != nil {
		return nil
	}
	keys, _ := h.SecretKeys(scope, t.id)
	return writable(keys)
}

// overlaidKeys lists the keys that a principal's overlay sets.
func (a *app) overlaidKeys(c *cobra.Command, h *home.Home, capsule string) []string {
	flag, _ := c.Flags().GetString("manifest")
	t, err := a.name(c.Context(), h, capsule, flag)
	if err != nil {
		return nil
	}
	p, err := a.activePrincipal(c, h)
	if err != nil {
		return nil
	}
	o, err := overlay.Load(c.Context(), h, p, t.id)
	if err != nil {
		return nil
	}
	var keys []home.Key
	for _, name := range o.Keys() {
		if k, err := home.LookupKey(name); err == nil {
			keys = append(keys, k)
		}
	}
	return writable(keys)
}

// writable keeps the keys that are plain enough for a shell.
func writable(keys []home.Key) []string {
	var names []string
	for _, k := range keys {
		if _, err := home.ParseKey(k.String()); err == nil {
			names = append(names, k.String())
		}
	}
	return names
}

// completeNothing is for the values of flags for which nothing else is said: a shell would offer files.
func completeNothing(c *cobra.Command) {
	offerNothing := func(f *pflag.Flag) {
		if _, known := c.GetFlagCompletionFunc(f.Name); !known && !completesToFiles(f) {
			_ = c.RegisterFlagCompletionFunc(f.Name, cobra.NoFileCompletions) // the flag exists
		}
	}
	c.PersistentFlags().VisitAll(offerNothing)
	c.Flags().VisitAll(offerNothing)
	for _, sub := range c.Commands() {
		completeNothing(sub)
	}
}

// completesToFiles reports whether a flag names a file or a directory.
func completesToFiles(f *pflag.Flag) bool {
	_, file := f.Annotations[cobra.BashCompFilenameExt]
	_, dir := f.Annotations[cobra.BashCompSubdirsInDir]
	return file || dir
}

// completePrincipals completes --principal.
func (a *app) completePrincipals(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return a.knownPrincipals(), cobra.ShellCompDirectiveNoFileComp
}

// knownPrincipals lists the principals that have something in the tree, and the default one.
func (a *app) knownPrincipals() []string {
	known := []home.Principal{home.DefaultPrincipal()}
	if h, err := a.openHome(); err == nil {
		if found, err := h.KnownPrincipals(); err == nil {
			known = found
		}
	}
	names := make([]string, len(known))
	for i, p := range known {
		names[i] = p.String()
	}
	return names
}

// completePrincipal completes the one argument of a verb that takes a principal.
func (a *app) completePrincipal(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.knownPrincipals(), cobra.ShellCompDirectiveNoFileComp
}
