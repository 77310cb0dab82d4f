package component

import (
	"math"

	"github.com/tetratelabs/wazero/experimental"

	"astrid/pkg/component/core"
	"astrid/pkg/component/image"
)

// mapFrom is the initial size, in bytes, from which on memories are mapped from an image. Below it a copy costs less
// than the page faults of a mapping.
const mapFrom = 256 << 10

// memoryOf returns the type of the memory that a core module defines.
func memoryOf(m *core.Module) (core.MemoryType, bool) {
	memories := m.Memories()[imported(m, core.KindMemory):]
	if len(memories) == 0 {
		return core.MemoryType{}, false
	}
	return memories[0], true
}

// newImage makes the image of the memory that a core module defines. It returns nil for a module whose instances have
// none or do not begin alike.
func newImage(m *core.Module, limit uint64) (*image.Image, error) {
	data, ok := m.Image()
	if !ok {
		return nil, nil
	}
	t, _ := memoryOf(m)
	if t.HasMax {
		limit = min(limit, uint64(t.Max)*pageSize)
	}
	segments := make([]image.Segment, len(data))
	for i, s := range data {
		segments[i] = image.Segment{Offset: uint64(s.Offset), Data: s.Data}
	}
	return image.New(min(limit, math.MaxUint32), segments)
}

// memoryBudget bounds the linear memories of one instance together, so that a guest's memory.grow meets the bound as
// the specification has it: by answering -1.
type memoryBudget struct {
	left     uint64
	used     uint64
	peak     uint64
	memories []*linearMemory
}

// allocator makes the memory that a module of the instance defines, from its image if that is not nil.
func (b *memoryBudget) allocator(i *image.Image) experimental.MemoryAllocator {
	return experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory {
		m := &linearMemory{budget: b, image: i}
		b.memories = append(b.memories, m)
		return m
	})
}

// release frees every memory. The engine frees those of modules that it instantiated and closed, and no others.
func (b *memoryBudget) release() {
	for _, m := range b.memories {
		m.Free()
	}
}

// linearMemory is a memory: a copy of an image, or bytes on Go's heap whose address can change when it grows. Nothing
// keeps a view of either across a call, and nothing of a copy beyond Free.
type linearMemory struct {
	budget *memoryBudget
	image  *image.Image
	copy   *image.Memory // of image
	buf    []byte
}

// Reallocate implements experimental.LinearMemory.
func (m *linearMemory) Reallocate(size uint64) []byte {
	grow := size - uint64(len(m.buf))
	if size < uint64(len(m.buf)) || grow > m.budget.left {
		return nil
	}
	next := m.resize(size)
	if next == nil {
		return nil
	}
	m.buf = next
	m.budget.left -= grow
	m.budget.used += grow
	m.budget.peak = max(m.budget.peak, m.budget.used)
	return m.buf
}

func (m *linearMemory) resize(size uint64) []byte {
	if m.image != nil {
		if m.copy != nil {
			return m.copy.Grow(size)
		}
		var err error
		if m.copy, err = m.image.Copy(size); err != nil {
			return nil
		}
		return m.copy.Bytes()
	}
	if size <= uint64(cap(m.buf)) {
		return m.buf[:size]
	}
	// Growing by doubling keeps a guest that grows page by page linear. What is reserved beyond size stays
	// within what the guest may still ask for.
	room := min(2*uint64(cap(m.buf)), uint64(len(m.buf))+m.budget.left)
	next := make([]byte, size, max(size, room))
	copy(next, m.buf)
	return next
}

// Free implements experimental.LinearMemory.
func (m *linearMemory) Free() {
	m.budget.left += uint64(len(m.buf))
	m.budget.used -= uint64(len(m.buf))
	m.buf = nil
	if m.copy != nil {
		m.copy.Free()
		m.copy = nil
	}
}
