package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/pkg/doctor"
	"astrid/pkg/home"
)

// doctorRun is one execution of doctor.
type doctorRun struct {
	*app
	cmd *cobra.Command
	out *reporter[doctorRow]

	fix bool
}

// doctorRow is a finding, or with --fix what became of it.
type doctorRow struct {
	doctor.Finding
	did string // "" where nothing was done
}

func (a *app) doctorCmd() *cobra.Command {
	s := &doctorRun{app: a}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Examine the tree, and mend what is safe to mend",
		Long: `Examine ~/.astrid and say what is wrong with it and what to do about it. Nothing is changed without --fix, no link is
followed, and no value of a secret or setting is shown. What capsules keep in a principal's home is not looked at.

Unsafe is what others can get at, or what is refused for that:
  mode       group or others may read or write a secret, a key or settings, write anything, or reach what they can read
  owner      it belongs to another user
  link       a symbolic link
  hard-link  a file with a second name
  kind       a pipe, a device or a directory in place of a file
  temp       what an interrupted write has left, with the value that was to be written
  plaintext  a secret among the settings

Malformed is what cannot be understood, or not by every program that reads the tree:
  overlay    a settings file that is no JSON object of strings, or too large
  secret     one that is too large or not UTF-8
  manifest   an installed capsule whose Capsule.toml or meta.json cannot be read
  context    run/cli-context.toml
  layout     a tree of another layout
  digest     keys/digest.key, which tells secrets apart
  name       a principal like another one but for letter case
  removal, install  one that was interrupted
  access     the system does not let us look

A notice is what may not be what was meant: a secret that is empty, orphaned or shadowed, a setting that has no effect, a
file that nothing reads, a lock that somebody holds.

--fix takes away what group and others may do, removes temporary files and symbolic links in the place of a secret,
gives files with a second name a copy of their own, writes settings as strings, finishes what was interrupted, and says what it did. It
leaves alone what belongs to others.

EXIT STATUS
  0  clean, or nothing but notices
  2  usage
  5  with --fix, another program has a lock
  6  unsafe, and --fix is not given, leaves it alone or could not mend it
  7  malformed, and nothing is unsafe`,
		Example: `  astrid doctor
  astrid doctor --fix
  astrid doctor --json check,severity,path,remedy`,
		Args:              usageArgs(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	s.cmd = c
	c.Flags().BoolVar(&s.fix, "fix", false, "mend what is safe to mend, and say what was done")
	s.out = addJSON(a, c,
		jsonField("check", func(r doctorRow) string { return string(r.Check) }),
		jsonField("severity", func(r doctorRow) string { return r.Severity.String() }),
		jsonField("path", func(r doctorRow) string { return r.Path }),
		jsonField("problem", func(r doctorRow) string { return r.Problem }),
		jsonField("remedy", func(r doctorRow) string { return r.Remedy }),
		jsonField("fixed", func(r doctorRow) *string {
			if r.did == "" {
				return nil
			}
			return &r.did
		}),
	)
	c.RunE = func(c *cobra.Command, _ []string) error { return s.run(c.Context()) }
	return c
}

func (s *doctorRun) run(ctx context.Context) error {
	h, err := s.openHome()
	if err != nil {
		return err
	}
	done := s.progress("examining " + inert.Line(h.Root()))
	rows, failures, err := s.examine(ctx, h)
	done()
	if err != nil {
		return err
	}
	if err := s.print(h, rows); err != nil {
		return err
	}
	var left []doctor.Finding
	for _, r := range rows {
		if r.did == "" {
			left = append(left, r.Finding)
		}
	}
	return errors.Join(append(failures, doctor.Judge(left))...)
}

// examine returns what was mended, then what is left.
func (s *doctorRun) examine(ctx context.Context, h *home.Home) (rows []doctorRow, failures []error, err error) {
	var repairs []doctor.Repair
	var left []doctor.Finding
	if s.fix {
		repairs, left, err = doctor.Mend(ctx, h)
	} else {
		left, err = doctor.Examine(ctx, h)
	}
	for _, r := range repairs {
		switch {
		case r.Err != nil:
			failures = append(failures, fmt.Errorf("could not mend it: %w", r.Err))
		case r.Did != "":
			rows = append(rows, doctorRow{r.Finding, r.Did})
		}
	}
	for _, f := range left {
		rows = append(rows, doctorRow{Finding: f})
	}
	return rows, failures, err
}

func (s *doctorRun) print(h *home.Home, rows []doctorRow) error {
	if s.out.wanted() {
		return s.out.many(s.cmd, rows)
	}
	if len(rows) == 0 && s.io.IsOutTTY() {
		s.note("%s is as it should be", h.Root())
	}
	for _, r := range rows {
		if _, err := io.WriteString(s.io.Out, s.text(r)); err != nil {
			return err
		}
	}
	return nil
}

// text is a finding in two lines, the second of which says what to do about it or what was done.
func (s *doctorRun) text(r doctorRow) string {
	look, word := dimStyle, r.Severity.String()
	switch {
	case r.did != "":
		look, word = goodStyle, "fixed"
	case r.Severity > doctor.Notice:
		look = badStyle
	}
	second := "remedy: " + inert.Line(r.Remedy)
	if r.did != "" {
		second = inert.Line(r.did)
	}
	return fmt.Sprintf("%s %s: %s: %s\n  %s\n", s.paintOut(look, word), r.Check, inert.Line(r.Path), inert.Line(r.Problem), second)
}
