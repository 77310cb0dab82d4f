package hostsys

// MaxResult is the longest [HookResult], in bytes of its two texts: 8 MiB. What an operator is shown of it, escaped or
// as JSON, is several times as long.
const MaxResult = 8 << 20

// HookResult is the record that the export astrid-hook-trigger returns.
type HookResult struct {
	// Action says what becomes of the event. [HookResult.Verdict] reads it.
	Action string
	// Data is the payload that goes on, the response, or the reason of a denial.
	Data *string
}

// Len returns the bytes of the two texts.
func (r HookResult) Len() int {
	if r.Data == nil {
		return len(r.Action)
	}
	return len(r.Action) + len(*r.Data)
}

// Verdict is what a [HookResult] amounts to.
type Verdict uint8

// The verdicts. Every action that has no meaning of its own is Continue.
const (
	Continue Verdict = iota // the next in line gets the event, with Data as its payload if that is not empty
	Final                   // the event is answered with Data
	Deny                    // the event is refused, see [HookResult.Reason]
)

// Verdict returns what the action means: "final" is [Final], "deny" and "abort" are [Deny], and any other,
// whatever its letter case, is [Continue].
func (r HookResult) Verdict() Verdict {
	switch r.Action {
	case "final":
		return Final
	case "deny", "abort":
		return Deny
	}
	return Continue
}

// Reason returns why an event was denied, in the words of the guest, and a stand-in if it gave none. It is
// empty unless the verdict is [Deny].
func (r HookResult) Reason() string {
	switch {
	case r.Verdict() != Deny:
		return ""
	case r.Data == nil:
		return "denied by interceptor"
	}
	return *r.Data
}
