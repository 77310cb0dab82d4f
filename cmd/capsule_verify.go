package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"astrid/pkg/home"
	"astrid/pkg/registry"
)

// capsuleVerify is one execution of capsule verify.
type capsuleVerify struct {
	*app
	cmd *cobra.Command
	out *reporter[verified]
}

// verified is one file that a capsule was installed with.
type verified struct {
	registry.Content
	capsule home.CapsuleID
}

func (a *app) capsuleVerifyCmd() *cobra.Command {
	s := &capsuleVerify{app: a}
	c := &cobra.Command{
		Use:   "verify [<capsule|uuid>...]",
		Short: "Check that installed capsules are what was installed",
		Long: `Hash the code and the interfaces of installed capsules, of all of them if none is named, and compare them with what was
noted when they were installed. Every file is reported, whatever is wrong with others.

EXIT STATUS
  0  everything is what was installed
  2  usage; a name that breaks a rule
  4  a capsule that is named is not installed, or a file is missing, and nothing is worse
  6  refused: a file or directory is not safe
  7  a file is not what was installed, or a manifest is not valid`,
		Example: `  astrid capsule verify
  astrid capsule verify greeter --json path,expected,actual,state`,
		Args:              usageArgs(cobra.ArbitraryArgs),
		ValidArgsFunction: a.completeInstalled,
	}
	s.cmd = c
	s.out = addJSON(a, c,
		jsonField("capsule", func(r verified) string { return r.capsule.String() }),
		jsonField("file", func(r verified) string { return r.Name }),
		jsonField("path", func(r verified) *string { return orNil(r.Path) }),
		jsonField("size", func(r verified) int64 { return r.Size }),
		jsonField("expected", func(r verified) *string { return orNil(r.Hash) }),
		jsonField("actual", func(r verified) *string { return orNil(r.Got) }),
		jsonField("state", func(r verified) string { return string(r.State()) }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

func (s *capsuleVerify) run(ctx context.Context, args []string) error {
	h, err := s.openHome()
	if err != nil {
		return err
	}
	capsules, problems, err := s.capsules(ctx, h, args)
	if err != nil {
		return err
	}
	var rows []verified
	for _, c := range capsules {
		contents, err := registry.Check(ctx, h, c)
		if err != nil {
			return err
		}
		for _, content := range contents {
			rows = append(rows, verified{content, c.ID})
			problems = append(problems, content.Err)
		}
	}
	return errors.Join(append([]error{s.print(rows)}, problems...)...)
}

// capsules returns the ones that are named, or all.
func (s *capsuleVerify) capsules(ctx context.Context, h *home.Home, args []string) ([]registry.Capsule, []error, error) {
	if len(args) > 0 {
		capsules := make([]registry.Capsule, len(args))
		for i, arg := range args {
			var err error
			if capsules[i], err = s.installedCapsule(ctx, h, arg); err != nil {
				return nil, nil, err
			}
		}
		return capsules, nil, nil
	}
	r, err := registry.Open(ctx, h)
	if err != nil {
		return nil, nil, err
	}
	var problems []error
	for _, p := range r.Problems() {
		if _, err := home.ParseCapsuleID(p.Name); err != nil {
			s.note("%s", p.Error()) // no capsule, so that nothing of it was installed
			continue
		}
		problems = append(problems, p)
	}
	return r.All(), problems, nil
}

func (s *capsuleVerify) print(rows []verified) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		got := r.Got
		if got == "" {
			got = "-"
		}
		cells[i] = []string{r.capsule.String(), r.Name, string(r.State()), got}
	}
	s.table([]string{"CAPSULE", "FILE", "STATE", "BLAKE3"}, cells)
	return nil
}
