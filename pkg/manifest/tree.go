package manifest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

// The document is read into a tree of nodes that know where they are. go-toml's own decoder is of no use here:
// it matches keys without regard to case, gives no positions to what it has decoded, and looks for duplicate
// keys in time quadratic in their number. So its parser does the syntax and this file the rest of TOML: which
// key may follow which.

// maxDepth is how deep tables and arrays may nest, by brackets or by dots. The Rust parser allows 80 levels.
const maxDepth = 100

type kind uint8

const (
	kindTable kind = iota
	kindArray
	kindString
	kindInteger
	kindFloat
	kindBool
	kindTime
)

// String returns the kind as a message names it.
func (k kind) String() string {
	switch k {
	case kindTable:
		return "a table"
	case kindArray:
		return "an array"
	case kindString:
		return "a string"
	case kindInteger:
		return "an integer"
	case kindFloat:
		return "a float"
	case kindBool:
		return "a boolean"
	default:
		return "a date or time"
	}
}

// origin says how a table or array came to be, which decides what may still be added to it.
type origin uint8

const (
	fromValue   origin = iota // an inline table or array: closed
	fromPath                  // a table on the way to another's header: its own header may follow
	fromHeader                // a table with its own header
	fromDots                  // a table on the way of a dotted key: more dotted keys may follow
	fromHeaders               // an array of [[tables]]
)

// node is a value of the document. Which of text, fields and items is set depends on kind.
type node struct {
	kind   kind
	origin origin
	depth  int
	pos    int // offset of the key, of the header for a table, of the value itself in an array

	text   string // a string or time as it is, a number or boolean as JSON
	fields map[string]*node
	items  []*node

	read   bool // something asked for it
	opaque bool // nothing looks at what is below it
}

// fault is an error in the syntax of the document.
type fault struct {
	pos    int
	reason string
}

func (f *fault) Error() string { return f.reason }

func faultf(pos int, format string, args ...any) error {
	return &fault{pos, fmt.Sprintf(format, args...)}
}

// readTree reads a document of at most MaxSize bytes, which must be all of its array. The error is a *fault.
func readTree(data []byte) (*node, error) {
	var p unstable.Parser
	p.Reset(data)
	t := tree{parser: &p, root: &node{origin: fromHeader, fields: map[string]*node{}}}
	t.current = t.root
	for p.NextExpression() {
		if err := t.expression(p.Expression()); err != nil {
			return nil, err
		}
	}
	err := p.Error()
	if syntax, ok := errors.AsType[*unstable.ParserError](err); ok {
		return nil, faultf(int(p.Range(syntax.Highlight).Offset), "%s", syntax.Message)
	}
	return t.root, err
}

type tree struct {
	parser  *unstable.Parser
	root    *node
	current *node // the table of the last header
}

// expression adds a header or an assignment.
func (t *tree) expression(e *unstable.Node) (err error) {
	switch e.Kind {
	case unstable.Table:
		t.current, err = t.header(e.Key())
	case unstable.ArrayTable:
		t.current, err = t.arrayHeader(e.Key())
	default:
		err = t.assign(t.current, e)
	}
	return err
}

// header opens the table of a [header].
func (t *tree) header(key unstable.Iterator) (*node, error) {
	parent, name, pos, err := t.walk(key)
	if err != nil {
		return nil, err
	}
	child, ok := parent.fields[name]
	if !ok {
		return parent.add(name, &node{origin: fromHeader, fields: map[string]*node{}, pos: pos})
	}
	if child.kind != kindTable || child.origin != fromPath {
		return nil, faultf(pos, "%s is already defined", showKey(name))
	}
	child.origin, child.pos = fromHeader, pos
	return child, nil
}

// arrayHeader appends the table of a [[header]] to its array.
func (t *tree) arrayHeader(key unstable.Iterator) (*node, error) {
	parent, name, pos, err := t.walk(key)
	if err != nil {
		return nil, err
	}
	array, ok := parent.fields[name]
	if !ok {
		array, err = parent.add(name, &node{kind: kindArray, origin: fromHeaders, pos: pos})
		if err != nil {
			return nil, err
		}
	}
	if array.origin != fromHeaders {
		return nil, faultf(pos, "%s is already defined, and not as an array of tables", showKey(name))
	}
	return array.append(&node{origin: fromHeader, fields: map[string]*node{}, pos: pos})
}

// walk follows a header from the root to the table that holds its last part, making tables on the way, and
// returns that table, the last part and its position.
func (t *tree) walk(key unstable.Iterator) (table *node, name string, pos int, err error) {
	table = t.root
	for key.Next() {
		part := key.Node()
		name, pos = string(part.Data), int(part.Raw.Offset)
		if key.IsLast() {
			break
		}
		child, ok := table.fields[name]
		switch {
		case !ok:
			child, err = table.add(name, &node{origin: fromPath, fields: map[string]*node{}, pos: pos})
			if err != nil {
				return nil, "", 0, err
			}
		case child.origin == fromValue:
			return nil, "", 0, faultf(pos, "%s is already defined and cannot be extended", showKey(name))
		case child.origin == fromHeaders:
			child = child.items[len(child.items)-1]
		}
		table = child
	}
	return table, name, pos, nil
}

// assign adds a key with its value to a table. A dotted key makes tables on its way.
func (t *tree) assign(table *node, e *unstable.Node) error {
	for key := e.Key(); key.Next(); {
		part := key.Node()
		name, pos := string(part.Data), int(part.Raw.Offset)
		child, ok := table.fields[name]
		if key.IsLast() {
			if ok {
				return faultf(pos, "%s is already defined", showKey(name))
			}
			value, err := table.add(name, &node{pos: pos})
			if err != nil {
				return err
			}
			return t.fill(value, e.Value())
		}
		if !ok {
			var err error
			child, err = table.add(name, &node{origin: fromDots, fields: map[string]*node{}, pos: pos})
			if err != nil {
				return err
			}
		}
		if child.origin != fromDots {
			return faultf(pos, "%s is already defined and cannot be extended", showKey(name))
		}
		table = child
	}
	return nil
}

// fill gives a new node its value.
func (t *tree) fill(n *node, v *unstable.Node) error {
	switch v.Kind {
	case unstable.InlineTable:
		n.kind, n.fields = kindTable, map[string]*node{}
		for it := v.Children(); it.Next(); {
			if err := t.assign(n, it.Node()); err != nil {
				return err
			}
		}
	case unstable.Array:
		n.kind = kindArray
		for it := v.Children(); it.Next(); {
			pos := n.pos // the parser does not say where an array within an array begins
			if raw := it.Node().Raw; raw.Length > 0 {
				pos = int(raw.Offset)
			}
			item, err := n.append(&node{pos: pos})
			if err != nil {
				return err
			}
			if err := t.fill(item, it.Node()); err != nil {
				return err
			}
		}
	case unstable.String:
		n.kind, n.text = kindString, string(v.Data)
	case unstable.Bool:
		n.kind, n.text = kindBool, string(v.Data)
	case unstable.Integer:
		// Base 0 knows TOML's prefixes and underscores; the parser has refused what only Go allows.
		i, err := strconv.ParseInt(string(v.Data), 0, 64)
		if err != nil {
			return faultf(int(v.Raw.Offset), "integer does not fit in 64 bits")
		}
		n.kind, n.text = kindInteger, strconv.FormatInt(i, 10)
	case unstable.Float:
		f, err := strconv.ParseFloat(strings.ReplaceAll(string(v.Data), "_", ""), 64)
		if err != nil {
			return faultf(int(v.Raw.Offset), "float does not fit in 64 bits")
		}
		n.kind, n.text = kindFloat, formatFloat(f)
	default:
		text, ok := timeText(v.Kind, string(v.Data))
		if !ok {
			return faultf(int(v.Raw.Offset), "not a date or time")
		}
		n.kind, n.text = kindTime, text
	}
	return nil
}

// timeText returns a date or time as RFC 3339 writes it, with the fraction of the source, and false if it is
// none. TOML allows a space or a small t between date and time, a small z, and no seconds.
func timeText(k unstable.Kind, s string) (string, bool) {
	s = strings.ToUpper(strings.Replace(s, " ", "T", 1))
	layout, hour := time.DateOnly, -1
	switch k {
	case unstable.LocalTime:
		layout, hour = time.TimeOnly, 0
	case unstable.LocalDateTime:
		layout, hour = "2006-01-02T15:04:05", 11
	case unstable.DateTime:
		layout, hour = time.RFC3339, 11
	}
	if hour >= 0 {
		if strings.IndexByte(s, ':') != hour+2 { // Parse would take an hour of one digit
			return "", false
		}
		// Without seconds there is no fraction either.
		if end := hour + len("15:04"); len(s) == end || len(s) > end && s[end] != ':' && s[end] != '.' {
			s = s[:end] + ":00" + s[end:]
		}
	}
	_, err := time.Parse(layout, s)
	return s, err == nil
}

// add puts a child into a table.
func (n *node) add(name string, child *node) (*node, error) {
	if err := n.adopt(child); err != nil {
		return nil, err
	}
	n.fields[name] = child
	return child, nil
}

// append puts a child at the end of an array.
func (n *node) append(child *node) (*node, error) {
	if err := n.adopt(child); err != nil {
		return nil, err
	}
	n.items = append(n.items, child)
	return child, nil
}

func (n *node) adopt(child *node) error {
	child.depth = n.depth + 1
	if child.depth > maxDepth {
		return faultf(child.pos, "nested deeper than %d levels", maxDepth)
	}
	return nil
}
