package redact

import (
	"runtime"
	"strings"
	"testing"
)

// What a search costs is in proportion to the secrets that it is for: a machine must not run out of memory over secrets
// that are as long as secrets may be.
func TestCost(t *testing.T) {
	const longest = 64 << 10
	for name, secret := range map[string]string{
		"letters":         strings.Repeat("abcdefghijklmnopqrstuvwxyz0123456789", longest/36),
		"one letter":      strings.Repeat("a", longest),
		"escaped":         strings.Repeat("x\"%/é\\", longest/8),
		"nothing to read": strings.Repeat("\x01", longest),
		"white space":     strings.Repeat(" ", longest/2) + strings.Repeat("a\n", longest/4),
	} {
		t.Run(name, func(t *testing.T) {
			s := setOf(secret)
			m := s.current()
			if n := len(m.nodes) / len(secret); n > 24 {
				t.Errorf("%d nodes for a byte", n)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			text := strings.Repeat(secret[:len(secret)-1]+"|", 16) // nearly the secret, again and again
			if s.String(text) == "" {
				t.Fatal("nothing is left")
			}
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 16*uint64(len(text)) {
				t.Errorf("%d bytes were spent on a text of %d", spent, len(text))
			}
		})
	}
}
