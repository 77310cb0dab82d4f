package core

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
)

// TestVersion holds Version to its word: modules that were rewritten are kept between runs under it. If it fails, what
// Rewrite makes has changed: raise Version and note the new sum.
func TestVersion(t *testing.T) {
	const version, want = 4, "83c3599d7a018eaf4bfb600d059ba0f600117a49e14b2723b1b3ad6910cfd882"
	h := sha256.New()
	add := func(wasm []byte, o Options) {
		m, err := Parse(wasm, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Rewrite(o)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%+v %x %t %t %t\n", m.Walked(), r.Bytes, r.Metered, r.Start, r.Leaks)
	}
	for n := range 200 {
		data := make([]byte, 300)
		for i := range data {
			data[i] = byte(n*31 + i*i*(n+7)) // nothing but variety is wanted of it
		}
		add(generate(data, n%2 == 0), Options{Meter: &Meter{Exceptions: true}, State: true, MaxTable: 100, ModuleName: "m0"})
	}
	add(data(usesData), Options{Meter: &Meter{}, NoImage: true})
	add(data(nil), Options{NoImage: true})
	add(withEverything(byte(opRefFunc), 0, 0x1a, 0x0b), Options{Meter: &Meter{}})
	if got := hex.EncodeToString(h.Sum(nil)); Version != version || got != want {
		t.Errorf("version %d makes %s, not version %d with %s", Version, got, version, want)
	}
}
