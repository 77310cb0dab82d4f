package capsule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"astrid/pkg/home"
)

// ErrInterrupted and ErrTerminated are the causes to cancel a call with when the operator interrupts or terminates
// it.
var (
	ErrInterrupted = errors.New("interrupted")
	ErrTerminated  = errors.New("terminated")
)

// DeadlineError says that a call was ended at its deadline. It is context.DeadlineExceeded.
type DeadlineError struct {
	What  string // "the capsule", "compiling the capsule"
	After time.Duration
}

func (e *DeadlineError) Error() string {
	return fmt.Sprintf("%s did not finish within %s", e.What, e.After)
}

// Is makes the error a deadline for errors.Is.
func (e *DeadlineError) Is(target error) bool { return target == context.DeadlineExceeded }

// IdentityError says that a file, or the manifest that it is run with, is not that of the capsule that is installed under
// the id it claims: it must not read that one's secrets.
type IdentityError struct {
	Capsule        home.CapsuleID
	Installed, Got string // BLAKE3, lower-case hex; empty where it is the manifest
	Manifest       bool
}

func (e *IdentityError) Error() string {
	if e.Manifest {
		return fmt.Sprintf("the file has the code of %s, which is installed with another manifest", e.Capsule)
	}
	return fmt.Sprintf("the file claims to be %s, which is installed with another content: expected BLAKE3 %s, got %s", e.Capsule, e.Installed, e.Got)
}

// Hint says what the operator can do.
func (e *IdentityError) Hint() string {
	return "run the installed capsule, install this one, or pass --trust to run this file with that capsule's secrets"
}
