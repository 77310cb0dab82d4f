package manifest

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Value is what a manifest gives as the default of a setting. The zero Value is no value.
type Value struct {
	text    string
	present bool
}

// IsZero reports whether there is no value. An empty string is a value.
func (v Value) IsZero() bool { return !v.present }

// Text returns the value as a capsule reads it: a string as it is, a date or time as its RFC 3339 text,
// anything else as compact JSON, byte for byte what serde_json prints (sorted keys, nothing escaped for HTML,
// 5.0 stays 5.0, and null for the numbers that JSON has not).
func (v Value) Text() string { return v.text }

// newValue returns the value of a node of the document.
func newValue(n *node) Value {
	switch n.kind {
	case kindTable, kindArray:
		return Value{string(appendJSON(nil, n)), true}
	default:
		return Value{n.text, true}
	}
}

// appendJSON appends n as compact JSON. Its recursion is bounded by maxDepth.
func appendJSON(dst []byte, n *node) []byte {
	switch n.kind {
	case kindString, kindTime:
		return appendQuoted(dst, n.text)
	case kindArray:
		dst = append(dst, '[')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case kindTable:
		dst = append(dst, '{')
		for i, key := range slices.Sorted(maps.Keys(n.fields)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, key), ':')
			dst = appendJSON(dst, n.fields[key])
		}
		return append(dst, '}')
	default:
		return append(dst, n.text...)
	}
}

// appendQuoted appends s as a JSON string. RFC 8785, which jsontext follows, and serde_json escape the same
// characters in the same way.
func appendQuoted(dst []byte, s string) []byte {
	// The only error is invalid UTF-8, which the parser has refused.
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// formatFloat prints f as serde_json does, which prints the shortest digits in the layout of the ryu crate:
// plain notation while the decimal point falls within 16 digits or at most five places before them, always
// with a fraction; beyond that d.ddde±n, without plus sign, padding or a needless fraction.
func formatFloat(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "null"
	}
	if f == 0 { // also the negative zero
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	digits, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	n, _ := strconv.Atoi(exp) // strconv printed it
	if n < -5 || n > 15 {
		return digits + "e" + strconv.Itoa(n)
	}
	plain := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(plain, ".") {
		plain += ".0"
	}
	return plain
}
