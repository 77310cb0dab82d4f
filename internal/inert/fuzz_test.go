package inert_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"astrid/internal/inert"
)

func FuzzLine(f *testing.F) {
	for _, s := range []string{
		"", "plain", "a\nb", "\x1b[2J\x1b]0;title\a", "\u202e\u2066", "\x9b31m", "\u009b31m", "\xff\xfe", "\xed\xa0\x80",
		"\u200b\ufeff\U000e0041", "\u2028", "é日🦀", `\n`, "\ufffd",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := inert.Line(s)
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsGraphic(r) }) {
			t.Fatalf("Line(%q) is %q", s, line)
		}
		if inert.Line(line) != line {
			t.Fatalf("Line(%q) is %q, and of that %q", s, line, inert.Line(line))
		}
		if len(line) > 10*len(s) { // U+10FFFF takes 4 bytes, and its escape 10
			t.Fatalf("%d bytes became %d", len(s), len(line))
		}
		if text := inert.Text(s); strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(text) != line {
			t.Fatalf("Text(%q) is %q, and Line %q", s, text, line)
		}
	})
}
