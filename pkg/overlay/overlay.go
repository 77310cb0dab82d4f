package overlay

import (
	"maps"
	"slices"
	"unicode/utf8"

	"astrid/pkg/home"

	"github.com/go-json-experiment/json/jsontext"
)

// Overlay is the settings that one principal gave one capsule. The zero value and nil are empty; nil can only be
// read. An Overlay is for one goroutine at a time.
type Overlay struct {
	values  map[string]string
	foreign map[string]bool // keys whose value in the file is no string; those of null have no value above
	changed bool
}

// Lookup returns the text of a key's value. "" is a value; null is none.
func (o *Overlay) Lookup(key string) (text string, ok bool) {
	if o == nil {
		return "", false
	}
	text, ok = o.values[key]
	return text, ok
}

// Keys returns the keys that have a value, sorted by byte.
func (o *Overlay) Keys() []string {
	if o == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.values))
}

// Foreign returns the keys, sorted, whose value in the file is not a string. While there is one, the Rust runtime
// ignores the file; the next change of the overlay mends it.
func (o *Overlay) Foreign() []string {
	if o == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.foreign))
}

// Set gives a key a value. The error is a *home.NameError for a key that may not be set, or a *ValueError for a
// value that is not UTF-8.
func (o *Overlay) Set(key home.Key, value string) error {
	if err := key.CheckSet(); err != nil {
		return err
	}
	if !utf8.ValidString(value) {
		return &ValueError{Key: key.String(), Reason: "must be UTF-8 text"}
	}
	if old, ok := o.values[key.String()]; ok && old == value && len(o.foreign) == 0 {
		return nil
	}
	if o.values == nil {
		o.values = make(map[string]string)
	}
	o.values[key.String()] = value
	o.touch()
	return nil
}

// Unset takes a key's value away and reports whether it had one.
func (o *Overlay) Unset(key home.Key) bool {
	if _, ok := o.values[key.String()]; !ok {
		return false
	}
	delete(o.values, key.String())
	o.touch()
	return true
}

// Stringify turns every value into a string of the text that it reads as, as any other change does, too.
func (o *Overlay) Stringify() {
	if len(o.foreign) > 0 {
		o.touch()
	}
}

// touch notes that the file is to be written, which turns every value into a string.
func (o *Overlay) touch() {
	o.changed = true
	o.foreign = nil
}

// Encode returns the overlay as the Rust runtime would write it: an object of strings, keys sorted by byte,
// indented by two spaces, without a trailing newline.
func (o *Overlay) Encode() []byte {
	keys := o.Keys()
	if len(keys) == 0 {
		return []byte("{}")
	}
	out := []byte{'{'}
	for i, key := range keys {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, "\n  "...)
		out = appendString(out, key)
		out = append(out, ": "...)
		out = appendString(out, o.values[key])
	}
	return append(out, "\n}"...)
}

// appendString appends s as a JSON string. Only invalid UTF-8 could fail, which neither Parse nor Set let in.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// ValueError reports a value that an overlay cannot hold. It never holds the value.
type ValueError struct {
	Key    string
	Reason string
}

func (e *ValueError) Error() string { return "invalid value for " + e.Key + ": " + e.Reason }
