package manifest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// maxErrors is how many errors one document reports; a hostile one could have a million.
const maxErrors = 32

// Parse reads a manifest. file is its name for messages. The error joins every *Error that was found, in the
// order of the document; a document that is no TOML has one.
func Parse(file string, data []byte) (*Manifest, error) {
	m, _, err := parse(file, data, false)
	return m, err
}

// parse is Parse. With remember, the decoder keeps what a Document tells. The root is nil for what is no TOML.
func parse(file string, data []byte, remember bool) (*Manifest, *decoder, error) {
	d := &decoder{file: file}
	if remember {
		d.asked = map[*node][]string{}
	}
	if len(data) > MaxSize {
		return nil, d, &Error{File: file, Reason: fmt.Sprintf("larger than %d bytes", MaxSize)}
	}
	// Positions are computed from capacities, so nothing may follow the document in its array.
	data = slices.Clip(data)
	sum := sha256.Sum256(data)
	if len(data) >= 3 && string(data[:3]) == "\ufeff" {
		data = data[3:]
	}
	d.lines = lineStarts(data)
	root, err := readTree(data)
	if err != nil {
		syntax, ok := errors.AsType[*fault](err)
		if !ok {
			syntax = &fault{reason: err.Error()}
		}
		line, column := d.position(syntax.pos)
		return nil, d, &Error{file, line, column, syntax.reason}
	}
	d.root = root
	m := d.manifest(fields{d, root})
	if err := d.err(); err != nil {
		return nil, d, err
	}
	d.unread(root, nil)
	m.unknown, m.warnings, m.sum = d.unknown, d.warnings, sum
	return m, d, nil
}

// decoder collects what there is to say about one document.
type decoder struct {
	file     string
	lines    []int // offsets at which lines begin
	faults   []fault
	unknown  []UnknownKey
	warnings []Warning

	root  *node
	asked map[*node][]string // the keys that were looked for in each table; nil where nobody wants to know
}

func lineStarts(data []byte) []int {
	lines := []int{0}
	for i, c := range data {
		if c == '\n' {
			lines = append(lines, i+1)
		}
	}
	return lines
}

func (d *decoder) position(pos int) (line, column int) {
	line = sort.SearchInts(d.lines, pos+1)
	return line, pos - d.lines[line-1] + 1
}

// fail notes an error at a node.
func (d *decoder) fail(n *node, format string, args ...any) {
	// The first in the document are wanted, not the first found, so there is some room before they are sorted.
	if len(d.faults) < 64*maxErrors {
		d.faults = append(d.faults, fault{n.pos, fmt.Sprintf(format, args...)})
	}
}

func (d *decoder) warn(n *node, format string, args ...any) {
	line, column := d.position(n.pos)
	d.warnings = append(d.warnings, Warning{line, column, fmt.Sprintf(format, args...)})
}

// err joins the errors in the order of the document.
func (d *decoder) err() error {
	slices.SortStableFunc(d.faults, func(a, b fault) int { return a.pos - b.pos })
	var errs []error
	for _, f := range d.faults[:min(len(d.faults), maxErrors)] {
		line, column := d.position(f.pos)
		errs = append(errs, &Error{d.file, line, column, f.reason})
	}
	if more := len(d.faults) - len(errs); more > 0 {
		errs = append(errs, &Error{File: d.file, Reason: fmt.Sprintf("and at least %d more errors", more)})
	}
	return errors.Join(errs...)
}

// unread collects the keys below n that nothing asked for.
func (d *decoder) unread(n *node, path []string) {
	if n.opaque {
		return
	}
	for _, item := range n.items {
		d.unread(item, path)
	}
	for name, child := range n.members() {
		// Clipped, so that siblings do not share the array they append to.
		below := append(slices.Clip(path), name)
		if child.read {
			d.unread(child, below)
			continue
		}
		line, column := d.position(child.pos)
		d.unknown = append(d.unknown, UnknownKey{below, line, column})
	}
}

// members yields the entries of a table in the order of the document.
func (n *node) members() iter.Seq2[string, *node] {
	names := slices.SortedFunc(maps.Keys(n.fields), func(a, b string) int {
		return n.fields[a].pos - n.fields[b].pos
	})
	return func(yield func(string, *node) bool) {
		for _, name := range names {
			if !yield(name, n.fields[name]) {
				return
			}
		}
	}
}

// fields reads the entries of a table. Each method marks what it read; a value of the wrong type is an error,
// and reads as if it were absent.
type fields struct {
	*decoder
	table *node
}

// get returns the entry of that name, whatever its type, or nil. An entry may have a second spelling; to use
// both is an error.
func (f fields) get(name string, alias ...string) *node {
	if f.asked != nil {
		f.asked[f.table] = append(append(f.asked[f.table], name), alias...)
	}
	n := f.table.fields[name]
	if n != nil {
		n.read = true
	}
	for _, a := range alias {
		other := f.table.fields[a]
		if other == nil {
			continue
		}
		other.read = true
		if n != nil {
			f.fail(other, "%s is another spelling of %s, which is also given", a, name)
			continue
		}
		n = other
	}
	return n
}

// typed returns the entry of that name if it is of kind k.
func (f fields) typed(k kind, name string, alias ...string) *node {
	if n := f.get(name, alias...); n != nil && f.is(k, n, name) {
		return n
	}
	return nil
}

// is reports whether n, the entry of that name, is of kind k. If not, that is an error.
func (f fields) is(k kind, n *node, name string) bool {
	if n.kind != k {
		f.fail(n, "%s must be %v, not %v", name, k, n.kind)
	}
	return n.kind == k
}

// text returns a string, empty if absent.
func (f fields) text(name string) string {
	if n := f.typed(kindString, name); n != nil {
		return n.text
	}
	return ""
}

// required returns a string that must be there.
func (f fields) required(name string, alias ...string) string {
	s, _ := f.requiredAt(name, alias...)
	return s
}

// requiredAt is required, with the node for what else there may be to say about it, or nil.
func (f fields) requiredAt(name string, alias ...string) (string, *node) {
	n := f.get(name, alias...)
	switch {
	case n == nil:
		f.missing(name)
	case f.is(kindString, n, name):
		return n.text, n
	}
	return "", nil
}

// missing notes that a required key is absent, and points at one that differs in case only.
func (f fields) missing(name string) {
	for twin, n := range f.table.members() {
		if strings.EqualFold(twin, name) {
			f.fail(n, "missing key %s: keys are case-sensitive, and %s is another", name, showKey(twin))
			return
		}
	}
	f.fail(f.table, "missing key %s", name)
}

// flag returns a boolean, or nil if absent.
func (f fields) flag(name string) *bool {
	n := f.typed(kindBool, name)
	if n == nil {
		return nil
	}
	set := n.text == "true"
	return &set
}

// isSet returns a boolean, false if absent.
func (f fields) isSet(name string) bool {
	b := f.flag(name)
	return b != nil && *b
}

// texts returns an array of strings, nil if absent.
func (f fields) texts(name string) []string {
	n := f.typed(kindArray, name)
	if n == nil {
		return nil
	}
	texts := make([]string, 0, len(n.items))
	for _, item := range n.items {
		if item.kind != kindString {
			f.fail(item, "%s must hold strings only, not %v", name, item.kind)
			continue
		}
		texts = append(texts, item.text)
	}
	return texts
}

// number returns a number, and false if absent.
func (f fields) number(name string) (uint32, bool) {
	n := f.typed(kindInteger, name)
	if n == nil {
		return 0, false
	}
	v, err := strconv.ParseUint(n.text, 10, 32)
	if err != nil {
		f.fail(n, "%s must be between 0 and %d", name, uint32(math.MaxUint32))
		return 0, false
	}
	return uint32(v), true
}

// sub returns a table, and false if absent.
func (f fields) sub(name string, alias ...string) (fields, bool) {
	n := f.typed(kindTable, name, alias...)
	return fields{f.decoder, n}, n != nil
}

// entries yields the entries of a table of that name, all marked as read.
func (f fields) entries(name string) iter.Seq2[string, *node] {
	n := f.typed(kindTable, name)
	if n == nil {
		return func(func(string, *node) bool) {}
	}
	return n.each()
}

// each yields the entries of a table, all marked as read.
func (n *node) each() iter.Seq2[string, *node] {
	return func(yield func(string, *node) bool) {
		for name, child := range n.members() {
			child.read = true
			if !yield(name, child) {
				return
			}
		}
	}
}

// list reads an array of tables.
func list[T any](f fields, name string, read func(fields) T) []T {
	n := f.typed(kindArray, name)
	if n == nil {
		return nil
	}
	all := make([]T, 0, len(n.items))
	for _, item := range n.items {
		if item.kind != kindTable {
			f.fail(item, "%s must hold tables only, not %v", name, item.kind)
			continue
		}
		all = append(all, read(fields{f.decoder, item}))
	}
	return all
}
