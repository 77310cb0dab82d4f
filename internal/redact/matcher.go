package redact

import (
	"math"
	"strings"
)

// tailLen is how much of the end of a form the automaton knows, in bytes: what it takes does not depend on how long
// secrets are. Of a longer form the rest is compared by its hash.
const tailLen = 32

// form is a text that gives a secret away, as far as the search needs to know it.
type form struct {
	tail   string // the last tailLen bytes
	length int
	hash   uint64
}

func newForm(text string) form {
	tail := text[max(0, len(text)-tailLen):]
	return form{strings.Clone(tail), len(text), hash(text)}
}

// base is that of the polynomial whose value is the hash of a text. Texts with the same hash can be made on purpose: what
// comes of it is that a text is redacted without need.
const base = 0x9e3779b97f4a7c15

func hash(text string) (h uint64) {
	for i := range len(text) {
		h = extend(h, text[i])
	}
	return h
}

// extend returns the hash of a text with one more byte.
func extend(h uint64, c byte) uint64 { return h*base + uint64(c) + 1 }

// power returns what a hash is multiplied by when n bytes follow the text.
func power(n int) uint64 {
	p := uint64(1)
	for b := uint64(base); n > 0; n >>= 1 {
		if n&1 != 0 {
			p *= b
		}
		b *= b
	}
	return p
}

// matcher finds the tails of all forms in one pass, whatever the text: the automaton of Aho and Corasick. Node 0 is the
// root. It is immutable once built.
type matcher struct {
	nodes   []node
	first   [math.MaxUint8 + 1]int32 // the children of the root, which most bytes of a text ask for
	long    []longForm               // those that are longer than their tails; the first is none
	longest int                      // the length of the longest form
}

// node stands for a prefix of a tail. Nearly all have one child, so children are a list and not a table.
type node struct {
	child, sibling int32 // the first child, and the next one of the same parent; 0 is none
	fail           int32 // the node of the longest proper suffix of the prefix that is a prefix too
	match          int32 // the length of the longest whole form that the prefix ends with, 0 for none
	long           int32 // the first of the longer forms whose tail the prefix is, 0 for none
	char           byte  // the last byte of the prefix
}

// longForm is a form that is longer than its tail.
type longForm struct {
	length int
	hash   uint64
	power  uint64 // of length
	next   int32  // the next one of the same tail, 0 for none
}

func newMatcher(forms map[form]struct{}) *matcher {
	m := &matcher{nodes: make([]node, 1), long: make([]longForm, 1)}
	for f := range forms {
		m.insert(f)
	}
	m.link()
	return m
}

func (m *matcher) insert(f form) {
	at := int32(0)
	for i := range len(f.tail) {
		next := m.child(at, f.tail[i])
		if next == 0 {
			next = int32(len(m.nodes))
			added := node{char: f.tail[i]}
			if at == 0 {
				m.first[f.tail[i]] = next
			} else {
				added.sibling, m.nodes[at].child = m.nodes[at].child, next
			}
			m.nodes = append(m.nodes, added)
		}
		at = next
	}
	m.longest = max(m.longest, f.length)
	if f.length == len(f.tail) {
		m.nodes[at].match = int32(f.length)
		return
	}
	m.long = append(m.long, longForm{f.length, f.hash, power(f.length), m.nodes[at].long})
	m.nodes[at].long = int32(len(m.long) - 1)
}

// link sets fail and match, shorter prefixes first since longer ones build on theirs.
func (m *matcher) link() {
	queue := make([]int32, 0, len(m.nodes))
	for _, at := range m.first {
		if at != 0 {
			queue = append(queue, at)
		}
	}
	for i := 0; i < len(queue); i++ {
		parent := &m.nodes[queue[i]]
		for at := parent.child; at != 0; at = m.nodes[at].sibling {
			n := &m.nodes[at]
			n.fail = m.next(parent.fail, n.char)
			if n.match == 0 {
				n.match = m.nodes[n.fail].match
			}
			queue = append(queue, at)
		}
	}
}

// next returns the node of the longest prefix that the text ends with, after the node it was at and one more
// byte. No prefix is longer than the tail of a long form: if the text ends with that, the node is the tail's.
func (m *matcher) next(at int32, c byte) int32 {
	for at != 0 {
		if child := m.child(at, c); child != 0 {
			return child
		}
		at = m.nodes[at].fail
	}
	return m.first[c]
}

// child returns the node of one more byte, 0 if no tail goes on with it.
func (m *matcher) child(at int32, c byte) int32 {
	if at == 0 {
		return m.first[c]
	}
	for at = m.nodes[at].child; at != 0; at = m.nodes[at].sibling {
		if m.nodes[at].char == c {
			break
		}
	}
	return at
}
