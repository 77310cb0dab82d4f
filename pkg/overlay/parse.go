package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deep arrays and objects may be nested, the overlay itself counted. The Rust runtime's parser
// refuses more.
const MaxDepth = 127

// SyntaxError reports an overlay that is not a JSON object as this package reads it. It may name keys and never
// holds a value.
type SyntaxError struct {
	File         string
	Line, Column int // both from 1; the column counts bytes
	Reason       string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

// Parse reads an overlay. File names it in errors, which are *SyntaxError.
func Parse(file string, data []byte) (*Overlay, error) {
	p := &parser{data: data, dec: jsontext.NewDecoder(bytes.NewReader(data))}
	o, err := p.overlay()
	if err != nil {
		at, reason := p.locate(err)
		line := 1 + bytes.Count(data[:at], []byte{'\n'})
		column := at - bytes.LastIndexByte(data[:at], '\n')
		return nil, &SyntaxError{File: file, Line: line, Column: column, Reason: reason}
	}
	return o, nil
}

type parser struct {
	data []byte
	dec  *jsontext.Decoder
}

// fault is a rule of ours that valid JSON breaks.
type fault string

func (f fault) Error() string { return string(f) }

const (
	errNoObject = fault("not a JSON object")
	errTrailing = fault("more data after the object")
	errTooDeep  = fault("arrays and objects are nested too deep")
)

func (p *parser) overlay() (*Overlay, error) {
	switch kind := p.dec.PeekKind(); kind {
	case '{':
	case 0:
		_, err := p.dec.ReadToken()
		return nil, err
	default:
		return nil, errNoObject
	}
	o := &Overlay{values: make(map[string]string), foreign: make(map[string]bool)}
	err := p.object(func(key string) error {
		kind := p.dec.PeekKind()
		text, err := p.text()
		if err != nil {
			return err
		}
		if kind != '"' {
			o.foreign[key] = true
		}
		if kind != 'n' {
			o.values[key] = text
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p.next() < len(p.data) {
		return nil, errTrailing
	}
	return o, nil
}

// object reads an object; member reads the value of each key.
func (p *parser) object(member func(key string) error) error {
	if err := p.enter(); err != nil {
		return err
	}
	for p.dec.PeekKind() != '}' {
		key, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := member(key.String()); err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

// enter reads the token that begins an array or object.
func (p *parser) enter() error {
	if p.dec.StackDepth() >= MaxDepth {
		return errTooDeep
	}
	_, err := p.dec.ReadToken()
	return err
}

// text reads a value: a string as it is, any other value as compact JSON.
func (p *parser) text() (string, error) {
	if p.dec.PeekKind() == '"' {
		token, err := p.dec.ReadToken()
		return token.String(), err
	}
	var b strings.Builder
	err := p.compact(&b)
	return b.String(), err
}

// compact reads a value and writes it as serde_json prints it: no space, keys sorted by byte, no escape that is
// not needed. Numbers stay as they stand in the source, so that nothing is lost in a conversion.
func (p *parser) compact(b *strings.Builder) error {
	switch p.dec.PeekKind() {
	case '{':
		return p.compactObject(b)
	case '[':
		return p.compactArray(b)
	case '"':
		token, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		b.Write(appendString(nil, token.String()))
		return nil
	}
	value, err := p.dec.ReadValue()
	b.Write(value)
	return err
}

func (p *parser) compactArray(b *strings.Builder) error {
	if err := p.enter(); err != nil {
		return err
	}
	b.WriteByte('[')
	for first := true; p.dec.PeekKind() != ']'; first = false {
		if !first {
			b.WriteByte(',')
		}
		if err := p.compact(b); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	_, err := p.dec.ReadToken()
	return err
}

func (p *parser) compactObject(b *strings.Builder) error {
	type member struct{ key, value string }
	var members []member
	err := p.object(func(key string) error {
		var value strings.Builder
		err := p.compact(&value)
		members = append(members, member{key, value.String()})
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(appendString(nil, m.key))
		b.WriteByte(':')
		b.WriteString(m.value)
	}
	b.WriteByte('}')
	return nil
}

// locate returns where in the data an error is and what is wrong there. The decoder's own words are not used: they
// quote the data.
func (p *parser) locate(err error) (offset int, reason string) {
	if f, ok := err.(fault); ok {
		return p.next(), string(f)
	}
	offset, reason = len(p.data), "the file ends before the object does"
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = min(int(s.ByteOffset), len(p.data))
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			reason = fmt.Sprintf("duplicate key %q", s.JSONPointer.LastToken())
		case errors.Is(err, jsontext.ErrNonStringName):
			reason = "a key must be a string"
		case errors.Is(err, io.ErrUnexpectedEOF):
			offset = len(p.data)
		case invalidRune(p.data[offset:]):
			reason = "not UTF-8"
		default:
			reason = "malformed JSON"
		}
	}
	return offset, reason
}

func invalidRune(data []byte) bool {
	r, size := utf8.DecodeRune(data)
	return r == utf8.RuneError && size == 1
}

// next returns the offset of the token that follows what was read, or of the end.
func (p *parser) next() int {
	skip := " \t\r\n"
	if p.dec.StackDepth() > 0 {
		skip += ",:"
	}
	return len(p.data) - len(bytes.TrimLeft(p.data[p.dec.InputOffset():], skip))
}
