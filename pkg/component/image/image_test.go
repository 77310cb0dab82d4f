package image_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"astrid/pkg/component/image"
)

const (
	page  = 64 << 10
	limit = 64 * page
)

// segments make an image with holes, in which a later segment covers part of an earlier one.
func segments() []image.Segment {
	return []image.Segment{
		{Offset: 3, Data: []byte("beginning")},
		{Offset: 2*page - 4, Data: bytes.Repeat([]byte{1}, 3*page)},
		{Offset: 3 * page, Data: []byte("covers")},
		{Offset: 9*page - 3, Data: []byte("end")},
		{Offset: 5, Data: nil},
	}
}

func newImage(t testing.TB, kind maker) (*image.Image, []byte) {
	t.Helper()
	i, err := kind(limit, segments())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	want := make([]byte, 10*page)
	for _, s := range segments() {
		copy(want[s.Offset:], s.Data)
	}
	return i, want
}

// maker makes an image: as the system does best, or as every system can.
type maker func(limit uint64, segments []image.Segment) (*image.Image, error)

func each(t *testing.T, test func(t *testing.T, kind maker)) {
	t.Run("best", func(t *testing.T) { test(t, image.New) })
	t.Run("plain", func(t *testing.T) { test(t, image.NewPlain) })
}

func newCopy(t testing.TB, i *image.Image, size uint64) *image.Memory {
	t.Helper()
	m, err := i.Copy(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Free)
	return m
}

func TestCopyIsPrivate(t *testing.T) {
	each(t, func(t *testing.T, kind maker) {
		i, want := newImage(t, kind)
		a, b := newCopy(t, i, 10*page), newCopy(t, i, 10*page)
		if !bytes.Equal(a.Bytes(), want) {
			t.Fatal("a copy differs from the image")
		}
		copy(a.Bytes()[3:], "scribbled")
		a.Bytes()[10*page-1] = 9
		if !bytes.Equal(b.Bytes(), want) {
			t.Error("what one copy writes is seen by another")
		}
		if c := newCopy(t, i, 10*page); !bytes.Equal(c.Bytes(), want) {
			t.Error("what one copy writes is in the image")
		}
	})
}

// Whatever was written where, a reset leaves no trace of it, also at the second time.
func TestReset(t *testing.T) {
	each(t, func(t *testing.T, kind maker) {
		i, want := newImage(t, kind)
		m := newCopy(t, i, 10*page)
		r := rand.New(rand.NewPCG(1, 2))
		for round := range 50 {
			for range r.IntN(40) {
				at := r.IntN(len(want))
				for n := range m.Bytes()[at:min(at+r.IntN(3*page), len(want))] {
					m.Bytes()[at+n] = byte(r.Uint32())
				}
			}
			if err := m.Reset(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(m.Bytes(), want) {
				t.Fatalf("round %d left something behind", round)
			}
		}
	})
}

func TestGrow(t *testing.T) {
	each(t, func(t *testing.T, kind maker) {
		i, want := newImage(t, kind)
		m := newCopy(t, i, 10*page)
		m.Bytes()[7] = 7
		want[7] = 7
		for _, size := range []uint64{10 * page, 11 * page, 40 * page, limit} {
			got := m.Grow(size)
			if uint64(len(got)) != size || uint64(len(m.Bytes())) != size {
				t.Fatalf("%d and %d bytes, want %d", len(got), len(m.Bytes()), size)
			}
			want = append(want, make([]byte, size-uint64(len(want)))...)
			if !bytes.Equal(got, want) {
				t.Fatal("growing changed what was there, or did not add zeros")
			}
			got[size-1], want[size-1] = 1, 1
		}
		for _, size := range []uint64{limit + 1, page, 1 << 63} {
			if m.Grow(size) != nil {
				t.Errorf("grew to %d", size)
			}
		}
		if !bytes.Equal(m.Bytes(), want) {
			t.Error("a refused growth changed something")
		}
		if err := m.Reset(); !errors.Is(err, image.ErrGrown) {
			t.Errorf("reset after growing: %v", err)
		}
	})
}

func TestBounds(t *testing.T) {
	each(t, func(t *testing.T, kind maker) {
		for _, s := range []image.Segment{
			{Offset: limit, Data: []byte{1}},
			{Offset: 1<<64 - 1, Data: []byte{1, 2}},
			{Offset: limit + 1},
		} {
			if _, err := kind(limit, []image.Segment{s}); err == nil {
				t.Errorf("%d bytes at %d of %d", len(s.Data), s.Offset, limit)
			}
		}
		i, _ := newImage(t, kind)
		for _, size := range []uint64{9*page - 1, limit + 1} {
			if _, err := i.Copy(size); err == nil {
				t.Errorf("a copy of %d bytes", size)
			}
		}
		empty, err := kind(0, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer empty.Close()
		m := newCopy(t, empty, 0)
		if len(m.Bytes()) != 0 || m.Reset() != nil {
			t.Error("an empty memory is something")
		}
	})
}

func TestClosed(t *testing.T) {
	each(t, func(t *testing.T, kind maker) {
		i, want := newImage(t, kind)
		m := newCopy(t, i, 10*page)
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.Bytes(), want) {
			t.Error("closing the image changed a copy")
		}
		m.Free()
		m.Free()
		if m.Bytes() != nil {
			t.Error("bytes after Free")
		}
	})
}

// Copies are made, reset and freed side by side, and leave neither mappings nor descriptors.
func TestParallel(t *testing.T) {
	each(t, func(t *testing.T, kind maker) {
		i, want := newImage(t, kind)
		if err := newCopy(t, i, 10*page).Reset(); err != nil { // makes what all resets share
			t.Fatal(err)
		}
		before := mappings(t)
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for range 50 {
					m, err := i.Copy(10 * page)
					if err != nil {
						t.Error(err)
						return
					}
					for at := range m.Bytes() {
						m.Bytes()[at] = byte(n)
					}
					if err := m.Reset(); err != nil || !bytes.Equal(m.Bytes(), want) {
						t.Errorf("not as it was: %v", err)
					}
					m.Free()
				}
			})
		}
		wg.Wait()
		if after := mappings(t); after > before {
			t.Errorf("%d mappings became %d", before, after)
		}
	})
}

// mappings counts the mappings of images in this process.
func mappings(t *testing.T) int {
	if runtime.GOOS != "linux" {
		return 0
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	return strings.Count(string(maps), "memfd:wasm memory")
}

func BenchmarkReset(b *testing.B) {
	i, _ := newImage(b, image.New)
	m := newCopy(b, i, 10*page)
	for b.Loop() {
		m.Bytes()[0]++
		if err := m.Reset(); err != nil {
			b.Fatal(err)
		}
	}
}
