package canon

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/api"
)

// MaxLift is how many bytes of Go's memory the strings, the lists and what else is allocated of one call may take that
// moves them out of a guest, whatever the guest's memory limit allows.
const MaxLift = 256 << 20

// maxByteLength bounds a string or list in memory (MAX_STRING_BYTE_LENGTH, MAX_LIST_BYTE_LENGTH).
const maxByteLength = 1<<28 - 1

// Cx is the memory side of one canonical definition in one instance (LiftLowerContext). Memory and Realloc are nil
// where the definition names none. A Cx serves one call at a time.
type Cx struct {
	Memory   api.Memory
	Realloc  api.Function
	MayLeave *bool // the instance's flag: cleared while a value is lowered, as realloc must not call out
	Encoding Encoding
	Handles  *Handles   // the component instance's
	Host     *HostTable // of the whole instance
	Instance int        // the component instance

	scope *Scope
	ctx   context.Context // passed to realloc
	view  []byte          // the whole memory; stale after any call into the guest
	left  int64           // of MaxLift
	moved uint64          // bytes of strings and lists that were lifted since Begin
	work  uint64          // since the last look at ctx, in bytes; a call does not begin it anew
	stack [4]uint64       // realloc's, kept here so that a call allocates nothing
}

// Begin readies the Cx for one call: it must precede the first lift or lower, and follow any call into the guest.
func (c *Cx) Begin(ctx context.Context) {
	c.ctx = ctx
	c.left = MaxLift
	c.moved = 0
	c.refresh()
}

func (c *Cx) refresh() {
	if c.Memory == nil {
		return
	}
	c.view, _ = c.Memory.Read(0, c.Memory.Size())
}

// check traps unless size bytes at p are in memory and p is aligned.
func (c *Cx) check(p uint32, size uint64, align uint32, what string) {
	if p&(align-1) != 0 {
		trap(FaultAlign, "%s at %#x is not aligned to %d", what, p, align)
	}
	if uint64(p)+size > uint64(len(c.view)) {
		trap(FaultBounds, "%s of %d bytes at %#x in a memory of %d", what, size, p, len(c.view))
	}
}

// take admits size bytes at p that are about to be lifted, and returns them.
func (c *Cx) take(p uint32, size uint64, align uint32, what string) []byte {
	c.check(p, size, align, what)
	c.moved += size
	c.step(size)
	return c.view[p : uint64(p)+size]
}

// Moved is how many bytes of strings and lists were lifted since Begin, as they lie in the memory.
func (c *Cx) Moved() uint64 { return c.moved }

// spend charges n bytes of Go's memory that lifting is about to take.
func (c *Cx) spend(n uint64) {
	if c.left -= int64(n); c.left < 0 {
		panic(&BudgetError{MaxLift})
	}
}

const (
	// chunk is how many bytes are moved, at most, between two looks at the call's context. The pages of a large copy are
	// new to the process, which makes a fault of each: copying tens of megabytes can take a good part of a second.
	chunk = 1 << 20
	// eight is what moving eight bytes of an element of a list takes, in bytes of a copy that take as long.
	eight = 256
)

// elementWork is what moving an element of a list takes, as step counts it. It may be a record of any number of fields.
func elementWork(t *Type) uint64 { return eight * (1 + uint64(t.size)/8) }

// step counts work that is about to be done, in bytes, and looks at the call's context where it has become a chunk: one
// value may be made of any number of small ones.
func (c *Cx) step(n uint64) {
	if c.work += n; c.work >= chunk {
		c.work = 0
		c.live()
	}
}

// live panics with a *CanceledError when the call's context has ended.
func (c *Cx) live() {
	if c.ctx.Err() != nil {
		panic(&CanceledError{context.Cause(c.ctx)})
	}
}

// copyOut returns a copy of what lies in the memory.
func (c *Cx) copyOut(b []byte) string {
	if len(b) <= chunk {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b))
	for part := range slices.Chunk(b, chunk) {
		c.live()
		out.Write(part)
	}
	return out.String()
}

// copyIn copies s to p, which has room.
func (c *Cx) copyIn(p uint32, s string) {
	for len(s) > chunk {
		c.live()
		p += uint32(copy(c.view[p:], s[:chunk]))
		s = s[chunk:]
	}
	copy(c.view[p:], s)
}

// validUTF8 is utf8.Valid.
func (c *Cx) validUTF8(b []byte) bool {
	for len(b) > chunk {
		c.live()
		n := chunk
		for n > chunk-utf8.UTFMax && !utf8.RuneStart(b[n]) {
			n--
		}
		if !utf8.Valid(b[:n]) {
			return false
		}
		b = b[n:]
	}
	return utf8.Valid(b)
}

// alloc asks the guest for memory (cx.opts.realloc with no old block). An empty value asks too: the
// specification calls realloc for it, and checks what it answers.
func (c *Cx) alloc(size uint64, align uint32, what string) uint32 {
	if size > math.MaxUint32 {
		trap(FaultLength, "%s of %d bytes", what, size)
	}
	return c.realloc(0, 0, align, size, what)
}

// realloc asks the guest to move a block (LiftLowerContext.reallocate) and checks what it answers.
func (c *Cx) realloc(old uint32, oldSize uint64, align uint32, size uint64, what string) uint32 {
	if c.Realloc == nil {
		panic(&HostError{"the guest has no realloc"})
	}
	c.step(size)
	c.stack = [4]uint64{uint64(old), oldSize, uint64(align), size}
	if err := c.Realloc.CallWithStack(c.ctx, c.stack[:]); err != nil {
		panic(err)
	}
	p := uint32(c.stack[0])
	c.refresh()
	c.check(p, size, align, what)
	return p
}

// The readers and writers of fixed-width integers take addresses that check has admitted.

func (c *Cx) u8(p uint32) uint8   { return c.view[p] }
func (c *Cx) u16(p uint32) uint16 { return binary.LittleEndian.Uint16(c.view[p:]) }
func (c *Cx) u32(p uint32) uint32 { return binary.LittleEndian.Uint32(c.view[p:]) }
func (c *Cx) u64(p uint32) uint64 { return binary.LittleEndian.Uint64(c.view[p:]) }

func (c *Cx) put8(p uint32, v uint8)   { c.view[p] = v }
func (c *Cx) put16(p uint32, v uint16) { binary.LittleEndian.PutUint16(c.view[p:], v) }
func (c *Cx) put32(p uint32, v uint32) { binary.LittleEndian.PutUint32(c.view[p:], v) }
func (c *Cx) put64(p uint32, v uint64) { binary.LittleEndian.PutUint64(c.view[p:], v) }
