package redact

import (
	"io"
	"sync"
)

// pieceLen is how much of a write is searched before what is decided of it leaves.
const pieceLen = 32 << 10

// Writer redacts a stream. It holds back only what may turn out to be the beginning of a secret, which is
// shorter than the longest form of one; Close lets go of it. It is safe for concurrent use, though writes that
// come at the same time come out in any order.
type Writer struct {
	set *Set
	out io.Writer

	mu     sync.Mutex
	stream stream
	clean  []byte
	err    error
}

// Write passes on what is decided. An error of the underlying writer ends the stream: it is returned here, and
// by each later call.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stream.use(w.set.current())
	for rest := p; len(rest) > 0; {
		piece := rest[:min(len(rest), pieceLen)]
		rest = rest[len(piece):]
		w.clean = w.stream.feed(w.clean[:0], piece)
		if err := w.pass(); err != nil {
			return 0, err
		}
	}
	return len(p), w.err
}

// Close passes on what is held back. It does not close the underlying writer, and the Writer may be used on.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stream.use(w.set.current())
	w.clean = w.stream.finish(w.clean[:0])
	return w.pass()
}

func (w *Writer) pass() error {
	if w.err == nil && len(w.clean) > 0 {
		_, w.err = w.out.Write(w.clean)
	}
	return w.err
}

// stream is the state of a search.
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

// finish appends to dst what is left of the text, and begins another.
func (s *stream) finish(dst []byte) []byte {
	dst = s.emit(dst, len(s.held))
	*s = stream{matcher: s.matcher, held: s.held}
	return dst
}

// use goes on with a matcher that knows more secrets than the one before.
func (s *stream) use(m *matcher) {
	if m == s.matcher {
		return
	}
	s.matcher, s.at = m, 0
	if s.marked {
		s.spans = s.spans[:1]
	} else {
		s.spans = s.spans[:0]
	}
	// The other spans lie in held, and are found again.
	for i := range s.held {
		s.step(i)
	}
}
