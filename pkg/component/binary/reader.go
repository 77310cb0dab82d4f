package binary

import (
	"fmt"
	"unicode/utf8"
)

// Error says what is wrong with a component binary, and where.
type Error struct {
	Offset  int    // of the byte that is wrong, from the start of the file
	Section string // the section it lies in, by its name in Binary.md
	Reason  string
	Kind    Kind
}

// Kind tells the errors of a decoder apart.
type Kind uint8

// The kinds of error.
const (
	Malformed   Kind = iota // the bytes are not of the format
	Invalid                 // they are, and what they say is never valid, whatever else the component holds
	Unsupported             // the format knows it, this decoder does not
)

func (e *Error) Error() string {
	if e.Section == "" {
		return fmt.Sprintf("%s at offset %#x", e.Reason, e.Offset)
	}
	return fmt.Sprintf("%s section: %s at offset %#x", e.Section, e.Reason, e.Offset)
}

// reader reads one file front to back. Sub-readers for sections share its bytes and offsets. Errors are raised by
// panic with an *Error and recovered in Decode: a decoder is a hundred reads, and each of them can fail.
type reader struct {
	buf     []byte // the whole file
	off     int
	end     int // reads stop here
	section string
	depth   int
}

func (r *reader) fail(at int, format string, args ...any) {
	panic(&Error{at, r.section, fmt.Sprintf(format, args...), Malformed})
}

func (r *reader) invalid(at int, format string, args ...any) {
	panic(&Error{at, r.section, fmt.Sprintf(format, args...), Invalid})
}

func (r *reader) unsupported(at int, format string, args ...any) {
	panic(&Error{at, r.section, fmt.Sprintf(format, args...) + " is not supported", Unsupported})
}

func (r *reader) rest() int { return r.end - r.off }

func (r *reader) byte() byte {
	if r.off >= r.end {
		r.fail(r.off, "unexpected end")
	}
	b := r.buf[r.off]
	r.off++
	return b
}

func (r *reader) bytes(n int) []byte {
	if n > r.rest() {
		r.fail(r.off, "unexpected end: %d bytes wanted, %d left", n, r.rest())
	}
	b := r.buf[r.off : r.off+n : r.off+n]
	r.off += n
	return b
}

// uleb reads an unsigned LEB128 of at most bits bits, as strict as the core specification: no more bytes than the
// width needs and no bits beyond it.
func (r *reader) uleb(bits uint) uint64 {
	start := r.off
	var v uint64
	for shift := uint(0); ; shift += 7 {
		b := r.byte()
		if left := bits - shift; left < 7 && b>>left != 0 {
			r.fail(start, "integer does not fit %d bits", bits)
		}
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			return v
		}
		if shift+7 >= bits {
			r.fail(start, "integer is longer than %d bits need", bits)
		}
	}
}

func (r *reader) u32() uint32 { return uint32(r.uleb(32)) }

// count reads the length of a vector whose elements take at least one byte each, so that it can bound an
// allocation.
func (r *reader) count(what string) int {
	start := r.off
	n := r.u32()
	if int64(n) > int64(r.rest()) {
		r.fail(start, "%d %s claimed with %d bytes left", n, what, r.rest())
	}
	return int(n)
}

// name reads a UTF-8 name (core:name).
func (r *reader) name() string {
	start := r.off
	n := r.u32()
	if int64(n) > int64(r.rest()) {
		r.fail(start, "name of %d bytes with %d left", n, r.rest())
	}
	b := r.bytes(int(n))
	if !utf8.Valid(b) {
		r.fail(start, "name is not UTF-8")
	}
	return string(b)
}

func (r *reader) expect(want byte, what string) {
	at := r.off
	if b := r.byte(); b != want {
		r.fail(at, "%s: byte %#02x, want %#02x", what, b, want)
	}
}

// optional reads the presence byte of `T?`.
func (r *reader) optional() bool {
	at := r.off
	switch b := r.byte(); b {
	case 0:
		return false
	case 1:
		return true
	default:
		r.fail(at, "presence byte is %#02x, want 0 or 1", b)
		return false
	}
}

// enter bounds the nesting of components and types, which the decoder follows by recursion.
func (r *reader) enter(at int) {
	if r.depth++; r.depth > maxDepth {
		r.fail(at, "nested deeper than %d", maxDepth)
	}
}

func (r *reader) leave() { r.depth-- }

// vec reads a vector, growing with the bytes seen.
func vec[T any](r *reader, what string, elem func() T) []T {
	n := r.count(what)
	if n == 0 {
		return nil
	}
	out := make([]T, 0, min(n, 64))
	for range n {
		out = append(out, elem())
	}
	return out
}
