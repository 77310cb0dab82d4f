package registry

import (
	"regexp"
	"strings"
	"testing"
)

func FuzzParseMeta(f *testing.F) {
	f.Add([]byte(`{"version":"1.0.0","source":null,"wasm_hash":"` + strings.Repeat("0a", 32) + `","other":[1,{}]}`))
	f.Add([]byte(`{"wasm_hash":"../../x"}`))
	f.Add([]byte(`{"wasm_hash":"` + strings.Repeat("0A", 32) + `"}`))
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(`{"version":"1","version":"2"}`))
	f.Add([]byte(`{} {}`))
	f.Add([]byte(strings.Repeat("[", 20_000)))
	hash := regexp.MustCompile(`^([0-9a-f]{64})?$`)
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, _ := parseMeta(data); !hash.MatchString(m.WasmHash) {
			t.Errorf("took %q for a hash", m.WasmHash)
		}
	})
}
