package image

import (
	"errors"
	"fmt"
)

// Segment is bytes at a place of an image.
type Segment struct {
	Offset uint64
	Data   []byte
}

// Image is what memories begin with. It is immutable, and safe for concurrent use until it is closed.
type Image struct {
	content []byte // up to extent; nil when file has it
	file    *file  // nil where there is none
	extent  uint64 // the end of the last segment
	limit   uint64
}

// New makes an image of zeros with the segments in it, of which a later one covers an earlier one. Copies can grow to
// limit bytes. It returns an error for a segment beyond that.
func New(limit uint64, segments []Segment) (*Image, error) { return newImage(limit, segments, newFile) }

// errNoFile says that the system has no files in memory that would serve.
var errNoFile = errors.New("image: no file in memory")

func newImage(limit uint64, segments []Segment, newFile func(uint64, func([]byte)) (*file, error)) (*Image, error) {
	i := &Image{limit: limit}
	for _, s := range segments {
		end := s.Offset + uint64(len(s.Data))
		if end < s.Offset || end > limit {
			return nil, fmt.Errorf("image: a segment ends at %d of %d", end, limit)
		}
		i.extent = max(i.extent, end)
	}
	fill := func(b []byte) {
		for _, s := range segments {
			copy(b[s.Offset:], s.Data)
		}
	}
	var err error
	if i.file, err = newFile(limit, fill); err != nil {
		i.content = make([]byte, i.extent)
		fill(i.content)
	}
	return i, nil
}

// Close releases the image. Copies stay as they are, but cannot be reset any more.
func (i *Image) Close() error {
	if i.file == nil {
		return nil
	}
	return i.file.close()
}

// Copy makes a copy of size bytes. Free it when done.
func (i *Image) Copy(size uint64) (*Memory, error) {
	if size < i.extent || size > i.limit {
		return nil, fmt.Errorf("image: a copy of %d bytes of an image of %d to %d", size, i.extent, i.limit)
	}
	if i.file != nil {
		if m, err := i.file.copy(i, size); err == nil {
			return m, nil
		}
	}
	return i.plain(size)
}

// plain makes a copy on the heap.
func (i *Image) plain(size uint64) (*Memory, error) {
	m := &Memory{image: i, bytes: make([]byte, size), begun: size}
	return m, i.read(m.bytes[:i.extent])
}

func (i *Image) read(b []byte) error {
	if i.file != nil {
		return i.file.read(b)
	}
	copy(b, i.content)
	return nil
}

// Memory is a private copy of an image. It serves one goroutine at a time.
type Memory struct {
	image   *Image
	bytes   []byte
	begun   uint64 // the size that it was made with
	mapping []byte // all that is reserved, of which bytes is the beginning; nil on the heap
	pagemap []byte // what the kernel says of its pages, kept from reset to reset
}

// Bytes returns the memory. It is valid until Grow or Free.
func (m *Memory) Bytes() []byte { return m.bytes }

// Grow makes the memory larger, by zeros. It returns nil where that is not possible, which leaves it as it was.
func (m *Memory) Grow(size uint64) []byte {
	if size < uint64(len(m.bytes)) || size > m.image.limit {
		return nil
	}
	if m.mapping != nil {
		if !m.open(size) {
			return nil
		}
		return m.bytes
	}
	if size > uint64(cap(m.bytes)) {
		// Growing by doubling keeps a guest that grows page by page linear.
		next := make([]byte, size, max(size, min(2*uint64(cap(m.bytes)), m.image.limit)))
		copy(next, m.bytes)
		m.bytes = next
	}
	m.bytes = m.bytes[:size]
	return m.bytes
}

// ErrGrown says that a memory has grown, which nothing undoes.
var ErrGrown = errors.New("the memory has grown")

// Reset makes the memory what it was when it was made. After an error it must not be used again. It returns ErrGrown
// for a memory that has grown.
func (m *Memory) Reset() error {
	if uint64(len(m.bytes)) != m.begun {
		return ErrGrown
	}
	if m.mapping != nil {
		return m.revert()
	}
	if err := m.image.read(m.bytes[:m.image.extent]); err != nil {
		return err
	}
	clear(m.bytes[m.image.extent:])
	return nil
}

// Free gives the memory back. Nobody may use its bytes any more: they may not be there. It can be called again.
func (m *Memory) Free() {
	m.bytes = nil
	m.unmap()
}
