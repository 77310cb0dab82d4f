package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/internal/redact"
	"astrid/pkg/caplog"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
)

// defaultTimeout bounds a call that is not a run loop.
const defaultTimeout = 300 * time.Second

// runOptions are the flags of capsule run.
type runOptions struct {
	manifest    string
	action      string
	payload     string
	payloadFile string
	timeout     time.Duration
	logStderr   string
	lifecycle   string
	sourceID    string
	memory      string
	noSecrets   bool
	trust       bool
	noCache     bool
	fuel        uint64
	stats       bool
	raw         bool
}

func (a *app) capsuleRunCmd() *cobra.Command {
	o := &runOptions{}
	c := &cobra.Command{
		Use:   "run <capsule|path|uuid>",
		Short: "Run a capsule",
		Long: `Run a capsule in process: an installed one, or that of a Capsule.toml or of a directory with one, or a wasm file, which is a
component, or a core module with canonically lowered imports. An installed one runs only if its code is what was installed.

With --action the capsule's astrid-hook-trigger is called, and the data that it returns is printed: byte for byte when
piped; on a terminal without secrets and with control characters made harmless, unless --raw is given. Without
--action its run is called.

The manifest is --manifest, else the installed one, or a Capsule.toml beside the file whose component names the file,
else none: then the capsule has no capabilities and no settings, and its id comes from the file's name.

The capsule sees the secrets and the overlay of the principal that it runs for. A file under the name of an installed
capsule with another content is refused. For one that is not installed, stderr says which secrets it may read.

A first interrupt cancels what the capsule waits for and lets it finish within 5 seconds; a second one ends it.

EXIT STATUS
  0    done
  2    usage; the capsule does not export the function
  3    the capsule answered deny or abort
  4    no such capsule or file
  6    refused: a secret or the file's identity is not safe
  7    the code is not what was installed; it, its manifest or an overlay is not valid; an import cannot be provided
  8    the capsule trapped
  9    the capsule met a resource limit
  124  the capsule did not finish in time
  130  interrupted
  143  terminated`,
		Example: `  astrid capsule run greeter --action report
  astrid capsule run greeter.wasm --action report --principal alice
  echo '{"n":1}' | astrid capsule run greeter.wasm --action echo --payload-file -
  astrid capsule run greeter.wasm --timeout 10s --log-stderr=info`,
		Args: usageArgs(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	f.StringVar(&o.manifest, "manifest", "", "the capsule's Capsule.toml `file`")
	f.StringVar(&o.action, "action", "", "call astrid-hook-trigger with this action `name`")
	f.StringVar(&o.payload, "payload", "", "payload of the action, as `text`")
	f.StringVar(&o.payloadFile, "payload-file", "", "payload of the action, from a `file`, or - for stdin")
	f.DurationVar(&o.timeout, "timeout", 0, "end the capsule after this `duration`, counted from instantiation (default 5m; none for run)")
	f.StringVar(&o.logStderr, "log-stderr", "", "copy the capsule's log lines of this `level` and above to stderr")
	f.Lookup("log-stderr").NoOptDefVal = "trace"
	f.StringVar(&o.lifecycle, "lifecycle", "", "call a lifecycle hook: install or upgrade")
	f.StringVar(&o.sourceID, "source-id", "", "`uuid` that the capsule sees as its caller (default: one that stands for the operator)")
	f.StringVar(&o.memory, "memory", "64MiB", "bound on the capsule's linear memories together, as a `size` in KiB, MiB or GiB")
	f.Uint64Var(&o.fuel, "fuel", 0, "bound on what the capsule executes, in `units` of about one instruction (default: none)")
	f.BoolVar(&o.stats, "stats", false, "say on stderr what the run took: fuel, memory, times and host calls")
	f.BoolVar(&o.noSecrets, "no-secrets", false, "let the capsule read no secrets: every one reads as unset")
	f.BoolVar(&o.trust, "trust", false, "run a file under the name of an installed capsule with another content")
	f.BoolVar(&o.noCache, "no-cache", false, "compile the capsule without keeping the code for the next run")
	f.BoolVar(&o.raw, "raw", false, "print the returned data as it is, on a terminal too")
	c.MarkFlagsMutuallyExclusive("payload", "payload-file")
	_ = c.MarkFlagFilename("manifest", "toml") // the flags exist
	_ = c.MarkFlagFilename("payload-file")
	c.MarkFlagsMutuallyExclusive("action", "lifecycle")
	_ = c.RegisterFlagCompletionFunc("lifecycle", cobra.FixedCompletions([]string{"install", "upgrade"}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("log-stderr", cobra.FixedCompletions(strings.Fields(hostsys.Level(0).WitCases()), cobra.ShellCompDirectiveNoFileComp))
	c.ValidArgsFunction = a.completion(nil, false)
	out := addJSON(a, c,
		jsonField("action", func(r hostsys.HookResult) string { return r.Action }),
		jsonField("data", func(r hostsys.HookResult) *string { return r.Data }),
	)
	c.RunE = func(c *cobra.Command, args []string) error {
		r := &capsuleRun{app: a, cmd: c, opts: o, arg: args[0], out: out, redact: new(redact.Set)}
		return r.run(c.Context())
	}
	return c
}

// capsuleRun is one execution of capsule run.
type capsuleRun struct {
	app    *app
	cmd    *cobra.Command
	opts   *runOptions
	arg    string
	out    *reporter[hostsys.HookResult]
	redact *redact.Set
}

func (r *capsuleRun) run(ctx context.Context) (err error) {
	if err := r.checkFlags(); err != nil {
		return err
	}
	payload, err := r.payload()
	if err != nil {
		return err
	}
	h, principal, err := r.app.acting(r.cmd)
	if err != nil {
		return err
	}
	s, err := r.subject(ctx, h)
	if err != nil {
		return err
	}
	ctx, stop, release := r.app.interruptible(ctx)
	defer func() { release(err) }()
	cfg, err := r.config(ctx, h, s, principal)
	if err != nil {
		return err
	}
	opened, err := r.open(stop, s, cfg)
	if err != nil {
		return interruptedOr(stop, err)
	}
	result, stats, err := r.call(ctx, stop, opened, principal, payload)
	if cerr := opened.Close(context.WithoutCancel(ctx)); err == nil {
		err = cerr
	}
	release(err)
	if r.opts.stats {
		r.printStats(stats)
	}
	if err == nil && r.opts.action != "" {
		err = r.print(result)
	}
	return r.clean(interruptedOr(stop, err))
}

// interruptedOr makes the operator's signal the outcome, whatever the capsule made of it.
func interruptedOr(stop context.Context, err error) error {
	if cause := context.Cause(stop); errors.Is(cause, capsule.ErrInterrupted) || errors.Is(cause, capsule.ErrTerminated) {
		return fmt.Errorf("the capsule was %w", cause)
	}
	return err
}

// clean takes the secrets that the capsule was given out of what it made an error say.
func (r *capsuleRun) clean(err error) error {
	if err == nil {
		return nil
	}
	if i, ok := errors.AsType[*component.InterruptError](err); ok {
		err = i.Cause
	}
	text, cut := r.redact.Head(err.Error(), caplog.MaxMessage)
	switch {
	case cut:
		return &redacted{err, caplog.Cut(text)}
	case text != err.Error():
		return &redacted{err, text}
	}
	return err
}

// redacted is an error with another text.
type redacted struct {
	error
	text string
}

func (e *redacted) Error() string { return e.text }
func (e *redacted) Unwrap() error { return e.error }

func (r *capsuleRun) checkFlags() error {
	o, set := r.opts, r.cmd.Flags().Changed
	switch {
	case set("action") && o.action == "":
		return usagef("--action takes the name of an action")
	case !utf8.ValidString(o.action):
		return usagef("--action takes a name in UTF-8")
	case !set("action") && (set("payload") || set("payload-file")):
		return usagef("a payload goes with --action")
	case !set("action") && r.out.wanted():
		return usagef("--json reports what an action returned: it goes with --action")
	case set("lifecycle") && o.lifecycle != "install" && o.lifecycle != "upgrade":
		return usagef("--lifecycle takes install or upgrade, not %q", o.lifecycle)
	case set("timeout") && o.timeout <= 0:
		return usagef("--timeout takes a duration above zero")
	case set("fuel") && o.fuel == 0:
		return usagef("--fuel takes a number above zero")
	case set("source-id") && !isUUID(o.sourceID):
		return usagef("--source-id takes a UUID of 36 characters, not %q", o.sourceID)
	}
	return nil
}

func (r *capsuleRun) payload() ([]byte, error) {
	switch r.opts.payloadFile {
	case "":
		return []byte(r.opts.payload), nil
	case "-":
		if r.app.io.IsInTTY() {
			fmt.Fprintln(r.app.io.Err, "astrid: reading the payload from the terminal; end it with ctrl-d")
		}
		return readLimited(r.app.io.In, "stdin", maxWasm)
	}
	f, err := os.Open(r.opts.payloadFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readLimited(f, r.opts.payloadFile, maxWasm)
}

// open compiles and links the capsule, and says so where that takes long.
func (r *capsuleRun) open(ctx context.Context, s subject, cfg capsule.Config) (*capsule.Capsule, error) {
	done := r.app.progress("compiling " + inert.Line(filepath.Base(s.name)))
	defer done()
	opened, err := capsule.Open(ctx, s.wasm, cfg)
	if err != nil {
		return nil, aboutFile(s.name, err)
	}
	return opened, nil
}

// aboutFile says which file an error of the component layer is about.
func aboutFile(file string, err error) error {
	if as[*home.UnsafeError](err) || as[*home.TooLargeError](err) {
		return err // about a file of the tree, which it names
	}
	return fmt.Errorf("%s: %w", file, err)
}

// call calls what the options name. Only an action has a result.
func (r *capsuleRun) call(ctx, stop context.Context, c *capsule.Capsule, p home.Principal, payload []byte) (result hostsys.HookResult, stats capsule.Stats, err error) {
	call := capsule.Call{Principal: p, SourceID: strings.ToLower(r.opts.sourceID), Timeout: r.opts.timeout, Stop: stop, Stats: &stats}
	if call.Timeout == 0 && (r.opts.action != "" || r.opts.lifecycle != "") {
		call.Timeout = defaultTimeout
	}
	switch {
	case r.opts.lifecycle == "install":
		err = c.Lifecycle(ctx, call, capsule.ExportInstall)
	case r.opts.lifecycle == "upgrade":
		err = c.Lifecycle(ctx, call, capsule.ExportUpgrade)
	case r.opts.action != "":
		result, err = c.Trigger(ctx, call, r.opts.action, payload)
	default:
		err = c.Run(ctx, call)
		if as[*component.ExportError](err) && slices.Contains(c.Exports(), capsule.ExportHook) {
			err = withHint(err, "call its %s with --action NAME", capsule.ExportHook)
		}
	}
	return result, stats, err
}

// print shows what an action returned. Secrets of the capsule's do not come on a screen, in whatever form the operator asked
// for; --raw and a pipe get the data as it is.
func (r *capsuleRun) print(result hostsys.HookResult) error {
	screen := r.app.io.IsOutTTY() && !r.opts.raw
	if screen {
		result.Action = r.redact.String(result.Action)
		if result.Data != nil {
			clean := r.redact.String(*result.Data)
			result.Data = &clean
		}
	}
	if r.out.wanted() {
		if err := r.out.one(r.cmd, result); err != nil {
			return err
		}
	}
	if result.Verdict() == hostsys.Deny {
		return &deniedError{msg: r.inert("the capsule answered " + result.Action + ": " + result.Reason())}
	}
	if result.Action != "continue" {
		fmt.Fprintf(r.app.io.Err, "astrid: action: %s\n", r.inert(result.Action))
	}
	if r.out.wanted() || result.Data == nil {
		return nil
	}
	text := *result.Data
	if screen {
		text = inert.Text(text)
		if !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
	}
	_, err := io.WriteString(r.app.io.Out, text)
	return err
}

// printStats says what a run took, one fact a line.
func (r *capsuleRun) printStats(s capsule.Stats) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(r.app.io.Err, "astrid: stats: %s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("fuel", "%d", s.Fuel)
	line("memory", "%d bytes", s.Memory)
	line("compile", "%s", s.Compile)
	line("instantiate", "%s", s.Instantiate)
	line("run", "%s", s.Run)
	for _, call := range s.HostCalls {
		line("host-call", "%s %d", inert.Line(call.Name), call.Count)
	}
}

// inert makes text of the capsule's safe to show, and cuts it as a log line is.
func (r *capsuleRun) inert(s string) string {
	text, cut := r.redact.Head(s, caplog.MaxMessage)
	if cut {
		return caplog.Cut(text)
	}
	return caplog.Message(text)
}
