package binary_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

const preamble = "\x00asm\x0d\x00\x01\x00"

// b joins the parts of a binary: bytes and rune constants below 0x100 as one byte, strings and byte slices as they are.
func b(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch v := p.(type) {
		case int:
			out = append(out, byte(v))
		case string:
			out = append(out, v...)
		case []byte:
			out = append(out, v...)
		}
	}
	return out
}

func uleb(n uint64) []byte { return binary.AppendUvarint(nil, n) }

// name is a string with its length before it.
func name(s string) []byte { return b(uleb(uint64(len(s))), s) }

// vec is a vector of the items.
func vec(items ...[]byte) []byte { return b(uleb(uint64(len(items))), bytes.Join(items, nil)) }

func section(id int, contents ...any) []byte {
	c := b(contents...)
	return b(id, uleb(uint64(len(c))), c)
}

func component(sections ...[]byte) []byte { return b(preamble, bytes.Join(sections, nil)) }

// one is a component of one section with one definition, which begins at offset 11 if it is shorter than 127 bytes.
func one(id int, definition ...any) []byte { return component(section(id, 1, b(definition...))) }

// typ is a component that defines one type.
func typ(definition ...any) []byte { return one(7, definition...) }

// fixtures returns every component of the repository by its path.
func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"component/*.wasm", "capsules/*/*.wasm"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.HasPrefix(file, []byte(preamble)) {
				out[path] = file
			}
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d components in testdata", len(out))
	}
	return out
}

func fixture(t testing.TB, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
