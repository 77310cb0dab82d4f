package store

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode/utf8"
)

// MaxSecret is the largest value of a secret, in bytes.
const MaxSecret = 64 << 10

const redacted = "[redacted]"

// Secret is the value of a secret. The zero value is the empty secret: what an empty file holds, which reads as
// unset and masks the host's slot. A Secret is immutable and cannot be compared with ==; use Equal.
//
// It holds its value in a closure. fmt calls no method on the unexported fields of a struct, nor for %w, %p or %T;
// it walks them by reflection instead, and so do dumpers and the panic printer. A function is the one thing
// that they all can only show the address of. The value is a Go string, which nobody can clear: it is gone when the
// collector reuses its memory. The buffers that it comes and goes through are cleared.
type Secret struct{ value func() string }

// NewSecret returns a secret of that value: 1 byte to [MaxSecret] of UTF-8, kept byte for byte. The error is an
// *InvalidError.
func NewSecret(value []byte) (Secret, error) {
	if len(value) == 0 {
		return Secret{}, &InvalidError{Reason: "must not be empty"}
	}
	return parse(value)
}

// ReadSecret reads a secret to the end of r, which is read no further than a secret can be long. Unless raw is set, a
// newline at the end ("\n" or "\r\n") is dropped if it is the only one: then it is the mark of a line, not part of the
// value, whereas a key file of many lines stays as it is. stripped is its length in bytes, 0 for none. The
// error is an *InvalidError or that of reading.
func ReadSecret(r io.Reader, raw bool) (s Secret, stripped int, err error) {
	const longest = MaxSecret + len("\r\n")
	buffer := make([]byte, longest+1) // of its full size at once: one that grows leaves copies behind
	defer clear(buffer)
	whole, err := io.ReadFull(r, buffer)
	switch {
	case err == nil:
		return Secret{}, 0, &InvalidError{Reason: fmt.Sprintf("more than the limit of %d bytes", MaxSecret)}
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return Secret{}, 0, err
	}
	value := buffer[:whole]
	if !raw {
		value = trimNewline(value)
	}
	s, err = NewSecret(value)
	return s, whole - len(value), err
}

func trimNewline(value []byte) []byte {
	line, ok := bytes.CutSuffix(value, []byte("\n"))
	if !ok || bytes.ContainsRune(line, '\n') {
		return value
	}
	return bytes.TrimSuffix(line, []byte("\r"))
}

// parse is NewSecret that lets the empty secret pass.
func parse(value []byte) (Secret, error) {
	switch {
	case len(value) > MaxSecret:
		return Secret{}, &InvalidError{Reason: fmt.Sprintf("%d bytes exceeds the limit of %d", len(value), MaxSecret)}
	case !utf8.Valid(value):
		return Secret{}, &InvalidError{Reason: "must be UTF-8 text"}
	case len(value) == 0:
		return Secret{}, nil
	}
	v := string(value)
	return Secret{func() string { return v }}, nil
}

func (s Secret) plain() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// Reveal returns a copy of the value. It is the only way to it. Who is done with the copy clears it.
func (s Secret) Reveal() []byte { return []byte(s.plain()) }

// Len returns the length of the value in bytes.
func (s Secret) Len() int { return len(s.plain()) }

// IsEmpty reports whether the secret has no value and so reads as unset.
func (s Secret) IsEmpty() bool { return s.Len() == 0 }

// Equal reports whether the values are the same, in a time that depends on their lengths only.
func (s Secret) Equal(t Secret) bool {
	a, b := s.Reveal(), t.Reveal()
	defer clear(a)
	defer clear(b)
	return subtle.ConstantTimeCompare(a, b) == 1
}

// String returns [redacted].
func (Secret) String() string { return redacted }

// GoString returns [redacted].
func (Secret) GoString() string { return redacted }

// Format writes [redacted] for every verb and flag.
func (Secret) Format(w fmt.State, _ rune) { io.WriteString(w, redacted) }

// MarshalText returns [redacted], for encoders of text, TOML, YAML and XML.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue returns [redacted] for log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// InvalidError reports a value that cannot be a secret. It never holds the value.
type InvalidError struct {
	Path   string // the file that holds it, or "" for one that is to be stored
	Reason string
}

func (e *InvalidError) Error() string {
	if e.Path == "" {
		return "invalid secret value: " + e.Reason
	}
	return fmt.Sprintf("%s: invalid secret value: %s; set it again", e.Path, e.Reason)
}
