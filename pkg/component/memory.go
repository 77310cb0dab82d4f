package component

import "github.com/tetratelabs/wazero/experimental"

// memoryBudget bounds the linear memories of one instance together. It is their allocator, so that a guest's
// memory.grow meets the bound as the specification has it: by answering -1.
type memoryBudget struct {
	left uint64
	used uint64
	peak uint64
}

// Allocate implements experimental.MemoryAllocator.
func (b *memoryBudget) Allocate(_, _ uint64) experimental.LinearMemory {
	return &linearMemory{budget: b}
}

// linearMemory is a memory on Go's heap. Its address can change when it grows: nothing keeps a view across a call.
type linearMemory struct {
	budget *memoryBudget
	buf    []byte
}

// Reallocate implements experimental.LinearMemory.
func (m *linearMemory) Reallocate(size uint64) []byte {
	grow := size - uint64(len(m.buf))
	if size < uint64(len(m.buf)) || grow > m.budget.left {
		return nil
	}
	if size <= uint64(cap(m.buf)) {
		m.buf = m.buf[:size]
	} else {
		// Growing by doubling keeps a guest that grows page by page linear. What is reserved beyond size stays
		// within what the guest may still ask for.
		room := min(2*uint64(cap(m.buf)), uint64(len(m.buf))+m.budget.left)
		next := make([]byte, size, max(size, room))
		copy(next, m.buf)
		m.buf = next
	}
	m.budget.left -= grow
	m.budget.used += grow
	m.budget.peak = max(m.budget.peak, m.budget.used)
	return m.buf
}

// Free implements experimental.LinearMemory.
func (m *linearMemory) Free() {
	m.budget.left += uint64(len(m.buf))
	m.budget.used -= uint64(len(m.buf))
	m.buf = nil
}
