package inert

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Line returns s as one inert line. It leaves inert text as it is, so that Line(Line(s)) is Line(s).
func Line(s string) string { return escape(s, "") }

// Text is Line except that line feeds and tabs stay, for text that may fill many lines.
func Text(s string) string { return escape(s, "\n\t") }

// escape returns s with every character that is not graphic escaped, except the ASCII ones in keep.
func escape(s, keep string) string {
	i := harmless(s, keep)
	if i == len(s) {
		return s
	}
	b := make([]byte, 0, len(s)+len(s)/8+8)
	for s != "" {
		b = append(b, s[:i]...)
		s = s[i:]
		if s == "" {
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'x', hex[s[0]>>4], hex[s[0]&15])
		} else {
			quoted := strconv.QuoteRuneToGraphic(r)
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		s = s[size:]
		i = harmless(s, keep)
	}
	return string(b)
}

// harmless returns the length of the part of s that comes before anything to escape.
func harmless(s, keep string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if (c < ' ' || c == 0x7f) && strings.IndexByte(keep, c) < 0 {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !strconv.IsGraphic(r) || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(s)
}
