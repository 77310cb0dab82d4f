package redact

import "sync"

// Marker stands where a secret was. A secret that is part of the marker cannot be hidden by it.
const Marker = "[redacted]"

// MinLen is the shortest secret that is looked for, in bytes. Shorter ones would be found in what they have
// nothing to do with.
const MinLen = 8

// pieceLen is how much of a text is searched before it is asked whether that is enough.
const pieceLen = 32 << 10

// Set is a set of secrets. It only grows. The zero value is empty and ready, and safe for concurrent use.
type Set struct {
	mu      sync.Mutex
	secrets map[string]struct{}
	matcher *matcher // nil: secrets came since it was built
}

// Add adds a secret, of which it keeps a copy. One shorter than [MinLen] is ignored.
func (s *Set) Add(secret []byte) {
	if len(secret) < MinLen {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.secrets[string(secret)]; known {
		return
	}
	if s.secrets == nil {
		s.secrets = make(map[string]struct{})
	}
	s.secrets[string(secret)] = struct{}{}
	s.matcher = nil
}

// String returns text with a [Marker] for each run of bytes in which secrets overlap. Text without a secret is
// returned as it is, without a copy.
func (s *Set) String(text string) string {
	m := s.current()
	if !m.in(text) {
		return text
	}
	st := stream{matcher: m}
	clean := make([]byte, 0, len(text))
	clean = st.feed(clean, []byte(text))
	return string(st.finish(clean))
}

// Head is [Set.String] for one who wants no more than the first n bytes of it. It searches little more of the text than
// it takes to have them, and at most 16 n bytes; cut says that it left something out.
func (s *Set) Head(text string, n int) (head string, cut bool) {
	if len(text) <= n {
		return s.String(text), false
	}
	st := stream{matcher: s.current()}
	var clean []byte
	for rest := text[:min(len(text), 16*n)]; rest != "" && len(clean) <= n; {
		piece := rest[:min(len(rest), pieceLen)]
		rest = rest[len(piece):]
		clean = st.feed(clean, []byte(piece))
		if rest == "" && len(text) <= 16*n {
			return string(st.finish(clean)), false
		}
	}
	return string(clean), true
}

// current returns the matcher of the secrets added so far.
func (s *Set) current() *matcher {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.matcher == nil {
		s.matcher = newMatcher(s.secrets)
	}
	return s.matcher
}
