package redact

import "sync"

// Marker stands where a secret was. A secret that is part of the marker cannot be hidden by it.
const Marker = "[redacted]"

// MinLen is the shortest secret that is looked for, in bytes. Shorter ones would be found in what they have
// nothing to do with.
const MinLen = 8

// Set is a set of secrets. It only grows. The zero value is empty and ready, and safe for concurrent use.
type Set struct {
	mu      sync.Mutex
	secrets map[string]struct{}
	forms   map[form]struct{} // of all of them
	matcher *matcher          // nil: secrets came since it was built
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
		s.secrets, s.forms = make(map[string]struct{}), make(map[form]struct{})
	}
	s.secrets[string(secret)] = struct{}{}
	eachForm(secret, func(text string) { s.forms[newForm(text)] = struct{}{} })
	s.matcher = nil
}

// String returns text with a [Marker] for each run of bytes in which secrets overlap. Text without a secret is
// returned as it is, without a copy.
func (s *Set) String(text string) string {
	found := s.current().search(text)
	found.to(len(text))
	return found.clean(len(text))
}

// Head is [Set.String] for one who wants no more than the first n bytes of it, or some more where that is no trouble. It
// searches little more of the text than it takes to have them, and not much more than 16 n bytes; cut says that it left
// something out.
func (s *Set) Head(text string, n int) (head string, cut bool) {
	m := s.current()
	found := m.search(text)
	for end := n + max(1, m.longest); end < len(text); end *= 2 {
		found.to(end)
		if head := found.clean(found.decided()); len(head) > n || found.decided() > 16*n {
			return head, true
		}
	}
	found.to(len(text))
	return found.clean(len(text)), false
}

// current returns the matcher of the secrets added so far.
func (s *Set) current() *matcher {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.matcher == nil {
		s.matcher = newMatcher(s.forms)
	}
	return s.matcher
}
