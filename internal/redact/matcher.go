package redact

import "math"

// matcher finds all forms in one pass, whatever the text: the automaton of Aho and Corasick. Node 0 is the
// root. It is immutable once built.
type matcher struct {
	nodes []node
	first [math.MaxUint8 + 1]int32 // the children of the root, which most bytes of a text ask for
}

// node stands for a prefix of a form. A long secret makes many of them, nearly all with one child, so children
// are a list and not a table.
type node struct {
	child, sibling int32 // the first child, and the next one of the same parent; 0 is none
	fail           int32 // the node of the longest proper suffix of the prefix that is a prefix too
	depth          int32 // the length of the prefix
	match          int32 // the length of the longest form that the prefix ends with, 0 for none
	char           byte  // the last byte of the prefix
}

// newMatcher returns the matcher of every form of the secrets.
func newMatcher(secrets map[string]struct{}) *matcher {
	m := &matcher{nodes: make([]node, 1)}
	for secret := range secrets {
		eachForm([]byte(secret), m.insert)
	}
	m.link()
	return m
}

func (m *matcher) insert(form string) {
	at := int32(0)
	for i := range len(form) {
		next := m.child(at, form[i])
		if next == 0 {
			next = int32(len(m.nodes))
			added := node{char: form[i], depth: int32(i + 1)}
			if at == 0 {
				m.first[form[i]] = next
			} else {
				added.sibling, m.nodes[at].child = m.nodes[at].child, next
			}
			m.nodes = append(m.nodes, added)
		}
		at = next
	}
	m.nodes[at].match = m.nodes[at].depth
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
// byte.
func (m *matcher) next(at int32, c byte) int32 {
	for at != 0 {
		if child := m.child(at, c); child != 0 {
			return child
		}
		at = m.nodes[at].fail
	}
	return m.first[c]
}

// open returns how much of the end of the text may be the beginning of a form that is not complete, after the
// node it is at. That is less than the length of the longest form.
func (m *matcher) open(at int32) int {
	for at != 0 && m.nodes[at].child == 0 {
		at = m.nodes[at].fail // A form is complete, and no longer one begins like it.
	}
	return int(m.nodes[at].depth)
}

// child returns the node of one more byte, 0 if no form goes on with it.
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

// in reports whether s holds a form.
func (m *matcher) in(s string) bool {
	at := int32(0)
	for i := range len(s) {
		at = m.next(at, s[i])
		if m.nodes[at].match != 0 {
			return true
		}
	}
	return false
}
