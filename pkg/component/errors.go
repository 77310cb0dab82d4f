package component

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
)

// InvalidError says that a component is not valid, or uses something that this runtime does not have. Offset is
// that of the definition in the file.
type InvalidError struct {
	Offset      int
	Reason      string
	Unsupported bool // the Component Model knows it, this runtime does not
	Err         error
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s at offset %#x", e.Reason, e.Offset)
}

func (e *InvalidError) Unwrap() error { return e.Err }

// LinkError says why a component cannot be linked: Missing names every import that nothing provides, Mismatched
// holds an error for every import whose type does not fit.
type LinkError struct {
	Missing    []string
	Mismatched []error
}

func (e *LinkError) Error() string {
	var parts []string
	if len(e.Missing) > 0 {
		parts = append(parts, "nothing provides the imports "+strings.Join(e.Missing, ", "))
	}
	for _, m := range e.Mismatched {
		parts = append(parts, m.Error())
	}
	return strings.Join(parts, "; ")
}

func (e *LinkError) Unwrap() []error { return e.Mismatched }

// maxName is how much of a name of a guest's messages show, in bytes.
const maxName = 256

// headOf returns a name of a guest's as messages write it.
func headOf(name string) string {
	if len(name) <= maxName {
		return name
	}
	return strings.ToValidUTF8(name[:maxName], "") + " [cut]"
}

// ExportError says that a component has no function export of a name.
type ExportError struct {
	Name string
	Has  []string // the function exports that it does have
	// Import is set where there is such an export, and it is this import of the host's own, passed on.
	Import string
}

func (e *ExportError) Error() string {
	if e.Import != "" {
		return fmt.Sprintf("the export %q is the host's own function %s, passed on", e.Name, e.Import)
	}
	if len(e.Has) == 0 {
		return fmt.Sprintf("no function export %q; it exports no function", e.Name)
	}
	has := make([]string, len(e.Has))
	for i, name := range e.Has {
		has[i] = headOf(name)
	}
	return fmt.Sprintf("no function export %q; it exports %s", e.Name, strings.Join(has, ", "))
}

// LimitError says that a guest met a limit of its runtime.
type LimitError struct {
	Limit string // which
	Value string // its value, with unit
	Err   error
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the %s limit of %s is reached", e.Limit, e.Value)
}

func (e *LimitError) Unwrap() error { return e.Err }

// Trap says that a guest ended by trapping. The instance cannot be used again.
type Trap struct {
	Reason string  // what trapped: "unreachable", "out of bounds memory access", …
	Frames []Frame // the guest's stack, innermost first, as far as it is known
	Err    error
}

// Frame is one function of a guest's stack. Module counts the component's core modules; it is -1 for a function of
// the host. Name is what the module's name section or the host calls the function, and may be empty.
type Frame struct {
	Module int
	Func   uint32
	Name   string
}

func (f Frame) String() string {
	switch {
	case f.Name != "":
		return headOf(f.Name)
	default:
		return fmt.Sprintf("function %d of module %d", f.Func, f.Module)
	}
}

func (e *Trap) Error() string {
	if len(e.Frames) == 0 {
		return "the guest trapped: " + e.Reason
	}
	return fmt.Sprintf("the guest trapped: %s, in %s", e.Reason, e.Frames[0])
}

func (e *Trap) Unwrap() error { return e.Err }

// ErrPoisoned is returned for a call into an instance after a trap or an interrupt left it in the middle of
// something.
var ErrPoisoned = errors.New("the instance ended in a trap or an interrupt and cannot be called again")

// ErrClosed is returned for a call into an instance that was closed.
var ErrClosed = errors.New("the instance is closed")

// InterruptError says that a guest was ended by its context. It unwraps to the context's cause.
type InterruptError struct{ Cause error }

func (e *InterruptError) Error() string { return "the guest was interrupted: " + e.Cause.Error() }

func (e *InterruptError) Unwrap() error { return e.Cause }

// HostPanicError says that a host function panicked. The panic's value stays out of the text: it can hold what the
// function was working on.
type HostPanicError struct{ Func string }

func (e *HostPanicError) Error() string { return "the host function " + e.Func + " panicked" }

// hostError carries an error of a host function that the guest has no type for through the guest's frames.
type hostError struct {
	name string
	err  error
}

func (e *hostError) Error() string { return e.name + ": " + e.err.Error() }

func (e *hostError) Unwrap() error { return e.err }

// callError turns what a call into a guest ended with into this package's errors. It takes an error of wazero's or
// a recovered panic value.
func callError(ctx context.Context, cause any) error {
	err, ok := cause.(error)
	if !ok {
		return &Trap{Reason: "the host failed"}
	}
	var (
		exit   *sys.ExitError
		fault  *canon.Trap
		budget *canon.BudgetError
		full   *canon.HandlesError
		ended  *canon.CanceledError
		value  *canon.HostError
		host   *hostError
		crash  *HostPanicError
		limit  *LimitError
		inter  *InterruptError
	)
	switch {
	case errors.As(err, &limit):
		return limit
	case errors.As(err, &inter):
		return inter
	case errors.As(err, &ended):
		return &InterruptError{ended.Cause}
	case errors.As(err, &exit):
		if c := context.Cause(ctx); c != nil {
			return &InterruptError{c}
		}
		return &Trap{Reason: fmt.Sprintf("exit with code %d", exit.ExitCode())}
	case errors.As(err, &host):
		return host
	case errors.As(err, &crash):
		return crash
	case errors.As(err, &value):
		return value
	case errors.As(err, &budget):
		return &LimitError{"call data", fmt.Sprintf("%d bytes", budget.Limit), budget}
	case errors.As(err, &full):
		return &LimitError{"handle", fmt.Sprint(full.Limit), full}
	case errors.As(err, &fault):
		return &Trap{Reason: fault.Error(), Err: fault, Frames: frames(err.Error())}
	}
	return guestTrap(err)
}

// guestTrap reads wazero's text of a trap: a line with "wasm error: …", then the guest's stack.
func guestTrap(err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	_, reason, ok := strings.Cut(first, "wasm error: ")
	if !ok {
		reason = first
	}
	reason = strings.TrimSuffix(reason, " (recovered by wazero)")
	return &Trap{Reason: reason, Frames: frames(err.Error()), Err: err}
}

// maxFrames bounds what a trap keeps of a deep stack.
const maxFrames = 32

// frames reads the stack in the text of an error of wazero's. Its lines are "module.$index(types)", where the
// module's name is the one that compiling gave it; host functions have a name instead of an index.
func frames(text string) []Frame {
	_, stack, ok := strings.Cut(text, "wasm stack trace:\n")
	if !ok {
		return nil
	}
	var out []Frame
	for line := range strings.Lines(stack) {
		module, fn, ok := strings.Cut(strings.TrimSpace(line), ".")
		if !ok || len(out) == maxFrames {
			break
		}
		fn, _, _ = strings.Cut(fn, "(")
		f := Frame{Module: -1, Name: fn}
		if n, ok := moduleIndex(module); ok {
			index, err := strconv.ParseUint(strings.TrimPrefix(fn, "$"), 10, 32)
			if err != nil {
				break
			}
			f = Frame{Module: n, Func: uint32(index)}
		}
		out = append(out, f)
	}
	return out
}

// modulePrefix begins the names that core modules are compiled under, for stack traces.
const modulePrefix = "m"

func moduleName(index int) string { return modulePrefix + strconv.Itoa(index) }

func moduleIndex(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, modulePrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// name gives the frames of a trap the names that their modules have for the functions.
func (p *program) name(err error) error {
	var t *Trap
	if !errors.As(err, &t) {
		return err
	}
	// A name section can be as large as the file: each is gone through once, for all frames.
	in := map[*core.Module][]*Frame{}
	for i := range t.Frames {
		if f := &t.Frames[i]; f.Module >= 0 && f.Module < len(p.modules) {
			m := p.modules[f.Module].parsed
			in[m] = append(in[m], f)
		}
	}
	for m, frames := range in {
		for index, name := range m.FunctionNames() {
			for _, f := range frames {
				if f.Func == index && f.Name == "" {
					f.Name = string(name)
				}
			}
		}
	}
	return err
}
