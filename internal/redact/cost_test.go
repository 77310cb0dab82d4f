package redact

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// What a search costs does not depend on how long the secrets are, and making their forms takes memory in proportion: a
// machine must not run out of memory over secrets that are as long as secrets may be.
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
			s := new(Set)
			spent := spentBy(func() {
				for i := range 16 {
					s.Add([]byte(secret[:len(secret)-tailLen] + strings.Repeat(string(rune('a'+i)), tailLen)))
					s.current()
				}
			})
			if spent > 128*16*longest {
				t.Errorf("%d bytes were spent", spent)
			}
			held := uintptr(cap(s.matcher.nodes))*reflect.TypeFor[node]().Size() + uintptr(cap(s.matcher.long))*reflect.TypeFor[longForm]().Size()
			if held > 16*64<<10 {
				t.Errorf("the automaton has %d bytes", held)
			}
			text := strings.Repeat(secret[:len(secret)-1]+"|", 16) // nearly the secret, again and again
			spent = spentBy(func() {
				if s.String(text) == "" {
					t.Fatal("nothing is left")
				}
			})
			if spent > 16*uint64(len(text)) {
				t.Errorf("%d bytes were spent on a text of %d", spent, len(text))
			}
		})
	}
}

// spentBy returns the bytes that a function allocates.
func spentBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
