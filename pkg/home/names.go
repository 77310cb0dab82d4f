package home

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HostSlot is the directory name of the host-wide scope below secrets/. It satisfies the grammar of a
// principal, so ParsePrincipal refuses it by name: nobody may act as the host.
const HostSlot = "__host__"

// MaxPrincipal, MaxCapsuleID and MaxKey are the longest names accepted, in bytes.
const (
	MaxPrincipal = 64
	MaxCapsuleID = 128
	MaxKey       = 128
)

// SocketPathKey is the config key under which the Rust runtime tells a capsule its socket. Nobody else may set it.
const SocketPathKey = "ASTRID_SOCKET_PATH"

// maxFileName is the longest name of a file, in bytes, on every file system that matters.
const maxFileName = 255

// Kind says what a name names. It appears in messages.
type Kind string

// The kinds of name that this package parses.
const (
	KindPrincipal Kind = "principal"
	KindCapsule   Kind = "capsule id"
	KindScope     Kind = "scope"
	KindKey       Kind = "key"
)

// NameError reports a name that breaks the grammar of its kind. Value is empty for keys: an operator who
// mistakes the grammar of a command types the secret where the key belongs, and an error must not repeat it.
type NameError struct {
	Kind   Kind
	Value  string
	Reason string
}

func (e *NameError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("invalid %s: %s", e.Kind, e.Reason)
	}
	return fmt.Sprintf("invalid %s %q: %s", e.Kind, e.Value, e.Reason)
}

// Principal is the identity that a capsule acts for: 1 to 64 bytes of [A-Za-z0-9_-], case-sensitive, neither
// the host slot nor a device name. The zero value is no principal.
type Principal struct{ name string }

// DefaultPrincipal is the principal that owns installed capsules and acts when none is chosen.
func DefaultPrincipal() Principal { return Principal{"default"} }

// ParsePrincipal returns the principal of that name, or a *NameError.
func ParsePrincipal(s string) (Principal, error) {
	if reason := checkName(s, MaxPrincipal, isPrincipalByte, "letters, digits, '_' and '-'"); reason != "" {
		return Principal{}, &NameError{KindPrincipal, shown(s), reason}
	}
	if s == HostSlot {
		return Principal{}, &NameError{KindPrincipal, s, "reserved for the host-wide scope; use --scope host"}
	}
	return Principal{s}, nil
}

// String returns the name.
func (p Principal) String() string { return p.name }

// IsZero reports whether p is no principal.
func (p Principal) IsZero() bool { return p.name == "" }

// CapsuleID is the name of a capsule, [package].name of its manifest: 1 to 128 bytes of [a-z0-9-], no device
// name. The zero value is no capsule.
type CapsuleID struct{ id string }

// ParseCapsuleID returns the capsule id, or a *NameError.
func ParseCapsuleID(s string) (CapsuleID, error) {
	if reason := checkName(s, MaxCapsuleID, isCapsuleByte, "lower-case letters, digits and '-'"); reason != "" {
		return CapsuleID{}, &NameError{KindCapsule, shown(s), reason}
	}
	return CapsuleID{s}, nil
}

// String returns the id.
func (c CapsuleID) String() string { return c.id }

// IsZero reports whether c is no capsule.
func (c CapsuleID) IsZero() bool { return c.id == "" }

// Scope says for whom a secret is kept: one principal, or everybody on this host. The operator chooses it; a
// manifest cannot. The zero value is no scope, so that a forgotten principal never widens to the host.
type Scope struct{ slot string }

// HostScope is the scope shared by every principal.
func HostScope() Scope { return Scope{HostSlot} }

// PrincipalScope is the scope of one principal.
func PrincipalScope(p Principal) Scope { return Scope{p.name} }

// ParseScope reads the operator's word for a scope: "principal" (or "agent") is p's own, "host" (or "shared")
// everybody's. Anything else is a *NameError.
func ParseScope(s string, p Principal) (Scope, error) {
	switch s {
	case "principal", "agent":
		return PrincipalScope(p), nil
	case "host", "shared":
		return HostScope(), nil
	}
	return Scope{}, &NameError{KindScope, shown(s), "want principal or host"}
}

// ParseSlot returns the scope whose directory below secrets/ has that name, or a *NameError.
func ParseSlot(slot string) (Scope, error) {
	if slot == HostSlot {
		return HostScope(), nil
	}
	p, err := ParsePrincipal(slot)
	return PrincipalScope(p), err
}

// Principal returns the principal of the scope, and false for the host's.
func (s Scope) Principal() (Principal, bool) {
	if s.IsHost() || s.IsZero() {
		return Principal{}, false
	}
	return Principal{s.slot}, true
}

// IsHost reports whether s is shared by every principal.
func (s Scope) IsHost() bool { return s.slot == HostSlot }

// IsZero reports whether s is no scope.
func (s Scope) IsZero() bool { return s.slot == "" }

// String returns the operator's word for the scope, "host" or "principal", and "" for none.
func (s Scope) String() string {
	switch s.slot {
	case "":
		return ""
	case HostSlot:
		return "host"
	}
	return "principal"
}

// Key names one setting of a capsule, secret or not. The zero value is no key.
type Key struct{ name string }

// ParseKey returns a key that may be written: [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}, no device name. The error is
// a *NameError without the value.
func ParseKey(s string) (Key, error) {
	reason := checkName(s, MaxKey, isKeyByte, "letters, digits, '_', '.' and '-'")
	if reason == "" && (s[0] == '.' || s[0] == '-') {
		reason = "must begin with a letter, a digit or '_'"
	}
	if reason != "" {
		return Key{}, &NameError{Kind: KindKey, Reason: reason}
	}
	return Key{s}, nil
}

// LookupKey returns a key that may be read or deleted: whatever the Rust runtime can have written as one file
// name, so UTF-8 that is never empty, ".", "..", over 255 bytes, with a separator, a colon, or a control
// character; and not one of our own temporary and lock files. The error is a *NameError without the value.
func LookupKey(s string) (Key, error) {
	if reason := checkLookup(s); reason != "" {
		return Key{}, &NameError{Kind: KindKey, Reason: reason}
	}
	return Key{s}, nil
}

func checkLookup(s string) string {
	switch {
	case s == "":
		return "must not be empty"
	case s == "." || s == "..":
		return "must not be a directory reference"
	case len(s) > maxFileName:
		return fmt.Sprintf("longer than %d bytes", maxFileName)
	case !utf8.ValidString(s):
		return "must be UTF-8"
	case strings.ContainsAny(s, `/\:`):
		return "must not contain a separator"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "must not contain control characters"
	case IsDevice(s):
		return "is the name of a device"
	case isOurs(s):
		return "is reserved for temporary files"
	}
	return ""
}

// reservedPrefix begins the keys that belong to the host. SocketPathKey does, too.
const reservedPrefix = "__"

// ReservedKey reports whether a key of that name belongs to the host, so that nobody else may give it a value.
func ReservedKey(name string) bool {
	return strings.HasPrefix(name, reservedPrefix) || name == SocketPathKey
}

// Reserved returns why the operator may not set k, as a *NameError, or nil: see [ReservedKey].
func (k Key) Reserved() error {
	switch {
	case !ReservedKey(k.name):
		return nil
	case k.name == SocketPathKey:
		return &NameError{Kind: KindKey, Reason: SocketPathKey + " belongs to the host"}
	}
	return &NameError{Kind: KindKey, Reason: fmt.Sprintf("names that begin with %q are reserved for the host", reservedPrefix)}
}

// CheckSet returns why k may not be set, as a *NameError, or nil. LookupKey tolerates names that ParseKey and
// Reserved refuse: they may be read and deleted, but not written.
func (k Key) CheckSet() error {
	if _, err := ParseKey(k.name); err != nil {
		return err
	}
	return k.Reserved()
}

// String returns the name.
func (k Key) String() string { return k.name }

// IsZero reports whether k is no key.
func (k Key) IsZero() bool { return k.name == "" }

// checkName returns why s breaks the grammar, or "".
func checkName(s string, limit int, ok func(byte) bool, allowed string) string {
	switch {
	case s == "":
		return "must not be empty"
	case len(s) > limit:
		return fmt.Sprintf("longer than %d bytes", limit)
	case IsDevice(s):
		return "is the name of a device"
	}
	for i := range len(s) {
		if !ok(s[i]) {
			return "only " + allowed + " are allowed"
		}
	}
	return ""
}

// shown bounds what an error repeats of a hostile name; %q makes the rest inert.
func shown(s string) string {
	if len(s) > 2*MaxCapsuleID {
		return s[:2*MaxCapsuleID] + "…"
	}
	return s
}

func isAlnum(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

func isPrincipalByte(b byte) bool { return isAlnum(b) || b == '_' || b == '-' }

func isCapsuleByte(b byte) bool { return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '-' }

func isKeyByte(b byte) bool { return isAlnum(b) || b == '_' || b == '.' || b == '-' }

// IsDevice reports whether Windows would open a device for the name, with or without a suffix. They are
// refused everywhere, so that a tree can be carried to any machine.
func IsDevice(s string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(s), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	if n := len(stem); n == 4 && (stem[:3] == "com" || stem[:3] == "lpt") {
		return '0' <= stem[3] && stem[3] <= '9'
	}
	return false
}
