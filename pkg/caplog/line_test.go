package caplog_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"astrid/pkg/caplog"
	"astrid/pkg/home"
)

func capsuleID(t interface{ Fatal(...any) }, s string) home.CapsuleID {
	id, err := home.ParseCapsuleID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestA24Format(t *testing.T) {
	at := time.Unix(1749600000, 123_999_999)
	for _, tt := range []struct {
		name    string
		at      time.Time
		level   slog.Level
		message string
		want    string
	}{
		{"line", at, slog.LevelInfo, "text", "1749600000.123 INFO [my-capsule] text"},
		{"trace", at, caplog.LevelTrace, "text", "1749600000.123 TRACE [my-capsule] text"},
		{"below trace", at, caplog.LevelTrace - 1, "text", "1749600000.123 TRACE [my-capsule] text"},
		{"debug", at, slog.LevelDebug, "text", "1749600000.123 DEBUG [my-capsule] text"},
		{"between", at, slog.LevelWarn + 1, "text", "1749600000.123 WARN [my-capsule] text"},
		{"above error", at, slog.LevelError + 4, "text", "1749600000.123 ERROR [my-capsule] text"},
		{"empty", at, slog.LevelInfo, "", "1749600000.123 INFO [my-capsule] "},
		{"spaces and brackets", at, slog.LevelInfo, " [x] ] y", "1749600000.123 INFO [my-capsule]  [x] ] y"},
		{"control characters", at, slog.LevelInfo, "a\nb\x1b[0m", `1749600000.123 INFO [my-capsule] a\nb\x1b[0m`},
		{"milliseconds", time.Unix(7, 5_000_000), slog.LevelInfo, "x", "7.005 INFO [my-capsule] x"},
		{"before 1970", time.Unix(-1, 5_000_000), slog.LevelInfo, "x", "0.000 INFO [my-capsule] x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := caplog.Format(tt.at, tt.level, capsuleID(t, "my-capsule"), tt.message); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	at := time.Unix(1749600000, 123_000_000).UTC()
	c := capsuleID(t, "my-capsule")
	for line, want := range map[string]caplog.Entry{
		"1749600000.123 INFO [my-capsule] text":         {Time: at, Level: slog.LevelInfo, Capsule: c, Message: "text"},
		"1749600000.123 TRACE [my-capsule] ":            {Time: at, Level: caplog.LevelTrace, Capsule: c},
		"1749600000.123 ERROR [my-capsule]  ] [a] \x1b": {Time: at, Level: slog.LevelError, Capsule: c, Message: " ] [a] \x1b"},
		"0.000 WARN [my-capsule] x":                     {Time: time.Unix(0, 0).UTC(), Level: slog.LevelWarn, Capsule: c, Message: "x"},
	} {
		if got, err := caplog.Parse(line); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", line, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"empty":                 "",
		"continuation":          "    at main (index.js:1)",
		"no milliseconds":       "1749600000 INFO [a] x",
		"two decimals":          "1749600000.12 INFO [a] x",
		"four decimals":         "1749600000.1234 INFO [a] x",
		"sign":                  "-1.000 INFO [a] x",
		"sign in decimals":      "1.+23 INFO [a] x",
		"leading zero":          "01.000 INFO [a] x",
		"no seconds":            ".123 INFO [a] x",
		"year 10000":            "253402300800.000 INFO [a] x",
		"more than an int64":    "99999999999999999999.000 INFO [a] x",
		"level in lower case":   "1.000 info [a] x",
		"unknown level":         "1.000 FATAL [a] x",
		"level with an offset":  "1.000 ERROR+4 [a] x",
		"no capsule":            "1.000 INFO x",
		"capsule in upper case": "1.000 INFO [A] x",
		"no capsule id":         "1.000 INFO [../a] x",
		"empty capsule":         "1.000 INFO [] x",
		"unclosed capsule":      "1.000 INFO [a x",
		"no space":              "1.000 INFO [a]",
		"two spaces":            "1.000  INFO [a] x",
		"two lines":             "1.000 INFO [a] x\ny",
	} {
		if got, err := caplog.Parse(line); err == nil {
			t.Errorf("%s: Parse(%q) = %+v", name, line, got)
		} else if len(line) > 20 && strings.Contains(err.Error(), line) {
			t.Errorf("%s: the error repeats the line: %v", name, err)
		}
	}
}

func TestMessage(t *testing.T) {
	most := strings.Repeat("x", caplog.MaxMessage)
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"as long as may be", most, most},
		{"a byte longer", most + "x", most[:caplog.MaxMessage-6] + " [cut]"},
		{"within a character", most[:caplog.MaxMessage-7] + "€€€€", most[:caplog.MaxMessage-7] + " [cut]"},
		{"longer once escaped", most[:caplog.MaxMessage-1] + "\n", most[:caplog.MaxMessage-6] + " [cut]"},
		{"no UTF-8 at all", strings.Repeat("\x80", caplog.MaxMessage), strings.Repeat(`\x80`, caplog.MaxMessage/4)[:caplog.MaxMessage-6] + " [cut]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := caplog.Message(tt.in)
			if got != tt.want {
				t.Errorf("%d bytes ending in %q, want %d ending in %q", len(got), tail(got), len(tt.want), tail(tt.want))
			}
			if again := caplog.Message(got); again != got {
				t.Errorf("not idempotent: %d bytes ending in %q", len(again), tail(again))
			}
		})
	}
}

func tail(s string) string { return s[max(0, len(s)-12):] }

// entry draws what a guest may log, and more.
func entry(t *rapid.T) (time.Time, slog.Level, home.CapsuleID, string) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.StringMatching(`[0-9]{1,10}\.[0-9]{3} (INFO|ERROR) \[[a-z]{1,5}\] .*`),
	)
	at := time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(t, "time")).UTC()
	level := slog.Level(4 * rapid.IntRange(-2, 2).Draw(t, "level"))
	id := capsuleID(t, rapid.StringMatching(`[a-z0-9-]{5,20}`).Draw(t, "capsule"))
	return at, level, id, text.Draw(t, "message")
}

func TestParseReadsWhatFormatWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, level, id, message := entry(t)
		line := caplog.Format(at, level, id, message)
		if strings.ContainsAny(line, "\n\r") || !utf8.ValidString(line) {
			t.Fatalf("%q is not one line of text", line)
		}
		got, err := caplog.Parse(line)
		want := caplog.Entry{Time: at, Level: level, Capsule: id, Message: caplog.Message(message)}
		if err != nil || got != want {
			t.Fatalf("Parse(%q) = %+v, %v; want %+v", line, got, err, want)
		}
		if again := caplog.Format(got.Time, got.Level, got.Capsule, got.Message); again != line {
			t.Fatalf("%q formats again as %q", line, again)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{
		"1749600000.123 INFO [my-capsule] text", "0.000 TRACE [a] ", "1.000 ERROR [a] ] [b] x", "", "x",
		"253402300799.999 WARN [0] \x1b[0m", "9223372036854775807.000 DEBUG [-] x", "1.000 INFO [con] x",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		e, err := caplog.Parse(line)
		if err != nil {
			return
		}
		again := caplog.Format(e.Time, e.Level, e.Capsule, e.Message)
		if caplog.Message(e.Message) == e.Message && again != line {
			t.Errorf("%q formats again as %q", line, again)
		}
		if got, err := caplog.Parse(again); err != nil || got.Message != caplog.Message(e.Message) {
			t.Errorf("%q, formatted from %q, parses as %+v, %v", again, line, got, err)
		}
	})
}
