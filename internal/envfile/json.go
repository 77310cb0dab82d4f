package envfile

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// parseJSON reads a JSON object.
func parseJSON(data []byte) ([]Pair, error) {
	p := &jsonParser{data: data, dec: jsontext.NewDecoder(bytes.NewReader(data)), line: 1}
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, p.explain(err)
	}
	var pairs []Pair
	for p.dec.PeekKind() != '}' {
		pair, err := p.member()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, p.explain(err)
	}
	if after := int(p.dec.InputOffset()); len(bytes.TrimSpace(data[after:])) > 0 {
		return nil, &Error{Line: lineAt(data, after), Reason: "there is more after the object"}
	}
	return pairs, nil
}

type jsonParser struct {
	data []byte
	dec  *jsontext.Decoder
	line int // of seen
	seen int // the offset up to which lines are counted
}

func (p *jsonParser) member() (Pair, error) {
	token, err := p.dec.ReadToken()
	if err != nil {
		return Pair{}, p.explain(err)
	}
	at := int(p.dec.InputOffset())
	p.line += bytes.Count(p.data[p.seen:at], []byte("\n"))
	p.seen = at
	pair := Pair{Key: token.String(), Line: p.line}
	switch p.dec.PeekKind() {
	case '"':
		token, err := p.dec.ReadToken()
		pair.Value = token.String()
		if err != nil {
			return Pair{}, p.explain(err)
		}
		return pair, nil
	case 'n':
		return Pair{}, p.fault(pair, "null is no value")
	}
	value, err := p.dec.ReadValue()
	if err != nil {
		return Pair{}, p.explain(err)
	}
	value = value.Clone()
	if err := value.Compact(); err != nil {
		return Pair{}, p.explain(err)
	}
	pair.Value, pair.JSON = string(value), true
	return pair, nil
}

// fault names the key if it is one. Anything else in its place may be a value.
func (*jsonParser) fault(at Pair, reason string) error {
	if !isKey(at.Key) {
		at.Key = ""
	}
	return &Error{at.Line, at.Key, reason}
}

// explain makes an Error of a decoder's. Its own words quote the data.
func (p *jsonParser) explain(err error) error {
	offset, reason := len(p.data), "the file ends before the object does"
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok && int(s.ByteOffset) < len(p.data) {
		offset, reason = int(s.ByteOffset), "malformed JSON"
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return p.fault(Pair{Key: s.JSONPointer.LastToken(), Line: lineAt(p.data, offset)}, "set before")
		}
	}
	return &Error{Line: lineAt(p.data, offset), Reason: reason}
}
