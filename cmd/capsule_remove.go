package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/home"
	"astrid/pkg/install"
)

// capsuleRemove is one execution of capsule remove.
type capsuleRemove struct {
	*app
	cmd *cobra.Command
	out *reporter[install.Removed]

	yes, force, purge bool
}

func (a *app) capsuleRemoveCmd() *cobra.Command {
	s := &capsuleRemove{app: a}
	c := &cobra.Command{
		Use:   "remove <capsule|uuid>",
		Short: "Remove an installed capsule",
		Long: `Remove an installed capsule, and its code and interfaces unless another capsule has the same. On a terminal it asks first;
elsewhere it needs --yes. What is removed is listed.

The settings, secrets and logs that principals have of it stay, unless --purge is given.

A capsule that exports what another one imports, and nothing else exports, is refused unless --force is given.

EXIT STATUS
  0  removed
  1  not confirmed
  2  usage; a name that breaks a rule; nobody to confirm it
  4  it is not installed
  5  something else is being installed or removed
  6  refused: another capsule needs it, or a file or directory is not safe
  7  the tree has another layout`,
		Example:           `  astrid capsule remove greeter --purge`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.firstInstalled,
	}
	s.cmd = c
	f := c.Flags()
	f.BoolVarP(&s.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&s.force, "force", false, "remove it although another capsule needs it")
	f.BoolVar(&s.purge, "purge", false, "remove settings, secrets and logs of it, too, of every principal and of the host")
	s.out = addJSON(a, c,
		jsonField("name", func(r install.Removed) string { return r.ID.String() }),
		jsonField("paths", func(r install.Removed) []string { return r.Paths }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func (s *capsuleRemove) run(ctx context.Context, arg string) error {
	h, err := s.openHome()
	if err != nil {
		return err
	}
	if isPath(arg) {
		return usagef("an installed capsule is named by its id or UUID, not by the path %s", inert.Line(arg))
	}
	t, err := s.name(ctx, h, arg, "") // what cannot be read can be removed
	if err != nil {
		return err
	}
	what, err := s.describe(h, t.id)
	if err != nil {
		return err
	}
	if err := s.confirm(s.yes, "remove", "removed", what); err != nil {
		return err
	}
	removed, err := install.Remove(ctx, h, t.id, install.RemoveOptions{Force: s.force, Purge: s.purge})
	if errors.Is(err, fs.ErrNotExist) && len(removed.Paths) == 0 {
		return notInstalled(t.id)
	}
	return errors.Join(s.print(removed), err)
}

// describe says what would be removed.
func (s *capsuleRemove) describe(h *home.Home, id home.CapsuleID) (string, error) {
	there, err := h.CapsuleDir(id).Exists()
	if err == nil && !there {
		there, err = h.CapsuleBackupDir(id).Exists()
	}
	switch {
	case err != nil:
		return "", err
	case !there:
		return "", notInstalled(id)
	}
	what := "capsule " + id.String()
	if !s.purge {
		return what, nil
	}
	data, err := install.DataOf(h, id)
	if err != nil {
		return "", err
	}
	parts := []string{what}
	for _, d := range data {
		parts = append(parts, inert.Line(d.String()))
	}
	return strings.Join(parts, ", "), nil
}

func (s *capsuleRemove) print(r install.Removed) error {
	switch {
	case len(r.Paths) == 0:
		return nil // the error says why
	case s.out.wanted():
		return s.out.one(s.cmd, r)
	}
	for _, path := range r.Paths {
		if _, err := fmt.Fprintln(s.io.Out, "removed "+inert.Line(path)); err != nil {
			return err
		}
	}
	return nil
}
