package caplog_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"astrid/pkg/caplog"
)

// Whatever a guest logs is one line, which reads as what it logged and as nothing else.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		"", "plain", "a\n1749600000.123 ERROR [other] forged", "\r", "\x1b[2K", "\xff\xfe", "] [x] ", "\u2028\u2029\u0085", "\x00",
		strings.Repeat("\n", caplog.MaxMessage), strings.Repeat("é", caplog.MaxMessage),
	} {
		f.Add(s)
	}
	at := time.UnixMilli(1749600000123).UTC()
	f.Fuzz(func(t *testing.T, s string) {
		id := capsuleID(t, "greeter")
		line := caplog.Format(at, slog.LevelWarn, id, s)
		if strings.ContainsAny(line, "\n\r\x1b\x00\u0085\u2028\u2029") || !utf8.ValidString(line) || len(line) > caplog.MaxMessage+64 {
			t.Fatalf("%d bytes: %.200q", len(line), line)
		}
		got, err := caplog.Parse(line)
		want := caplog.Entry{Time: at, Level: slog.LevelWarn, Capsule: id, Message: caplog.Message(s)}
		if err != nil || got != want {
			t.Fatalf("%.200q parses as %+v, %v", line, got, err)
		}
	})
}
