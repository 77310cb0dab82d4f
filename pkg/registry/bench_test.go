package registry_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/registry"
)

// BenchmarkOpen shows that discovery takes a time in proportion to the number of capsules. The manifests are of the
// size of real ones.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := manyInstalled(b, n)
			b.ReportAllocs()
			for b.Loop() {
				r, err := registry.Open(b.Context(), h)
				if err != nil || len(r.All()) != n {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/capsule")
		})
	}
}

func manyInstalled(b *testing.B, n int) *home.Home {
	b.Helper()
	h, err := home.At(filepath.Join(b.TempDir(), "astrid"))
	if err != nil {
		b.Fatal(err)
	}
	tree := h.CapsulesDir().Path()
	if err := os.MkdirAll(tree, 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("capsule-%05d", i)
		text := "[package]\nname = '" + name + "'\nversion = '1.0.0'\ndescription = 'One of many'\n" +
			"[[component]]\nfile = 'capsule.wasm'\n[capabilities]\nnet = ['api.example.com']\nkv = ['" + name + "']\n" +
			"[env.base_url]\ntype = 'text'\ndefault = 'https://api.example.com'\n[env.api_key]\ntype = 'secret'\n"
		meta := fmt.Sprintf("{\n  \"version\": \"1.0.0\",\n  \"wasm_hash\": \"%s%08x\"\n}", strings.Repeat("0", 56), i)
		dir := filepath.Join(tree, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		for file, content := range map[string]string{"Capsule.toml": text, "meta.json": meta} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	return h
}
