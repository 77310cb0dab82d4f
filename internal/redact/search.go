package redact

import (
	"math/bits"
	"strings"
)

// search is a search for all forms in a text, as far as it has come.
type search struct {
	*matcher
	text  string
	end   int      // how much of text was searched
	at    int32    // the node of what that ends with
	hash  uint64   // of it
	past  []uint64 // the hashes of its beginnings, each in the place that its length modulo that of past has
	spans []span   // where forms are in it: in order, and apart
}

// span is a range of text.
type span struct{ from, to int }

func (m *matcher) search(text string) *search {
	// The lengths of beginnings that are asked for lie no further apart than the longest form.
	places := 1 << bits.Len(uint(min(m.longest, len(text))))
	return &search{matcher: m, text: text, past: make([]uint64, places)}
}

// to searches up to that end.
func (s *search) to(end int) {
	at, h := s.at, s.hash
	for i := s.end; i < end; i++ {
		c := s.text[i]
		s.past[i&(len(s.past)-1)] = h
		h = extend(h, c)
		at = s.next(at, c)
		if n := &s.nodes[at]; n.match != 0 || n.long != 0 {
			s.found(n, i+1, h)
		}
	}
	s.end, s.at, s.hash = end, at, h
}

// found covers the longest form that the text up to end ends with, if there is one, given the node and the hash of that.
func (s *search) found(n *node, end int, h uint64) {
	length := int(n.match)
	for i := n.long; i != 0; i = s.long[i].next {
		f := &s.long[i]
		if f.length > length && f.length <= end && h-s.past[(end-f.length)&(len(s.past)-1)]*f.power == f.hash {
			length = f.length
		}
	}
	if length > 0 {
		s.cover(span{end - length, end})
	}
}

// cover adds a span, and joins those that it overlaps.
func (s *search) cover(added span) {
	n := len(s.spans)
	for ; n > 0 && s.spans[n-1].to > added.from; n-- {
		added.from = min(added.from, s.spans[n-1].from)
	}
	s.spans = append(s.spans[:n], added)
}

// decided returns how much of the text no form can touch that has not been found.
func (s *search) decided() int {
	if s.end == len(s.text) {
		return s.end
	}
	return max(0, s.end-max(0, s.longest-1))
}

// clean returns the first n bytes of the text with a [Marker] for each span.
func (s *search) clean(n int) string {
	if len(s.spans) == 0 {
		return s.text[:n]
	}
	var b strings.Builder
	at := 0
	for _, next := range s.spans {
		if next.from >= n {
			break
		}
		b.WriteString(s.text[at:next.from])
		b.WriteString(Marker)
		at = next.to
	}
	if at < n {
		b.WriteString(s.text[at:n])
	}
	return b.String()
}
