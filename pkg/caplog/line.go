package caplog

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"astrid/internal/inert"
	"astrid/pkg/home"
)

// MaxMessage is the longest message of a line in bytes, escapes and the mark of a cut included: 64 KiB.
const MaxMessage = 64 << 10

// maxUnix is the last second of the year 9999, the last that RFC 3339 can say.
const maxUnix = 253402300799

// cutMark ends a message that was longer than MaxMessage.
const cutMark = " [cut]"

// LevelTrace is the level below debug, which package slog has no name for.
const LevelTrace = 2*slog.LevelDebug - slog.LevelInfo

// Entry is one line of a log.
type Entry struct {
	// Time has the precision of milliseconds, and is in UTC.
	Time time.Time
	// Level is one of LevelTrace and the four of package slog.
	Level slog.Level
	// Capsule is who logged.
	Capsule home.CapsuleID
	// Message is what the line says, as it stands there. A line of the Rust runtime may hold control
	// characters.
	Message string
}

// Format returns the line of a message, without a line feed:
//
//	<unix seconds>.<milliseconds> <LEVEL> [<capsule>] <message>
//
// LEVEL is TRACE, DEBUG, INFO, WARN or ERROR: the one at or next below level, and no lower than TRACE. A time
// before 1970 reads as 0.000. The message is what [Message] makes of it.
func Format(at time.Time, level slog.Level, capsule home.CapsuleID, message string) string {
	if at.Unix() < 0 {
		at = time.Unix(0, 0)
	}
	milli := at.Nanosecond() / int(time.Millisecond)
	return fmt.Sprintf("%d.%03d %s [%s] %s", at.Unix(), milli, LevelName(level), capsule, Message(message))
}

// Message returns a message as it stands in a line: inert, on one line, and at most [MaxMessage] bytes, cut at
// the boundary of a character and marked where it was longer. Message(Message(s)) is Message(s).
func Message(s string) string { return message(s, false) }

// Cut is Message for the beginning of a message: it is marked as cut in any case.
func Cut(s string) string { return message(s, true) }

func message(s string, tooLong bool) string {
	if len(s) > MaxMessage {
		tooLong = true
		s = truncate(s, MaxMessage) // before escaping, so that the work is bounded as well
	}
	s = inert.Line(s)
	if tooLong || len(s) > MaxMessage {
		s = truncate(s, MaxMessage-len(cutMark)) + cutMark
	}
	return s
}

// truncate cuts s to at most n bytes, not within a character.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := n; i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:n] // This is no UTF-8, and has no characters.
}

// Parse reads a line as [Format] and the Rust runtime write it, without the line feed. Formatting the entry
// again gives the same line, provided that the message is inert and within the limit. A line that is none, such
// as the second one of a message that the Rust runtime wrote with its line feeds, is an error, which tells what
// is wrong and repeats nothing of the line.
func Parse(line string) (Entry, error) {
	stamp, rest, ok := strings.Cut(line, " ")
	if !ok {
		return Entry{}, errors.New("no log line: no space after the time")
	}
	at, err := parseTime(stamp)
	if err != nil {
		return Entry{}, err
	}
	name, rest, ok := strings.Cut(rest, " [")
	if !ok {
		return Entry{}, errors.New("no log line: no capsule after the level")
	}
	level, ok := parseLevel(name)
	if !ok {
		return Entry{}, errors.New("no log line: unknown level")
	}
	id, message, ok := strings.Cut(rest, "] ")
	if !ok {
		return Entry{}, errors.New("no log line: no message after the capsule")
	}
	capsule, err := home.ParseCapsuleID(id)
	if err != nil {
		return Entry{}, errors.New("no log line: invalid capsule id")
	}
	if strings.ContainsRune(message, '\n') {
		return Entry{}, errors.New("no log line: it holds a line feed")
	}
	return Entry{Time: at, Level: level, Capsule: capsule, Message: message}, nil
}

// parseTime reads seconds and milliseconds in the one way that Format writes them.
func parseTime(s string) (time.Time, error) {
	whole, fraction, ok := strings.Cut(s, ".")
	if !ok || !isNumber(whole) || len(fraction) != 3 || !isDigits(fraction) {
		return time.Time{}, errors.New("no log line: the time is not seconds with three decimals")
	}
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || sec > maxUnix {
		return time.Time{}, errors.New("no log line: the time is out of range")
	}
	milli, err := strconv.Atoi(fraction)
	if err != nil {
		return time.Time{}, errors.New("no log line: the time is out of range")
	}
	return time.Unix(sec, int64(milli)*int64(time.Millisecond)).UTC(), nil
}

// isNumber reports whether s is a decimal number without needless zeros.
func isNumber(s string) bool { return isDigits(s) && (s == "0" || s[0] != '0') }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// LevelName returns the name that a line has for a level: that of the one at or next below it, and no lower than TRACE.
func LevelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "ERROR"
	case level >= slog.LevelWarn:
		return "WARN"
	case level >= slog.LevelInfo:
		return "INFO"
	case level >= slog.LevelDebug:
		return "DEBUG"
	}
	return "TRACE"
}

func parseLevel(name string) (slog.Level, bool) {
	for level := LevelTrace; level <= slog.LevelError; level += slog.LevelError - slog.LevelWarn {
		if LevelName(level) == name {
			return level, true
		}
	}
	return 0, false
}
