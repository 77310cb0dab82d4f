package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/paste"
	"astrid/pkg/home"
)

func (a *app) principalCmd() *cobra.Command {
	return noun("principal", "Keep the principals that capsules act for", `Keep the principals that capsules act for. A principal is a name with a home of its own in the tree: its secrets, its
settings, the logs of the capsules that acted for it, and what they keep there.

One of them is active, and every command acts for it unless --principal or ASTRID_PRINCIPAL names another. A principal
needs no home to have secrets and settings, but capsules log to one only where it is.`,
		a.principalListCmd(), a.principalCreateCmd(), a.principalShowCmd(), a.principalUseCmd(), a.principalRemoveCmd())
}

// principalRow is what is known of a principal.
type principalRow struct {
	home.Principal
	home.Belongings
	place  *home.Home
	active bool
}

// describePrincipal returns what is known of a principal, and a *notFoundError for a name that nobody has given yet.
func (a *app) describePrincipal(ctx context.Context, h *home.Home, p home.Principal) (principalRow, error) {
	b, err := h.Measure(ctx, p)
	if err != nil {
		return principalRow{}, err
	}
	if b.IsZero() && p != home.DefaultPrincipal() {
		return principalRow{}, &notFoundError{
			msg:  fmt.Sprintf("there is no principal %s", p),
			hint: fmt.Sprintf("'astrid principal list' shows who there is; '%s' makes it", paste.Command("principal create", []string{p.String()}, nil)),
		}
	}
	return principalRow{p, b, h, false}, nil
}

// The fields that list, show and remove report.
func principalFields() []field[principalRow] {
	return []field[principalRow]{
		jsonField("principal", func(r principalRow) string { return r.Principal.String() }),
		jsonField("active", func(r principalRow) bool { return r.active }),
		jsonField("home", func(r principalRow) *string {
			return ifThere(r.Home, r.place.PrincipalDir(r.Principal).Path())
		}),
		jsonField("profile", func(r principalRow) *string {
			return ifThere(r.Profile, r.place.ProfileFile(r.Principal).Path())
		}),
		jsonField("secrets", func(r principalRow) int { return r.Secrets }),
		jsonField("settings", func(r principalRow) int { return r.Overlays }),
		jsonField("files", func(r principalRow) int { return r.Files }),
		jsonField("bytes", func(r principalRow) int64 { return r.Bytes }),
	}
}

func ifThere(there bool, path string) *string {
	if !there {
		return nil
	}
	return &path
}

// has says in words what a principal has, for a question and for a report.
func (r principalRow) has() string {
	var parts []string
	for _, part := range []struct {
		there bool
		text  string
	}{
		{r.Home, fmt.Sprintf("its home (%s, %s)", plural(r.Files, "file"), plural(int(r.Bytes), "byte"))},
		{r.Secrets > 0, plural(r.Secrets, "secret")},
		{r.Overlays > 0, plural(r.Overlays, "settings file")},
		{r.Profile, "its profile"},
		{r.Removing, "what an interrupted removal left"},
	} {
		if part.there {
			parts = append(parts, part.text)
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
