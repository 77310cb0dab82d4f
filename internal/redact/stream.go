package redact

// stream is the state of a search in text that comes in pieces.
type stream struct {
	matcher *matcher
	at      int32  // the node of what the text ends with
	held    []byte // what is undecided, the end of the text
	spans   []span // what of held is to be replaced: in order, and apart
	marked  bool   // the first span began before held, and its marker is out
}

// span is a range of held.
type span struct{ from, to int }

// feed searches p and appends to dst what is decided by it.
func (s *stream) feed(dst, p []byte) []byte {
	end := len(s.held)
	s.held = append(s.held, p...)
	for ; end < len(s.held); end++ {
		s.step(end)
	}
	return s.emit(dst, end-s.matcher.open(s.at))
}

// step takes the byte at i of held.
func (s *stream) step(i int) {
	s.at = s.matcher.next(s.at, s.held[i])
	if n := int(s.matcher.nodes[s.at].match); n > 0 {
		s.cover(span{i + 1 - n, i + 1})
	}
}

// cover adds a span, and joins those that it overlaps.
func (s *stream) cover(added span) {
	n := len(s.spans)
	for ; n > 0 && s.spans[n-1].to > added.from; n-- {
		added.from = min(added.from, s.spans[n-1].from)
		added.to = max(added.to, s.spans[n-1].to)
	}
	s.spans = append(s.spans[:n], added)
}

// emit appends to dst the first n bytes of held, a marker for each span, and holds the rest.
func (s *stream) emit(dst []byte, n int) []byte {
	done, at := 0, 0
	for ; done < len(s.spans) && s.spans[done].from < n; done++ {
		next := s.spans[done]
		if !s.marked {
			dst = append(dst, s.held[at:next.from]...)
			dst = append(dst, Marker...)
		}
		at = min(next.to, n)
		if s.marked = next.to > n; s.marked {
			break // What comes may make it longer.
		}
	}
	if !s.marked {
		dst = append(dst, s.held[at:n]...)
	}
	s.held = append(s.held[:0], s.held[n:]...)
	s.spans = append(s.spans[:0], s.spans[done:]...)
	for i := range s.spans {
		s.spans[i].from = max(0, s.spans[i].from-n)
		s.spans[i].to -= n
	}
	return dst
}

// finish appends to dst what is left of the text.
func (s *stream) finish(dst []byte) []byte { return s.emit(dst, len(s.held)) }
