package canon

import "fmt"

// Fault classifies what a guest did that the Canonical ABI does not allow.
type Fault uint8

// The faults. Each is a trap_if of CanonicalABI.md.
const (
	FaultBounds       Fault = iota + 1 // a pointer and length beyond the memory
	FaultAlign                         // a pointer that is not aligned to its type
	FaultDiscriminant                  // a variant case that does not exist
	FaultChar                          // a char that is no Unicode scalar value
	FaultString                        // a string that is not in its encoding
	FaultLength                        // a string or list beyond 2^28-1 bytes
	FaultReentry                       // a call into an instance that is in a call
	FaultLeave                         // a call out of an instance that must not leave
	FaultHandle                        // a handle that does not exist, or is of another resource or kind
	FaultLent                          // an owned handle that is lent out
	FaultBorrow                        // a call that returns with borrowed handles left
)

func (f Fault) String() string {
	switch f {
	case FaultBounds:
		return "pointer out of bounds"
	case FaultAlign:
		return "unaligned pointer"
	case FaultDiscriminant:
		return "invalid variant discriminant"
	case FaultChar:
		return "invalid char"
	case FaultString:
		return "invalid string encoding"
	case FaultLength:
		return "string or list too long"
	case FaultReentry:
		return "cannot enter component instance"
	case FaultLeave:
		return "cannot leave component instance"
	case FaultHandle:
		return "invalid handle"
	case FaultLent:
		return "handle is lent out"
	case FaultBorrow:
		return "borrowed handles are left"
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// Trap is a violation of the Canonical ABI by a guest. It is raised by panic.
type Trap struct {
	Fault  Fault
	Detail string
}

func (t *Trap) Error() string {
	if t.Detail == "" {
		return t.Fault.String()
	}
	return t.Fault.String() + ": " + t.Detail
}

func trap(f Fault, format string, args ...any) {
	panic(&Trap{f, fmt.Sprintf(format, args...)})
}

// BudgetError says that one call moved more out of a guest's memory than it may, in bytes of Go's. Lists can overlap, so
// that a guest describes far more data than its memory holds.
type BudgetError struct{ Limit int64 }

func (e *BudgetError) Error() string {
	return fmt.Sprintf("a call passed more than %d bytes to the host", e.Limit)
}

// CanceledError says that the context of a call ended while values were moved. It is raised by panic.
type CanceledError struct{ Cause error }

func (e *CanceledError) Error() string { return "canceled: " + e.Cause.Error() }

func (e *CanceledError) Unwrap() error { return e.Cause }

// HandlesError says that a component instance holds as many handles as it may.
type HandlesError struct{ Limit int }

func (e *HandlesError) Error() string {
	return fmt.Sprintf("a component instance holds more than %d handles", e.Limit)
}

// HostError says that a Go value handed to a guest is not a value of its WIT type. It is a fault of the host's.
type HostError struct{ Reason string }

func (e *HostError) Error() string { return "the host's value cannot be passed: " + e.Reason }
