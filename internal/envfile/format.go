package envfile

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Notation is how pairs are written.
type Notation string

// The notations.
const (
	Env   Notation = "env"   // KEY=value
	Shell Notation = "shell" // export KEY=value
	JSON  Notation = "json"  // an object of strings
)

// Format writes pairs. The error, which names the key, is about one that the notation cannot express: a NUL in a value,
// or for a shell a key that is no name of a variable. JSON can express all.
func Format(n Notation, pairs []Pair) ([]byte, error) {
	if n == JSON {
		return formatJSON(pairs), nil
	}
	var b bytes.Buffer
	if len(pairs) == 0 {
		b.WriteString("# nothing is set\n") // who reads it can tell it from an output that was lost
	}
	for _, p := range pairs {
		switch {
		case strings.ContainsRune(p.Value, 0):
			return nil, fmt.Errorf("the value of %s holds a NUL, which only json can express", p.Key)
		case !isKey(p.Key):
			return nil, fmt.Errorf("%q is no key of a file, and only json can express it", p.Key)
		case n == Shell:
			if !IsVariable(p.Key) {
				return nil, fmt.Errorf("%s is no name of a shell's variable", p.Key)
			}
			b.WriteString("export ")
		}
		b.WriteString(p.Key + "=" + quote(p.Value) + "\n")
	}
	return b.Bytes(), nil
}

func formatJSON(pairs []Pair) []byte {
	b := []byte{'{'}
	for i, p := range pairs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\n  "...)
		b, _ = jsontext.AppendQuote(b, p.Key) // fails for what is not UTF-8 only
		b = append(b, ": "...)
		b, _ = jsontext.AppendQuote(b, p.Value)
	}
	if len(pairs) > 0 {
		b = append(b, '\n')
	}
	return append(b, "}\n"...)
}

// quote writes a value as both Parse and a shell read it.
func quote(value string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-./:,+@%", r)
	}
	switch {
	case value == "":
		return "''"
	case !strings.ContainsFunc(value, func(r rune) bool { return !plain(r) }):
		return value
	case !strings.ContainsRune(value, '\''):
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(value) + `"`
}

// IsVariable reports whether a key is the name of a shell's variable: letters, digits and '_', and no digit first.
func IsVariable(key string) bool {
	return isKey(key) && !strings.ContainsAny(key, ".-") && (key[0] < '0' || key[0] > '9')
}
