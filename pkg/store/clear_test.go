package store_test

import (
	"bytes"
	"io"
	"testing"

	"astrid/pkg/store"
)

// peek is a reader that remembers where it was asked to put what it has.
type peek struct {
	io.Reader
	given [][]byte
}

func (p *peek) Read(into []byte) (int, error) {
	p.given = append(p.given, into)
	return p.Reader.Read(into)
}

// The buffer that a value is read into is empty afterwards, whether it was a secret or not.
func TestBuffersAreCleared(t *testing.T) {
	for name, value := range map[string][]byte{
		"a secret":  []byte(canary),
		"a line":    []byte(canary + "\n"),
		"no UTF-8":  []byte(canary + "\xff"),
		"too large": bytes.Repeat([]byte(canary), store.MaxSecret/len(canary)+2),
	} {
		p := &peek{Reader: bytes.NewReader(value)}
		_, _, err := store.ReadSecret(p, false)
		t.Logf("%s: %v", name, err)
		for _, buffer := range p.given {
			if bytes.ContainsFunc(buffer, func(r rune) bool { return r != 0 }) {
				t.Errorf("%s: the buffer holds it still", name)
			}
		}
	}
}

func FuzzReadSecret(f *testing.F) {
	for _, s := range []string{"", "a", "a\n", "a\r\n", "a\nb\n", "\n", "\r\n", "\xff", "\x00", "a\n\n"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, value []byte, raw bool) {
		s, stripped, err := store.ReadSecret(bytes.NewReader(value), raw)
		if err != nil {
			return
		}
		if got := s.Reveal(); !bytes.HasPrefix(value, got) || len(got)+stripped != len(value) || stripped > 2 || raw && stripped > 0 {
			t.Errorf("of %q came %q, %d stripped", value, got, stripped)
		}
		if again, err := store.NewSecret(s.Reveal()); err != nil || !again.Equal(s) {
			t.Errorf("%q is no secret: %v", value, err)
		}
	})
}
