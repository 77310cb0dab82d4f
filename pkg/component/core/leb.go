package core

import "unicode/utf8"

// reader walks a byte range of a module. The first failure sticks: from then on every read returns zero,
// so that a sequence of reads needs one check of err at its end. No read goes beyond end.
type reader struct {
	b       []byte
	pos     int
	end     int
	section string
	err     error
}

func (r *reader) fail(at int, reason string) { r.failAs(Malformed, at, reason) }

func (r *reader) invalid(at int, reason string) { r.failAs(Invalid, at, reason) }

func (r *reader) unsupported(at int, what string) {
	r.failAs(Unsupported, at, what+" is not supported")
}

func (r *reader) failAs(kind Kind, at int, reason string) {
	if r.err == nil {
		r.err = &Error{Offset: at, Section: r.section, Reason: reason, Kind: kind}
	}
}

// strict is fail for what the specification rejects although wazero lets it pass, or what both would read
// differently.
func (r *reader) strict(at int, reason string) {
	if r.err == nil {
		r.err = &Error{Offset: at, Section: r.section, Reason: reason, strict: true}
	}
}

// foreign is unsupported for what wazero may read as something else.
func (r *reader) foreign(at int, what string) {
	if r.err == nil {
		r.err = &Error{Offset: at, Section: r.section, Reason: what + " is not supported", Kind: Unsupported, strict: true}
	}
}

func (r *reader) over(name string, limit, got uint64) {
	if r.err == nil {
		r.err = &LimitError{Name: name, Limit: limit, Got: got}
	}
}

func (r *reader) left() int { return r.end - r.pos }

func (r *reader) byte() byte {
	if r.err != nil {
		return 0
	}
	if r.pos >= r.end {
		r.fail(r.pos, "unexpected end")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

// bytes returns the next n bytes without copying them.
func (r *reader) bytes(n uint32) []byte {
	if r.err != nil {
		return nil
	}
	if uint64(n) > uint64(r.left()) {
		r.fail(r.pos, "unexpected end")
		return nil
	}
	s := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return s
}

// u32 reads an unsigned LEB128 of at most 32 bits.
func (r *reader) u32() uint32 {
	// Nearly every number of a module is one byte.
	if r.err == nil && r.pos < r.end && r.b[r.pos] < 0x80 {
		r.pos++
		return uint32(r.b[r.pos-1])
	}
	return r.u32Long()
}

func (r *reader) u32Long() uint32 {
	at := r.pos
	var v uint32
	for shift := 0; shift < 35; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		if shift == 28 && c&^0x0f != 0 {
			break
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.fail(at, "number does not fit 32 bits")
	return 0
}

// signed reads a signed LEB128 of the given width: 32, 33 or 64 bits. The unused bits of the last byte must
// repeat the sign.
func (r *reader) signed(bits int) int64 {
	at := r.pos
	var v int64
	for shift := 0; shift < bits; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		v |= int64(c&0x7f) << shift
		if c >= 0x80 {
			continue
		}
		if used := bits - shift; used < 7 {
			// sign is the last used bit and all above it; they are all clear or all set.
			sign := byte(0x7f) &^ (1<<(used-1) - 1)
			if c&sign != 0 && c&sign != sign {
				r.strict(at, "number does not fit its type")
				return 0
			}
		}
		if shift+7 < 64 && c&0x40 != 0 {
			v |= -1 << (shift + 7)
		}
		return v
	}
	r.fail(at, "number is too long")
	return 0
}

// count reads the length of a vector whose items take at least size bytes each, so that no caller allocates
// for items that cannot be there, and holds it against a limit.
func (r *reader) count(name string, limit uint64, size int) int {
	at := r.pos
	n := r.u32()
	if r.err != nil {
		return 0
	}
	if uint64(n) > limit {
		r.over(name, limit, uint64(n))
		return 0
	}
	if uint64(n)*uint64(size) > uint64(r.left()) {
		r.fail(at, "count exceeds what is left")
		return 0
	}
	return int(n)
}

func (r *reader) name() string {
	n := r.u32()
	at := r.pos
	s := r.bytes(n)
	if !utf8.Valid(s) {
		r.fail(at, "name is not UTF-8")
		return ""
	}
	return string(s)
}

// appendU32 appends v as an unsigned LEB128.
func appendU32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// appendS64 appends v as a signed LEB128; it serves both i32.const and i64.const.
func appendS64(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendName(b []byte, s string) []byte {
	return append(appendU32(b, uint32(len(s))), s...)
}
