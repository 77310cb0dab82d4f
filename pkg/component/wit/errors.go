package wit

import (
	"fmt"
	"strconv"
)

// Bounds on what a component can make this package do.
const (
	maxWork  = 1 << 21  // definitions walked, each as often as it is instantiated
	maxDepth = 100      // instantiations and instance types within each other
	maxText  = 16 << 20 // bytes of text, intermediate text included
)

// UnsayableError is a component that WIT cannot describe.
type UnsayableError struct{ Reason string }

func (e *UnsayableError) Error() string { return "WIT cannot describe the component: " + e.Reason }

// LimitError is a component that describes more than this package is willing to look at.
type LimitError struct {
	What  string
	Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the component describes more than %d %s", e.Limit, e.What)
}

func unsayable(format string, args ...any) {
	panic(&UnsayableError{fmt.Sprintf(format, args...)})
}

// try runs f and returns the error that it raised by panic: a walk is a hundred steps, and each of them can fail.
func try(f func()) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *UnsayableError:
			err = e
		case *LimitError:
			err = e
		default:
			panic(e)
		}
	}()
	f()
	return nil
}

// maxShown bounds what an error repeats of a name.
const maxShown = 80

// shown quotes a name of the component for an error.
func shown(name string) string {
	if len(name) > maxShown {
		return strconv.Quote(name[:maxShown]) + "…"
	}
	return strconv.Quote(name)
}
