package binary_test

import (
	"errors"
	"reflect"
	"testing"

	wasm "astrid/pkg/component/binary"
)

// Whatever the bytes, Decode returns a tree in proportion to them or an *Error that lies in them.
func FuzzDecode(f *testing.F) {
	for _, file := range fixtures(f) {
		f.Add(file)
		for _, at := range []int{9, len(file) / 3, len(file) / 2, len(file) - 2} {
			if at < 0 || at >= len(file) {
				continue
			}
			mutant := append([]byte(nil), file...)
			mutant[at] ^= 0x81
			f.Add(mutant)
			f.Add(file[:at])
		}
	}
	f.Add(nest(101))
	f.Add(nestTypes(101))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := wasm.Decode(file)
		if err != nil {
			bad, ok := errors.AsType[*wasm.Error](err)
			if !ok || c != nil || bad.Offset < 0 || bad.Offset > len(file) || bad.Reason == "" {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		checkTree(t, c, len(file))
		if again, err := wasm.Decode(file); err != nil || !reflect.DeepEqual(c, again) {
			t.Errorf("another decode gave another tree: %v", err)
		}
	})
}
