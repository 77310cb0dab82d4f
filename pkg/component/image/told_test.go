//go:build linux && (amd64 || arm64)

package image

import (
	"os"
	"testing"
)

// On a system that tells which pages were written, it is believed; a file of zeros in its place is not.
func TestTold(t *testing.T) {
	i, err := New(1<<20, []Segment{{Offset: 0, Data: []byte("begins")}})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	m, err := i.Copy(1 << 16)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Free()
	if i.file == nil {
		t.Skip("no files in memory here")
	}
	if err := m.Reset(); err != nil {
		t.Fatal(err)
	}
	if i.file.pagemap == nil {
		t.Skip("the kernel does not tell")
	}
	zeros, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zeros.Close()
	kernel := i.file.pagemap
	i.file.pagemap = zeros
	if i.file.told() {
		t.Error("zeros are believed")
	}
	i.file.pagemap = kernel
	if !i.file.told() {
		t.Error("the kernel is not believed")
	}
}
