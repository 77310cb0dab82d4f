package envfile

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSize is the largest file that is read, in bytes.
const MaxSize = 1 << 20

// Pair is one key and its value.
type Pair struct {
	Key   string
	Value string
	Line  int  // where it begins, from 1
	JSON  bool // Value is the compact JSON of something that is no string
}

// Error reports what is wrong with a file. It never holds a value.
type Error struct {
	Line   int    // from 1
	Key    string // "" if it is not certain to be one
	Reason string
}

func (e *Error) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d: %s: %s", e.Line, e.Key, e.Reason)
}

// Parse reads a file, in the order of its lines. The error is an *Error.
func Parse(data []byte) ([]Pair, error) {
	if len(data) > MaxSize {
		return nil, &Error{Line: 1, Reason: fmt.Sprintf("the file is larger than the limit of %d bytes", MaxSize)}
	}
	if i := invalid(data); i >= 0 {
		return nil, &Error{Line: lineAt(data, i), Reason: "not UTF-8 text, or NUL"}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which editors on Windows begin a file with
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return parseJSON(data)
	}
	p := &parser{rest: string(data), line: 1, lines: map[string]int{}}
	var pairs []Pair
	for p.rest != "" {
		pair, ok, err := p.next()
		if err != nil {
			return nil, err
		}
		if ok {
			pairs = append(pairs, pair)
		}
	}
	return pairs, nil
}

// invalid returns where data is not UTF-8, or NUL, and -1 for nowhere.
func invalid(data []byte) int {
	if utf8.Valid(data) {
		return bytes.IndexByte(data, 0)
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			return i
		}
		i += size
	}
	return -1
}

func lineAt(data []byte, offset int) int { return 1 + bytes.Count(data[:offset], []byte("\n")) }

// parser reads a .env file.
type parser struct {
	rest  string
	line  int            // of the beginning of rest
	lines map[string]int // of the keys
}

// next reads a line, or as many as a quoted value takes. ok is false for one that holds nothing.
func (p *parser) next() (pair Pair, ok bool, err error) {
	text, _, _ := strings.Cut(p.rest, "\n")
	text = strings.TrimSuffix(text, "\r")
	if blank := strings.TrimLeft(text, " \t"); blank == "" || blank[0] == '#' {
		p.skipLine()
		return Pair{}, false, nil
	}
	if word, rest, ok := strings.Cut(text, " "); ok && word == "export" {
		text = strings.TrimLeft(rest, " ")
	}
	key, value, ok := strings.Cut(text, "=")
	pair = Pair{Key: key, Line: p.line}
	switch {
	case !ok:
		return pair, false, p.fault("", "not KEY=VALUE")
	case !isKey(key):
		return pair, false, p.fault("", "what is before '=' is not a key; there may be no spaces around it")
	case strings.HasPrefix(value, "="):
		// The end of something in base64 looks like this. Its beginning is no key.
		return pair, false, p.fault("", "a value that begins with '=' has to be quoted")
	case p.lines[key] != 0:
		return pair, false, p.fault(key, fmt.Sprintf("set before, on line %d", p.lines[key]))
	}
	p.lines[key] = p.line
	if value != "" && (value[0] == '\'' || value[0] == '"') {
		p.rest = p.rest[strings.IndexByte(p.rest, '=')+1:]
		pair.Value, err = p.quoted(key)
		return pair, err == nil, err
	}
	if strings.ContainsAny(value, " \t\r'\"\\`#") || strings.ContainsFunc(value, isControl) {
		return pair, false, p.fault(key, "a value with a space, a quote, a backslash, a backtick, '#' or a control character has to be quoted")
	}
	pair.Value = value
	p.skipLine()
	return pair, true, nil
}

func (p *parser) fault(key, reason string) error { return &Error{p.line, key, reason} }

func (p *parser) skipLine() {
	_, p.rest, _ = strings.Cut(p.rest, "\n")
	p.line++
}

// quoted reads a value from its opening quote to the end of the line on which it closes.
func (p *parser) quoted(key string) (string, error) {
	quote := p.rest[0]
	var value strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == quote:
			return value.String(), p.afterQuote(key, i+1)
		case c == '\\' && quote == '"':
			i++
			escaped, ok := unescape(p.rest[i:])
			if !ok {
				return "", &Error{p.line + strings.Count(p.rest[:i], "\n"), key, `after a backslash there may be \ " $ ` + "` n r t, within double quotes"}
			}
			value.WriteByte(escaped)
		default:
			value.WriteByte(c)
		}
	}
	return "", p.fault(key, "the quote that begins here has no end")
}

func unescape(s string) (byte, bool) {
	if s == "" {
		return 0, false
	}
	switch c := s[0]; c {
	case '\\', '"', '$', '`':
		return c, true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	}
	return 0, false
}

// afterQuote leaves the line of a closing quote, which lies before rest[i]. Only a comment may follow it.
func (p *parser) afterQuote(key string, i int) error {
	p.line += strings.Count(p.rest[:i], "\n")
	text, _, _ := strings.Cut(p.rest[i:], "\n")
	text = strings.TrimSuffix(text, "\r")
	after := strings.TrimLeft(text, " \t")
	if after != "" && (after[0] != '#' || len(after) == len(text)) {
		return p.fault(key, "something follows the closing quote")
	}
	p.rest = p.rest[i:]
	p.skipLine()
	return nil
}

func isKey(s string) bool {
	for i := range len(s) {
		c := s[i]
		word := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
		if !word && (i == 0 || c != '.' && c != '-') {
			return false
		}
	}
	return s != ""
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
