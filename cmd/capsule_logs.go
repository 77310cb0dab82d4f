package cmd

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"astrid/pkg/caplog"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
)

// followEvery is how often a log is looked at while it is followed.
const followEvery = 250 * time.Millisecond

// capsuleLogs is one execution of capsule logs.
type capsuleLogs struct {
	*app
	cmd *cobra.Command
	out *reporter[caplog.Line]

	follow bool
	since  string
	level  string
	lines  int
}

func (a *app) capsuleLogsCmd() *cobra.Command {
	s := &capsuleLogs{app: a}
	levels := strings.Fields(hostsys.Level(0).WitCases())
	c := &cobra.Command{
		Use:   "logs [<capsule>]",
		Short: "Show what capsules logged",
		Long: `Show what a capsule logged when it ran for the principal, or what all capsules did, in the order of time.

A line is '<unix seconds> <LEVEL> [<capsule>] <message>' as in the file; on a terminal the time is readable. A line that
is no log line, such as the second one of a message that another program wrote with its line feeds, is shown as it is,
with what could harm a terminal escaped, and goes with the log line before it.

--since takes a duration such as 90m or 2d, of at most 292 years, a day, or a time as RFC 3339 writes it. --follow shows what is logged from
then on, over midnight too, until it is interrupted. With --json there is an object a line, not an array.

EXIT STATUS
  0    shown, or nothing was logged
  2    usage
  4    no such capsule: it is not installed and has logged nothing
  6    refused: a file or directory is not safe
  7    run/cli-context.toml is not valid
  130  interrupted while it followed
  143  terminated while it followed`,
		Example: `  astrid capsule logs greeter
  astrid capsule logs --principal alice --level warn --since 2d
  astrid capsule logs greeter --lines 0 --json time,message`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completeLogs,
	}
	s.cmd = c
	f := c.Flags()
	f.BoolVarP(&s.follow, "follow", "f", false, "go on with what is logged from now on")
	f.StringVar(&s.since, "since", "", "show lines from this `time` on: a duration, a day or a time")
	f.StringVar(&s.level, "level", "trace", "show lines of this `level` and above: "+strings.Join(levels, ", "))
	f.IntVarP(&s.lines, "lines", "n", 100, "show the last `number` of lines; 0 for all")
	_ = c.RegisterFlagCompletionFunc("level", cobra.FixedCompletions(levels, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	_ = c.RegisterFlagCompletionFunc("since", cobra.NoFileCompletions)                                            // the flag exists
	_ = c.RegisterFlagCompletionFunc("lines", cobra.NoFileCompletions)                                            // the flag exists
	s.out = addJSON(a, c,
		jsonFieldIf("time", isLogLine, func(l caplog.Line) string { return l.Time.Format(logTime) }),
		jsonFieldIf("level", isLogLine, func(l caplog.Line) string { return strings.ToLower(caplog.LevelName(l.Level)) }),
		jsonField("capsule", func(l caplog.Line) string { return l.Capsule.String() }),
		jsonField("message", func(l caplog.Line) string { return l.Message }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args) }
	return c
}

// logTime shows the time of a line.
const logTime = "2006-01-02T15:04:05.000Z"

// isLogLine reports whether a line is a log line.
func isLogLine(r caplog.Line) bool { return r.Err == nil }

// completeLogs completes the capsules that the principal has logs of.
func (a *app) completeLogs(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if h, err := a.openHome(); err == nil && len(args) == 0 {
		if p, err := a.activePrincipal(c, h); err == nil {
			capsules, _ := h.LogCapsules(p)
			for _, id := range capsules {
				names = append(names, id.String())
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (s *capsuleLogs) run(ctx context.Context, args []string) error {
	q, err := s.query()
	if err != nil {
		return err
	}
	h, p, err := s.acting(s.cmd)
	if err != nil {
		return err
	}
	var capsules []home.CapsuleID
	if len(args) == 1 {
		id, err := s.logged(ctx, h, p, args[0])
		if err != nil {
			return err
		}
		capsules = append(capsules, id)
	}
	r := caplog.NewReader(h, p, q, capsules...)
	if s.follow {
		return r.Follow(ctx, tick, s.print)
	}
	shown := false
	err = r.Read(ctx, func(l caplog.Line) error {
		shown = true
		return s.print(l)
	})
	if err == nil && !shown {
		s.note("principal %s has no such lines", p)
	}
	return err
}

// tick waits until a log that is followed shall be looked at again.
func tick(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(followEvery):
		return nil
	}
}

// logged returns the capsule that the argument names, if there is anything to be known of it.
func (s *capsuleLogs) logged(ctx context.Context, h *home.Home, p home.Principal, arg string) (home.CapsuleID, error) {
	t, err := s.name(ctx, h, arg, "")
	if err != nil || s.follow {
		return t.id, err
	}
	days, err := h.Logs(p, t.id)
	if err != nil || len(days) > 0 || t.manifest != nil {
		return t.id, err
	}
	installed, err := h.CapsuleDir(t.id).Exists()
	if err == nil && !installed {
		return t.id, &notFoundError{
			msg:  fmt.Sprintf("capsule %s is not installed and has logged nothing for principal %s", t.id, p),
			hint: "without a capsule, the lines of all of them are shown",
		}
	}
	return t.id, err
}

// query reads the flags.
func (s *capsuleLogs) query() (caplog.Query, error) {
	level, ok := hostsys.ParseLevel(s.level)
	switch {
	case !ok:
		return caplog.Query{}, usagef("--level takes one of %s", strings.Join(strings.Fields(level.WitCases()), ", "))
	case s.lines < 0:
		return caplog.Query{}, usagef("--lines takes a number from 0")
	}
	q := caplog.Query{Level: level.Slog(), Last: s.lines}
	if !s.cmd.Flags().Changed("since") {
		return q, nil
	}
	var err error
	q.Since, err = since(s.since, s.now())
	return q, err
}

// since reads the value of --since: a time, the beginning of a day in UTC, or how long before now.
func since(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	age, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		age, err = time.ParseDuration(days + "h")
		if age.Abs() > math.MaxInt64/24 {
			age = -1 // and not what is left of it after an overflow
		}
		age *= 24
	}
	if err != nil || age < 0 {
		return time.Time{}, usagef("--since takes a duration such as 90m or 2d, of at most 292 years, a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z")
	}
	return now.Add(-age), nil
}

// print shows a line, whose message is inert.
func (s *capsuleLogs) print(l caplog.Line) error {
	if s.out.wanted() {
		return s.out.one(s.cmd, l)
	}
	text := l.Message
	switch {
	case l.Err != nil:
	case s.io.IsOutTTY():
		text = fmt.Sprintf("%s %s %s %s", s.paintOut(dimStyle, l.Time.Format(logTime)), s.paintLevel(l),
			s.paintOut(headStyle, l.Capsule.String()), l.Message)
	default:
		text = caplog.Format(l.Time, l.Level, l.Capsule, l.Message)
	}
	_, err := io.WriteString(s.io.Out, text+"\n")
	return err
}

// paintLevel shows the level of a line, five characters wide.
func (s *capsuleLogs) paintLevel(l caplog.Line) string {
	name := fmt.Sprintf("%-5s", caplog.LevelName(l.Level))
	switch {
	case l.Level >= hostsys.LevelError.Slog():
		return s.paintOut(badStyle, name)
	case l.Level <= hostsys.LevelDebug.Slog():
		return s.paintOut(dimStyle, name)
	}
	return name
}
