package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
)

// eachForm calls yield with each text that gives a secret away. Some may be given more than once.
//
// A secret is looked for as it is, and without the white space around it, which a guest trims from a value that
// ends in a line feed. Each of the two is looked for raw, in hexadecimal, in base64, escaped as in a JSON
// string, and escaped as in a URL.
func eachForm(secret []byte, yield func(form string)) {
	eachEncoding(secret, yield)
	if trimmed := bytes.TrimSpace(secret); len(trimmed) != len(secret) && len(trimmed) >= MinLen {
		eachEncoding(trimmed, yield)
	}
}

func eachEncoding(secret []byte, yield func(form string)) {
	raw := string(secret)
	yield(raw)

	digits := hex.EncodeToString(secret)
	yield(digits)
	yield(strings.ToUpper(digits))

	eachBase64(base64.StdEncoding, secret, yield)
	eachBase64(base64.URLEncoding, secret, yield)

	eachJSON(raw, yield)

	query := url.QueryEscape(raw)
	yield(query)
	yield(strings.ReplaceAll(query, "+", "%20")) // A plus sign of the secret itself is %2B here.
	yield(url.PathEscape(raw))
}

// eachJSON yields a secret as JSON strings hold it: with as few escapes as there may be, with those that encoding/json adds
// for HTML, in ASCII as Python writes it, and the first and the last with the slashes escaped, as PHP does it.
func eachJSON(secret string, yield func(form string)) {
	quoted, err := jsontext.AppendQuote(nil, secret)
	if err != nil {
		return
	}
	fewest := string(quoted[1 : len(quoted)-1])
	yield(fewest)
	yield(escapeRunes(fewest, func(r rune) bool { return strings.ContainsRune("<>&\u2028\u2029", r) }))
	ascii := escapeRunes(fewest, func(r rune) bool { return r >= '\x7f' })
	yield(ascii)
	yield(strings.ReplaceAll(fewest, "/", `\/`))
	yield(strings.ReplaceAll(ascii, "/", `\/`))
}

// escapeRunes escapes some characters of a JSON string, none of which may be in an escape already.
func escapeRunes(s string, escaped func(rune) bool) string {
	if strings.IndexFunc(s, escaped) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if !escaped(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// eachBase64 yields a secret as it reads within a larger text that was encoded, wherever it begins there. Of
// the characters that it shares with its neighbours only the padding of the last one is predictable; the bits
// in the others, four at most on either side, stay.
func eachBase64(encoding *base64.Encoding, secret []byte, yield func(form string)) {
	for before, shared := range [...]int{0, 2, 3} {
		padded := encoding.EncodeToString(append(make([]byte, before), secret...))[shared:]
		bare := strings.TrimRight(padded, "=")
		yield(padded)
		yield(bare)
		if (before+len(secret))%3 != 0 {
			yield(bare[:len(bare)-1])
		}
	}
}
