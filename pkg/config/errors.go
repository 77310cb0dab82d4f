package config

import (
	"errors"
	"fmt"

	"astrid/pkg/home"
)

// ErrReserved is what Lookup answers for a key that begins with "__".
var ErrReserved = errors.New("key is reserved for the host: no overlay, manifest or command can set it")

// SecretError says that a declared secret could not be read, though it may well exist. Its text and its fields
// never hold the value.
type SecretError struct {
	Principal home.Principal
	Capsule   home.CapsuleID
	Key       string
	Scope     home.Scope // the slot that failed
	Err       error
}

func (e *SecretError) Error() string {
	return fmt.Sprintf("cannot read secret %q of capsule %s for principal %s (scope %s): %v",
		e.Key, e.Capsule, e.Principal, e.Scope, e.Err)
}

// Unwrap returns why it could not be read: *home.UnsafeError, *home.TooLargeError, *store.InvalidError or an
// error of the file system.
func (e *SecretError) Unwrap() error { return e.Err }
