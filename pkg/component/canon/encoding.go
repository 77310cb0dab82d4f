package canon

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding is how a component's strings lie in its memory, by the opcode of the canonical option.
type Encoding byte

// The string encodings. Latin1UTF16 tags each string's length with which of the two it is in.
const (
	UTF8        Encoding = 0
	UTF16       Encoding = 1
	Latin1UTF16 Encoding = 2
)

// utf16Tag marks the length of a string that is in UTF-16 where it could be in Latin-1 (utf16_tag).
const utf16Tag = 1 << 31

// origin is the form that a string had where it came from. Which steps of allocation the receiver sees depends on
// it. A Go string is UTF-8.
type origin struct {
	enc   Encoding // UTF8, UTF16, or Latin1UTF16 for Latin-1 code units
	union bool     // it came from a component whose encoding is latin1+utf16
	units uint64   // code units in enc
}

// text is a string on its way from one component to another.
type text struct {
	s    string
	from origin
}

// liftString reads a string (load_string_from_range).
func (c *Cx) liftString(p, tagged uint32) text {
	if c.Encoding == UTF8 {
		return text{c.liftUTF8(p, tagged), origin{units: uint64(tagged)}}
	}
	units, enc := uint64(tagged), c.Encoding
	union := enc == Latin1UTF16
	if union && tagged&utf16Tag != 0 {
		units, enc = uint64(tagged&^utf16Tag), UTF16
	}
	size := units
	if enc == UTF16 {
		size = 2 * units
	}
	if size > maxByteLength {
		trap(FaultLength, "string of %d bytes", size)
	}
	b := c.take(p, size, 2, "string")
	c.spend(size)
	out := text{from: origin{enc, union, units}}
	if enc == UTF16 {
		out.s = c.decodeUTF16(b, p)
	} else {
		out.s = c.decodeLatin1(b)
	}
	return out
}

// liftUTF8 is liftString where the component's strings are UTF-8.
func (c *Cx) liftUTF8(p, n uint32) string {
	if n > maxByteLength {
		trap(FaultLength, "string of %d bytes", n)
	}
	b := c.take(p, uint64(n), 1, "string")
	c.spend(uint64(n))
	if !c.validUTF8(b) {
		trap(FaultString, "%d bytes at %#x are not UTF-8", n, p)
	}
	return c.copyOut(b)
}

func (c *Cx) decodeUTF16(b []byte, p uint32) string {
	var s strings.Builder
	s.Grow(len(b))
	for i := 0; i < len(b); i += 2 {
		if i&(chunk-2) == 0 && i > 0 {
			c.live()
		}
		r := rune(binary.LittleEndian.Uint16(b[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i += 2; i < len(b) {
				low = rune(binary.LittleEndian.Uint16(b[i:]))
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				trap(FaultString, "%d bytes at %#x are not UTF-16", len(b), p)
			}
		}
		s.WriteRune(r)
	}
	return s.String()
}

func (c *Cx) decodeLatin1(b []byte) string {
	var s strings.Builder
	s.Grow(len(b))
	for i, r := range b {
		if i&(chunk-1) == 0 && i > 0 {
			c.live()
		}
		s.WriteRune(rune(r))
	}
	return s.String()
}

// lowerString writes a string in the component's encoding and returns where it lies and its tagged length
// (store_string_into_range). The calls of realloc are those that the specification makes: a guest can count them.
func (c *Cx) lowerString(t text) (p, tagged uint32) {
	switch c.Encoding {
	case UTF8:
		if t.from.enc == UTF8 {
			return c.copyUTF8(t.s)
		}
		worst := uint64(3)
		if t.from.enc == Latin1UTF16 {
			worst = 2
		}
		return c.storeUTF8(t.s, t.from.units, worst*t.from.units)
	case UTF16:
		if t.from.enc == UTF8 {
			return c.storeUTF16(t.s, t.from.units)
		}
		p = c.alloc(2*t.from.units, 2, "string")
		c.putUTF16(p, t.s)
		return p, uint32(t.from.units)
	}
	if !t.from.union {
		return c.storeLatin1OrUTF16(t.s, t.from.units)
	}
	if t.from.enc == UTF16 {
		return c.storeProbablyUTF16(t.s, t.from.units)
	}
	p = c.alloc(t.from.units, 2, "string")
	c.putLatin1(p, t.s)
	return p, uint32(t.from.units)
}

func (c *Cx) copyUTF8(s string) (p, n uint32) {
	p = c.alloc(uint64(len(s)), 1, "string")
	c.copyIn(p, s)
	return p, uint32(len(s))
}

// storeUTF8 is store_string_to_utf8: as many bytes as there were code units, and room for the worst case from the
// first character that needs more.
func (c *Cx) storeUTF8(s string, units, worst uint64) (p, n uint32) {
	p = c.alloc(units, 1, "string")
	if uint64(len(s)) == units && ascii(s) {
		c.copyIn(p, s)
		return p, uint32(units)
	}
	p = c.realloc(p, units, 1, worst, "string")
	c.copyIn(p, s)
	if worst > uint64(len(s)) {
		p = c.realloc(p, worst, 1, uint64(len(s)), "string")
	}
	return p, uint32(len(s))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// storeUTF16 is store_utf8_to_utf16.
func (c *Cx) storeUTF16(s string, units uint64) (p, n uint32) {
	worst := 2 * units
	p = c.alloc(worst, 2, "string")
	size := uint64(c.putUTF16(p, s))
	if size < worst {
		p = c.realloc(p, worst, 2, size, "string")
	}
	return p, uint32(size / 2)
}

// storeLatin1OrUTF16 is store_string_to_latin1_or_utf16: Latin-1 until a character needs more, then all of it again
// in UTF-16.
func (c *Cx) storeLatin1OrUTF16(s string, units uint64) (p, tagged uint32) {
	p = c.alloc(units, 2, "string")
	if n, ok := latin1Len(s); ok {
		c.putLatin1(p, s)
		if n < units {
			p = c.realloc(p, units, 2, n, "string")
		}
		return p, uint32(n)
	}
	worst := 2 * units
	p = c.realloc(p, units, 2, worst, "string")
	size := uint64(c.putUTF16(p, s))
	if worst > size {
		p = c.realloc(p, worst, 2, size, "string")
	}
	return p, uint32(size/2) | utf16Tag
}

// storeProbablyUTF16 is store_probably_utf16_to_latin1_or_utf16: UTF-16 as it came, narrowed in place where every
// character turns out to be Latin-1.
func (c *Cx) storeProbablyUTF16(s string, units uint64) (p, tagged uint32) {
	p = c.alloc(2*units, 2, "string")
	n, ok := latin1Len(s)
	if !ok {
		c.putUTF16(p, s)
		return p, uint32(units) | utf16Tag
	}
	c.putLatin1(p, s)
	p = c.realloc(p, 2*units, 1, n, "string")
	return p, uint32(n)
}

// latin1Len returns the number of characters, and whether each of them is in Latin-1.
func latin1Len(s string) (uint64, bool) {
	var n uint64
	for _, r := range s {
		if r > 0xff {
			return 0, false
		}
		n++
	}
	return n, true
}

func (c *Cx) putLatin1(p uint32, s string) {
	for i, r := range s {
		if i&(chunk-1) == 0 && i > 0 {
			c.live()
		}
		c.view[p] = byte(r)
		p++
	}
}

// putUTF16 writes s at p, which has room, and returns its size in bytes.
func (c *Cx) putUTF16(p uint32, s string) int {
	start := p
	var units [2]uint16
	for i, r := range s {
		if i&(chunk-1) == 0 && i > 0 {
			c.live()
		}
		for _, u := range utf16.AppendRune(units[:0], r) {
			c.put16(p, u)
			p += 2
		}
	}
	return int(p - start)
}
