package core

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus calls f with every core module below the repository's testdata and this package's.
func corpus(t *testing.T, f func(t *testing.T, wasm []byte)) {
	t.Helper()
	n := 0
	for _, root := range []string{"../../../testdata", "testdata", os.Getenv("ASTRID_WASM_CORPUS")} {
		if root == "" {
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".wasm") {
				return nil
			}
			wasm, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(wasm, []byte(preamble)) {
				return nil // a component
			}
			n++
			t.Run(path, func(t *testing.T) { f(t, wasm) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n == 0 {
		t.Skip("no core modules in testdata")
	}
}

func TestRewriteIsIdentity(t *testing.T) {
	corpus(t, func(t *testing.T, wasm []byte) {
		m, err := Parse(wasm, Limits{})
		if err != nil {
			t.Skip(err) // TestAgreement judges whether that is right
		}
		r, err := m.Rewrite(Options{KeepCustom: true})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(r.Bytes, wasm) {
			t.Error("rewriting without options changed the module")
		}
	})
}
