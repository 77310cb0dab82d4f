package cmd

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"astrid/internal/iostreams"
	"astrid/internal/nodump"
	"astrid/pkg/home"
)

// Main runs the program with the process's arguments and streams, and ends it with its exit code.
func Main(exit func(code int)) {
	a := &app{
		io:     iostreams.System(os.LookupEnv),
		lookup: os.LookupEnv,
		now:    time.Now,
		exit:   exit,
	}
	if err := nodump.Apply(); err != nil { // before there is a secret in memory
		a.note("the memory of this process is not protected from being dumped: %v", err)
	}
	exit(a.main(context.Background(), os.Args[1:]))
}

// app is what every command works with. Nothing in this package reaches for the process's streams, environment or
// clock by itself.
type app struct {
	io     *iostreams.Streams
	lookup func(string) (string, bool)
	now    func() time.Time
	exit   func(code int) // ends the process, whatever it waits for

	running   *cobra.Command // the one that is executed
	principal string         // --principal
	agent     string         // --agent, which is the same
	unparsed  bool           // the flags of the command could not be read to their end
}

func (a *app) main(ctx context.Context, args []string) int {
	ctx, done := context.WithCancel(ctx)
	defer done()
	out := &results{Writer: a.io.Out}
	a.io.Out = out
	root := a.root(args)
	checkTopics(root)
	root.SetArgs(args)
	root.SetIn(a.io.In)
	root.SetOut(a.io.Out)
	root.SetErr(a.io.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.err // what a command returns is about its task, and may be the same
	}
	if err != nil {
		a.report(cmd, err, a.wantsJSON(cmd, args))
	}
	return exitCode(err)
}

// root makes the program for its arguments.
func (a *app) root(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "astrid",
		Short: "Keep the secrets, overlays and capabilities of Astrid capsules, and run capsules",
		Long: `Astrid keeps the secrets, per-principal environment overlays and capability manifests of Astrid capsules in
~/.astrid, explains them, and runs capsules in process.

EXIT STATUS
Each verb lists the codes that it can end with. Any of them can also end with one of these:
  1    an error of no other kind, such as output that cannot be written
  130  interrupted
  143  terminated`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			a.running = c
			if err := c.ValidateFlagGroups(); err != nil { // cobra would, but later and not as a usage error
				return &usageError{err}
			}
			if err := checkFiles(c); err != nil {
				return err
			}
			return a.mergeAgent(c)
		},
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().StringVar(&a.principal, "principal", "", "act for the principal of this `name` (default: $ASTRID_PRINCIPAL, run/cli-context.toml, then \"default\")")
	root.PersistentFlags().StringVar(&a.agent, "agent", "", "same as --principal")
	_ = root.PersistentFlags().MarkHidden("agent") // the flag exists
	root.PersistentFlags().Var(&colorFlag{a.io, iostreams.ColorAuto}, "color", "`when` to colour output: auto, always or never")
	_ = root.RegisterFlagCompletionFunc("principal", a.completePrincipals) // the flag exists
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(
		[]string{string(iostreams.ColorAuto), string(iostreams.ColorAlways), string(iostreams.ColorNever)}, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	root.SetFlagErrorFunc(a.flagError)
	root.CompletionOptions.DisableDefaultCmd = true // there is completionCmd
	a.addCommands(root, args)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		completeNothing(root)
	}
	return root
}

// checkFiles refuses an empty name for a file, which would count as none given: a variable of a script's was not set.
func checkFiles(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if kind, _ := pflag.UnquoteUsage(f); kind == "file" && f.Value.String() == "" {
			err = usagef("--%s takes the name of a file, and it is empty", f.Name)
		}
	})
	return err
}

// addCommands gives the program the command that the arguments begin with, and all of them where they begin with
// something else, such as a flag or a request for help: what is not called need not be made, which would take longer
// than most commands do.
func (a *app) addCommands(root *cobra.Command, args []string) {
	all := []struct {
		name string
		make func() *cobra.Command
	}{
		{"secret", a.secretCmd},
		{"env", a.envCmd},
		{"capability", a.capabilityCmd},
		{"capsule", a.capsuleCmd},
		{"principal", a.principalCmd},
		{"doctor", a.doctorCmd},
		{"version", a.versionCmd},
		{"completion", a.completionCmd},
	}
	for _, c := range all {
		if len(args) > 0 && args[0] == c.name {
			root.AddCommand(c.make())
			return
		}
	}
	for _, c := range all {
		root.AddCommand(c.make())
	}
	root.AddCommand(a.docsCmd(), moved("caps", "astrid capability list <capsule>, or astrid capability check <capsule> <name>"),
		moved("logs", "astrid capsule logs [<capsule>]"))
}

// colorFlag is the value of --color. It counts as soon as it is read, so that it holds for errors of what follows it.
type colorFlag struct {
	io   *iostreams.Streams
	mode iostreams.ColorMode
}

// String is part of pflag.Value, as Type and Set are.
func (f *colorFlag) String() string { return string(f.mode) }

// Type says that it is a word.
func (f *colorFlag) Type() string { return "string" }

// Set takes one of the modes.
func (f *colorFlag) Set(text string) error {
	switch m := iostreams.ColorMode(text); m {
	case iostreams.ColorAuto, iostreams.ColorAlways, iostreams.ColorNever:
		f.mode = m
		f.io.SetColor(m)
		return nil
	}
	return errors.New("it takes auto, always or never")
}

// mergeAgent makes of --agent what --principal is.
func (a *app) mergeAgent(c *cobra.Command) error {
	if !c.Flags().Changed("agent") {
		return nil
	}
	if c.Flags().Changed("principal") && a.principal != a.agent {
		return usagef("--agent is the same as --principal, and they name two principals")
	}
	a.principal = a.agent
	return nil
}

// noun makes a command that only holds verbs. Called by itself it shows its help; a verb that does not exist is an
// error rather than the help, so that a typo in a script fails.
func noun(use, short, long string, verbs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  long,
		Args:  unknownVerb,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(verbs...)
	return c
}

// unknownVerb refuses what follows a noun and is none of its verbs.
func unknownVerb(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unknown command %q for %q", args[0], c.CommandPath())
	}
	return nil
}

// checkTopics makes cobra's help refuse what is no command, as a typo in its place is. What follows a verb is its
// arguments, for which its help is the answer.
func checkTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		return
	}
	help.Args = func(_ *cobra.Command, args []string) error {
		if c, rest, _ := root.Find(args); c.HasSubCommands() && len(rest) > 0 {
			return usagef("unknown help topic %q for %q", rest[0], c.CommandPath())
		}
		return nil
	}
}

// openHome returns the tree that the environment names. It touches no disk.
func (a *app) openHome() (*home.Home, error) { return home.Resolve(a.lookup) }

// acting returns the tree that a command acts on, and the principal that it acts for.
func (a *app) acting(c *cobra.Command) (*home.Home, home.Principal, error) {
	h, err := a.openHome()
	if err != nil {
		return nil, home.Principal{}, err
	}
	p, err := a.activePrincipal(c, h)
	return h, p, err
}

// activePrincipal returns the principal that the command acts for.
func (a *app) activePrincipal(cmd *cobra.Command, h *home.Home) (home.Principal, error) {
	if err := a.mergeAgent(cmd); err != nil { // completion comes here without what runs before a command
		return home.Principal{}, err
	}
	set := cmd.Flags().Changed("principal") || cmd.Flags().Changed("agent")
	return h.ActivePrincipal(a.principal, set, a.lookup)
}
