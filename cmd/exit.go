package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"astrid/internal/envfile"
	"astrid/internal/inert"
	"astrid/internal/iostreams"
	"astrid/internal/regular"
	"astrid/pkg/caplog"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/inspect"
	"astrid/pkg/component/wit"
	"astrid/pkg/config"
	"astrid/pkg/doctor"
	"astrid/pkg/home"
	"astrid/pkg/install"
	"astrid/pkg/lint"
	"astrid/pkg/manifest"
	"astrid/pkg/migrate"
	"astrid/pkg/overlay"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// The exit codes, as docs/exit-codes.md lists them.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitDenied      = 3
	exitNotFound    = 4
	exitBusy        = 5
	exitRefused     = 6
	exitInvalid     = 7
	exitTrap        = 8
	exitLimit       = 9
	exitDeadline    = 124
	exitInterrupted = 130
	exitTerminated  = 143
)

// usageError is a command line that does not say what to do.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// flagError is cobra's hook for flags that it cannot parse.
func (a *app) flagError(c *cobra.Command, err error) error {
	a.unparsed = true
	if _, private := c.Annotations[privateArgs]; private && !as[*pflag.ValueRequiredError](err) {
		return privateFlagError(c, err)
	}
	if args := c.Flags().Args(); c.HasSubCommands() && len(args) > 0 {
		return c.Args(c, args) // a flag of a verb that there is not
	}
	if _, reports := c.Annotations[jsonFieldsAnnotation]; reports && strings.Contains(err.Error(), "--json") {
		return jsonUsage(c)
	}
	if use := movedFlag(err); use != "" {
		return withHint(&usageError{err}, "%s", use)
	}
	return &usageError{err}
}

// deniedError is the answer no: a capability that is not held, an event that the capsule denied.
type deniedError struct {
	msg  string
	hint string
}

func (e *deniedError) Error() string { return e.msg }
func (e *deniedError) Hint() string  { return e.hint }

// silentError is an outcome that only the exit code tells, because the operator asked for that.
type silentError struct{ error }

func (e *silentError) Unwrap() error { return e.error }

// notFoundError is a capsule, file, key or secret that is not there.
type notFoundError struct {
	msg  string
	hint string
}

func (e *notFoundError) Error() string { return e.msg }
func (e *notFoundError) Hint() string  { return e.hint }

// refusedError is something that would be unsafe or is not the capsule that it says it is.
type refusedError struct {
	msg  string
	hint string
}

func (e *refusedError) Error() string { return e.msg }
func (e *refusedError) Hint() string  { return e.hint }

// hinted adds to an error what the operator can do about it.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }
func (e *hinted) Hint() string  { return e.hint }

func withHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// exitCode is the only place where an error becomes an exit code. The order matters where errors wrap each other:
// what ended a run counts before what the run met on its way. That a secret which could not be read counts before a trap
// or a limit is package capsule's, whose error then wraps the secret's alone.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	for _, class := range []struct {
		code int
		is   func(error) bool
	}{
		{exitInterrupted, anyOf(is(capsule.ErrInterrupted), is(iostreams.ErrInterrupted))},
		{exitTerminated, anyOf(is(capsule.ErrTerminated), is(iostreams.ErrTerminated))},
		{exitDeadline, is(context.DeadlineExceeded)},
		{exitRefused, ofInstalled(as[*home.UnsafeError])},
		{exitInvalid, anyOf(ofInstalled(func(error) bool { return true }), as[*home.ContextError])}, // whose names nobody typed
		{exitUsage, anyOf(as[*usageError], as[*home.NameError], as[*home.AlikeError], as[*component.ExportError], as[*home.EnvError],
			as[*manifest.ValueError], as[*manifest.ArgumentError], as[*overlay.ValueError], as[*config.KeyError])},
		{exitDenied, as[*deniedError]},
		{exitLimit, as[*component.LimitError]},
		{exitTrap, anyOf(as[*component.Trap], as[*component.HostPanicError], as[*canon.HostError])},
		{exitBusy, anyOf(is(home.ErrBusy), is(overlay.ErrChanged), as[*store.PreconditionError], as[*migrate.ConflictError])},
		{exitRefused, anyOf(unhealthy(func(e *doctor.Error) bool { return e.Unsafe > 0 }), as[*refusedError], as[*home.UnsafeError], as[*capsule.IdentityError],
			as[*install.DependentsError])},
		{exitInvalid, anyOf(as[*doctor.Error], as[*manifest.Error], as[*overlay.SyntaxError], as[*binary.Error], as[*component.InvalidError],
			as[*component.LinkError], as[*canon.BindError], as[*home.TooLargeError], as[*store.InvalidError], as[*store.KeyError], as[*store.DigestKeyError], as[*migrate.InvalidError],
			as[*envfile.Error], as[*home.LayoutError], as[*registry.IntegrityError], as[*registry.NamedError], as[*inspect.InvalidError],
			as[*wit.UnsayableError], as[*wit.LimitError], as[noWorldError], as[*install.PackageError],
			as[*lint.Error], is(regular.ErrNotRegular))},
		{exitNotFound, anyOf(as[*notFoundError], is(fs.ErrNotExist))},
	} {
		if class.is(err) {
			return class.code
		}
	}
	return exitError
}

func unhealthy(how func(*doctor.Error) bool) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*doctor.Error](err)
		return ok && how(e)
	}
}

// ofInstalled tells faults of what is installed, whose names and manifests nobody named in the command line.
func ofInstalled(test func(error) bool) func(error) bool {
	return func(err error) bool { return as[registry.Problem](err) && test(err) }
}

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func anyOf(tests ...func(error) bool) func(error) bool {
	return func(err error) bool {
		for _, t := range tests {
			if t(err) {
				return true
			}
		}
		return false
	}
}

// wantsJSON reports whether the command line asks for JSON. Where it could not be read to its end, or names no
// command, a word that looks like it is enough: whoever parses the output must not get less for a mistake.
func (a *app) wantsJSON(c *cobra.Command, args []string) bool {
	if f := c.Flags().Lookup("json"); f != nil && !a.unparsed {
		return f.Changed || c.Flags().Changed("jq")
	}
	for _, arg := range args {
		switch name, _, _ := strings.Cut(arg, "="); name {
		case "--json", "--jq":
			return true
		case "--":
			return false
		}
	}
	return false
}

// report prints an error and its hint, and if asked, the same as one JSON object on the last line.
func (a *app) report(c *cobra.Command, err error, asJSON bool) {
	if as[*silentError](err) {
		return
	}
	lines, hint := errorLines(err), ""
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		hint = inert.Line(h.Hint())
	}
	if hint == "" && as[*usageError](err) && c != nil {
		hint = fmt.Sprintf("run '%s --help' for the usage", c.CommandPath())
	}
	for _, line := range lines {
		fmt.Fprintf(a.io.Err, "%s %s\n", a.paint(errorStyle, "astrid:"), line)
	}
	if hint != "" {
		fmt.Fprintf(a.io.Err, "  %s\n", a.paint(hintStyle, hint))
	}
	if !asJSON {
		return
	}
	type object struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}
	line, _ := json.Marshal(map[string]object{"error": {exitCode(err), strings.Join(lines, "; "), hint}})
	fmt.Fprintf(a.io.Err, "%s\n", line)
}

// errorLines returns the text of an error, inert and cut as a log line is: a line for each of several that were joined.
// What looks like a second line of one error is none; whoever chose a file's name may have put it there.
func errorLines(err error) []string {
	if h, ok := err.(*hinted); ok {
		return errorLines(h.error)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) == 0 || err.Error() != errors.Join(joined.Unwrap()...).Error() { // fmt.Errorf with several %w has a text of its own
		return []string{caplog.Message(err.Error())}
	}
	var lines []string
	for _, e := range joined.Unwrap() {
		lines = append(lines, errorLines(e)...)
	}
	return lines
}
