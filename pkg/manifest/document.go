package manifest

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Document is a manifest as a text that somebody writes: it tells where things are in it, and what was meant by a key
// that nothing reads. It is immutable.
type Document struct {
	Manifest *Manifest    // nil if the document has errors
	Unknown  []UnknownKey // as Manifest.Unknown, also of a document with errors
	Warnings []Warning    // likewise

	decoder *decoder
}

// ParseDocument is Parse for a tool that talks about the document. It returns one also where there is an error, which
// is that of Parse.
func ParseDocument(file string, data []byte) (*Document, error) {
	m, d, err := parse(file, data, true)
	if err != nil && d.root != nil {
		d.unread(d.root, nil)
	}
	return &Document{m, d.unknown, d.warnings, d}, err
}

// Position returns where the entry of that path begins, or else the nearest table around it. A part of a path is a key,
// or the number of a table in an array of them, counted from 0.
func (d *Document) Position(path ...string) (line, column int) {
	n := d.decoder.root
	if n == nil {
		return 0, 0
	}
	for _, part := range path {
		next := n.fields[part]
		if i, err := strconv.Atoi(part); n.kind == kindArray && err == nil && 0 <= i && i < len(n.items) {
			next = n.items[i]
		}
		if next == nil {
			break
		}
		n = next
	}
	return d.decoder.position(n.pos)
}

// Nearest returns the key that may be meant by an unknown one: the most similar of those that are read in its table. It
// is empty if none is similar.
func (d *Document) Nearest(k UnknownKey) string {
	table := d.decoder.root
	for _, part := range k.Path[:len(k.Path)-1] {
		if table = d.inner(table, part, k); table == nil {
			return ""
		}
	}
	wrong := k.Path[len(k.Path)-1]
	if len(wrong) > maxShown {
		return ""
	}
	best, least := "", len(wrong)/3+1
	for _, name := range slices.Compact(slices.Sorted(slices.Values(d.decoder.asked[table]))) {
		if table.fields[name] != nil {
			continue // it is there as well
		}
		if n := distance(strings.ToLower(wrong), name); n <= least && (best == "" || n < least) {
			best, least = name, n
		}
	}
	return best
}

// inner returns the table of that name: of an array of tables, the one that an unknown key is in.
func (d *Document) inner(n *node, name string, k UnknownKey) *node {
	next := n.fields[name]
	if next == nil || next.kind != kindArray {
		return next
	}
	// The first one behind the key.
	after := sort.Search(len(next.items), func(i int) bool {
		line, column := d.decoder.position(next.items[i].pos)
		return line > k.Line || line == k.Line && column > k.Column
	})
	if after == 0 {
		return nil
	}
	return next.items[after-1]
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour that make a of b.
func distance(a, b string) int {
	var before, above []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
