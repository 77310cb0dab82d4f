package hostsys

import (
	"time"

	"astrid/pkg/home"
)

// OperatorID is the source that calls made by the operator carry, as capsule run does: version 5 in the
// namespace of capsule UUIDs (310714d5-9c6d-4c94-8187-75258f393bb6) over the name "operator". No capsule can
// have it, since the names of capsules hold a NUL there, so that it holds no capability in any registry.
const OperatorID = "69bca920-313b-5134-a591-f2bc2a1e4fb0"

// timestampLayout is RFC 3339 with every digit of the nanoseconds and a numeric zone, as the Rust runtime
// prints times.
const timestampLayout = "2006-01-02T15:04:05.000000000-07:00"

// CallerContext is the record caller-context: who caused the call that the capsule is serving.
type CallerContext struct {
	// Principal is the raw name the caller came with, nil when it came with none. It is not validated:
	// [Invocation] says what one that is not valid stands for.
	Principal *string
	// SourceID is the UUID of the sender, in lower case with hyphens, or empty.
	SourceID string `wit:"source-id"`
	// Timestamp is the time of the call as RFC 3339 in UTC, or empty.
	Timestamp string
}

// NewCaller returns the context of a call that principal made through source at a time.
func NewCaller(principal home.Principal, source string, at time.Time) CallerContext {
	name := principal.String()
	return CallerContext{Principal: &name, SourceID: source, Timestamp: Timestamp(at)}
}

// Timestamp formats t as the timestamp of a [CallerContext].
func Timestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }
