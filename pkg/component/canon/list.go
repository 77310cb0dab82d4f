package canon

import (
	"fmt"
	"reflect"
	"unicode/utf8"
	"unsafe"
)

// stringOp binds a Go string. Go copies what a guest passes: the memory stays the guest's.
func stringOp() *op {
	lift := func(c *Cx, p, n uint32, dst unsafe.Pointer) {
		if c.Encoding == UTF8 { // it mostly is, and needs no text
			*(*string)(dst) = c.liftUTF8(p, n)
			return
		}
		*(*string)(dst) = c.liftString(p, n).s
	}
	lower := func(c *Cx, src unsafe.Pointer) (p, n uint32) {
		s := *(*string)(src)
		if !utf8.ValidString(s) {
			panic(&HostError{"a string is not UTF-8"})
		}
		if len(s) > maxByteLength {
			panic(&HostError{"a string is longer than 2^28-1 bytes"})
		}
		if c.Encoding == UTF8 {
			return c.copyUTF8(s)
		}
		return c.lowerString(text{s, origin{units: uint64(len(s))}})
	}
	return pairOp(lift, lower)
}

// listOp binds a Go slice of the elements that elem moves.
func listOp(g reflect.Type, t *Type, elem *op) *op {
	size, align := uint64(elem.typ.size), elem.typ.align
	if g.Elem().Kind() == reflect.Uint8 && t.Elem.Kind == KindU8 {
		return bytesOp()
	}
	goSize := g.Elem().Size()
	work := elementWork(t.Elem)
	lift := func(c *Cx, p, n uint32, dst unsafe.Pointer) {
		if uint64(n)*size > maxByteLength {
			trap(FaultLength, "list of %d elements", n)
		}
		c.take(p, uint64(n)*size, align, "list")
		c.spend(uint64(n) * max(size, uint64(goSize)))
		if n == 0 {
			reflect.NewAt(g, dst).Elem().SetZero()
			return
		}
		s := reflect.MakeSlice(g, int(n), int(n))
		base := s.UnsafePointer()
		for i := range n {
			c.step(work)
			elem.load(c, p+i*uint32(size), unsafe.Add(base, uintptr(i)*goSize))
		}
		reflect.NewAt(g, dst).Elem().Set(s)
	}
	lower := func(c *Cx, src unsafe.Pointer) (p, n uint32) {
		s := reflect.NewAt(g, src).Elem()
		count := uint64(s.Len())
		base := s.UnsafePointer()
		p = c.alloc(count*size, align, "list")
		for i := range uint32(count) {
			c.step(work)
			elem.store(c, unsafe.Add(base, uintptr(i)*goSize), p+i*uint32(size))
		}
		return p, uint32(count)
	}
	o := pairOp(lift, lower)
	o.stow = func(c *Cx, src unsafe.Pointer) {
		s := reflect.NewAt(g, src).Elem()
		base := s.UnsafePointer()
		for i := range uintptr(s.Len()) {
			elem.stowed(c, unsafe.Add(base, i*goSize))
		}
	}
	return o
}

// bytesOp is listOp for list<u8>, which is one copy.
func bytesOp() *op {
	lift := func(c *Cx, p, n uint32, dst unsafe.Pointer) {
		if n > maxByteLength {
			trap(FaultLength, "list of %d bytes", n)
		}
		b := c.take(p, uint64(n), 1, "list")
		c.spend(uint64(n))
		if n > chunk {
			s := c.copyOut(b)
			*(*[]byte)(dst) = unsafe.Slice(unsafe.StringData(s), n) // nobody else has it
			return
		}
		out := make([]byte, n)
		copy(out, b)
		*(*[]byte)(dst) = out
	}
	lower := func(c *Cx, src unsafe.Pointer) (p, n uint32) {
		b := *(*[]byte)(src)
		p = c.alloc(uint64(len(b)), 1, "list")
		c.copyIn(p, unsafe.String(unsafe.SliceData(b), len(b)))
		return p, uint32(len(b))
	}
	return pairOp(lift, lower)
}

// pairOp makes the op of a type that is a pointer and a length, in memory as on the stack.
func pairOp(lift func(c *Cx, p, n uint32, dst unsafe.Pointer), lower func(c *Cx, src unsafe.Pointer) (p, n uint32)) *op {
	return &op{
		load: func(c *Cx, p uint32, dst unsafe.Pointer) { lift(c, c.u32(p), c.u32(p+4), dst) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) {
			at, n := lower(c, src)
			c.put32(p, at)
			c.put32(p+4, n)
		},
		lift: func(c *Cx, flat []uint64, dst unsafe.Pointer) {
			lift(c, uint32(flat[0]), uint32(flat[1]), dst)
		},
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) {
			p, n := lower(c, src)
			flat[0], flat[1] = uint64(p), uint64(n)
		},
	}
}

// array binds a Go array to a list of its length.
func (pl *planner) array(path string, g reflect.Type, t *Type) (*op, error) {
	if g.Kind() != reflect.Array || uint64(g.Len()) != uint64(t.Length) {
		return nil, &BindError{path, g, t, fmt.Sprintf("want an array of %d", t.Length)}
	}
	elem, err := pl.plan(path+"[]", g.Elem(), t.Elem)
	if err != nil {
		return nil, err
	}
	return arrayOp(t, elem, g.Elem().Size()), nil
}

// arrayOp makes the op of a list of a fixed length, whose elements lie in a row on both sides.
func arrayOp(t *Type, elem *op, goSize uintptr) *op {
	n, size, nflat, work := t.Length, t.Elem.size, len(t.Elem.flat), elementWork(t.Elem)
	return &op{
		load: func(c *Cx, p uint32, dst unsafe.Pointer) {
			for i := range n {
				c.step(work)
				elem.load(c, p+i*size, unsafe.Add(dst, uintptr(i)*goSize))
			}
		},
		store: func(c *Cx, src unsafe.Pointer, p uint32) {
			for i := range n {
				c.step(work)
				elem.store(c, unsafe.Add(src, uintptr(i)*goSize), p+i*size)
			}
		},
		lift: func(c *Cx, flat []uint64, dst unsafe.Pointer) {
			for i := range n {
				c.step(work)
				elem.lift(c, flat[int(i)*nflat:], unsafe.Add(dst, uintptr(i)*goSize))
			}
		},
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) {
			for i := range n {
				c.step(work)
				elem.lower(c, unsafe.Add(src, uintptr(i)*goSize), flat[int(i)*nflat:])
			}
		},
		stow: func(c *Cx, src unsafe.Pointer) {
			for i := range n {
				elem.stowed(c, unsafe.Add(src, uintptr(i)*goSize))
			}
		},
	}
}
