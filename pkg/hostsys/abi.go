package hostsys

import (
	"log/slog"
	"strings"
)

// ErrorTag is the case of an [ErrorCode]. The order is the ABI.
type ErrorTag uint8

// The cases of error-code.
const (
	CapabilityDenied ErrorTag = iota
	ConfigKeyReserved
	TooLarge
	RegistryUnavailable
	Cancelled
	Unknown
)

const errorTags = "capability-denied config-key-reserved too-large registry-unavailable cancelled unknown"

// WitCases returns the names of the cases in ABI order, separated by spaces.
func (ErrorTag) WitCases() string { return errorTags }

// String returns the WIT name of the case.
func (t ErrorTag) String() string { return caseName(errorTags, int(t)) }

// ErrorCode is the variant error-code, the error that a guest receives. The functions of [Host] return no
// other error.
type ErrorCode struct {
	Case ErrorTag
	// Unknown is the payload of the case unknown, and empty in every other.
	Unknown string
}

// Error returns the WIT name of the case, and the text of an unknown one.
func (e *ErrorCode) Error() string {
	if e.Case == Unknown && e.Unknown != "" {
		return e.Case.String() + ": " + e.Unknown
	}
	return e.Case.String()
}

// Is reports whether target is an [*ErrorCode] of the same case. A target without text matches any text, so
// errors.Is(err, &ErrorCode{Case: TooLarge}) asks for the case alone.
func (e *ErrorCode) Is(target error) bool {
	t, ok := target.(*ErrorCode)
	return ok && t.Case == e.Case && (t.Unknown == "" || t.Unknown == e.Unknown)
}

// Level is the severity of a log line. The order is the ABI.
type Level uint8

// The levels of log, least severe first.
const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
)

const levels = "trace debug info warn error"

// WitCases returns the names of the cases in ABI order, separated by spaces.
func (Level) WitCases() string { return levels }

// String returns the WIT name of the level.
func (l Level) String() string { return caseName(levels, int(l)) }

// Slog returns the level as package slog counts it: trace lies as far below debug as debug below info.
func (l Level) Slog() slog.Level {
	return slog.LevelInfo + slog.Level(int(l)-int(LevelInfo))*(slog.LevelInfo-slog.LevelDebug)
}

// ParseLevel returns the level of that WIT name, in any letter case. It reports false for any other word.
func ParseLevel(s string) (Level, bool) {
	for l := LevelTrace; l <= LevelError; l++ {
		if strings.EqualFold(s, l.String()) {
			return l, true
		}
	}
	return 0, false
}

// CapabilityCheckRequest asks whether the capsule of a UUID holds a capability.
type CapabilityCheckRequest struct {
	SourceUUID string `wit:"source-uuid"`
	Capability string
}

// CapabilityCheckResponse answers a [CapabilityCheckRequest].
type CapabilityCheckResponse struct {
	Allowed bool
}

// caseName returns the i-th of space-separated names. A number beyond them can only come from Go code, since
// the ABI checks discriminants; it prints as such.
func caseName(names string, i int) string {
	for name := range strings.FieldsSeq(names) {
		if i == 0 {
			return name
		}
		i--
	}
	return "invalid"
}
