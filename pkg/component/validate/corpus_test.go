package validate_test

import (
	"os"
	"path/filepath"
	"testing"

	"astrid/pkg/component/binary"
	"astrid/pkg/component/validate"
)

// corpus returns the components among the fixtures, by path.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for _, pattern := range []string{"component/*.wasm", "capsules/*/*.wasm"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			file, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			if binary.Sniff(file) == binary.LayerComponent {
				found[p] = file
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no components among the fixtures")
	}
	return found
}

func TestFixturesAreValid(t *testing.T) {
	for path, file := range corpus(t) {
		if _, err := classify(file); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func BenchmarkComponent(b *testing.B) {
	for _, name := range []string{"greeter/greeter.wasm", "stubs/stubs.wasm"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			file, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "capsules", name))
			if err != nil {
				b.Fatal(err)
			}
			c, err := binary.Decode(file)
			if err != nil {
				b.Fatal(err)
			}
			parse := parsedOnce()
			for b.Loop() {
				if err := validate.ComponentParsed(c, parse); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
