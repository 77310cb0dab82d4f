package inert_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"astrid/internal/inert"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", `C:\temp "quoted" {"a":1}`, `C:\temp "quoted" {"a":1}`},
		{"other scripts", "grüße 日本語\u3000é🦀", "grüße 日本語\u3000é🦀"},
		{"forged line", "ok\n1749600000.123 ERROR [x] forged", `ok\n1749600000.123 ERROR [x] forged`},
		{"carriage return", "100%\r\n", `100%\r\n`},
		{"tab", "a\tb", `a\tb`},
		{"colour", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"title", "\x1b]0;pwned\a", `\x1b]0;pwned\a`},
		{"nul and delete", "a\x00b\x7f", `a\x00b\x7f`},
		{"C1 control sequence", "\u009b31m", `\u009b31m`},
		{"right to left override", "exe.\u202egpj", `exe.\u202egpj`},
		{"isolates", "\u2066x\u2069", `\u2066x\u2069`},
		{"zero width", "ad\u200bmin\ufeff", `ad\u200bmin\ufeff`},
		{"line separator", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"tag characters", "\U000e0041", `\U000e0041`},
		{"not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"only escapes", "\n\n", `\n\n`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := inert.Line(tt.in); got != tt.want {
				t.Errorf("Line(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestTextKeepsLinesAndTabs(t *testing.T) {
	if got, want := inert.Text("a\tb\nc\r\x1b[2J"), "a\tb\nc"+`\r\x1b[2J`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInertTextIsNotCopied(t *testing.T) {
	s := strings.Repeat("nothing to see ö ", 50)
	if n := testing.AllocsPerRun(10, func() { inert.Line(s) }); n != 0 {
		t.Errorf("Line allocates %v times for text that is inert", n)
	}
}

func TestLineProperties(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "s")
		line := inert.Line(s)
		if !utf8.ValidString(line) {
			t.Fatalf("Line(%q) = %q is not UTF-8", s, line)
		}
		for _, r := range line {
			if !strconv.IsGraphic(r) {
				t.Fatalf("Line(%q) = %q holds %U", s, line, r)
			}
		}
		if again := inert.Line(line); again != line {
			t.Fatalf("Line is not idempotent: %q, then %q", line, again)
		}
		lines := strings.Split(inert.Text(s), "\n")
		for i := range lines {
			lines[i] = inert.Line(lines[i])
		}
		if got := strings.Join(lines, `\n`); got != line {
			t.Fatalf("Text and Line disagree on %q: %q and %q", s, got, line)
		}
	})
}
