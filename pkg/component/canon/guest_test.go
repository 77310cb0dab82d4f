package canon_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"astrid/pkg/component/canon"
)

// heap is where a guest's allocator begins.
const heap = 1024

// guest is a core module with a memory of one page that can grow to 64, and an allocator.
type guest struct {
	mod api.Module
	ctx context.Context
}

func newGuest(t testing.TB) *guest {
	t.Helper()
	ctx := context.Background()
	rt := wazero.NewRuntime(ctx)
	mod, err := rt.Instantiate(ctx, guestWasm())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return &guest{mod, ctx}
}

// reset empties the memory and the allocator.
func (g *guest) reset() {
	clear(g.bytes())
	g.global("next", heap)
	g.global("lie", 0)
	g.global("calls", 0)
}

// calls is how often the allocator was called.
func (g *guest) calls() uint32 { return uint32(g.mod.ExportedGlobal("calls").Get()) }

func (g *guest) global(name string, v uint32) {
	g.mod.ExportedGlobal(name).(api.MutableGlobal).Set(uint64(v))
}

// bytes is the memory, as long as it does not grow.
func (g *guest) bytes() []byte {
	mem := g.mod.Memory()
	b, _ := mem.Read(0, mem.Size())
	return b
}

// cx is the guest as a canonical definition sees it, ready for a call.
func (g *guest) cx(enc canon.Encoding) *canon.Cx {
	leave := true
	c := &canon.Cx{Memory: g.mod.Memory(), Realloc: g.mod.ExportedFunction("realloc"), MayLeave: &leave, Encoding: enc}
	c.Begin(g.ctx)
	return c
}

// guestWasm is
//
//	(module
//	  (memory (export "memory") 1 64)
//	  (global (export "next") (mut i32) (i32.const 1024))
//	  (global (export "lie") (mut i32) (i32.const 0))
//	  (global (export "calls") (mut i32) (i32.const 0))
//	  (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
//	    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
//	    (if (global.get $lie) (then (return (global.get $lie))))
//	    (if (local.get $old)
//	      (then ;; only the last block can change its size: it stays where it is
//	        (if (i32.ne (i32.add (local.get $old) (local.get $size)) (global.get $next)) (then unreachable)))
//	      (else
//	        (local.set $old (i32.and
//	          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
//	          (i32.sub (i32.const 0) (local.get $align))))))
//	    (global.set $next (i32.add (local.get $old) (local.get $new)))
//	    (if (i32.lt_u (i32.shl (memory.size) (i32.const 16)) (global.get $next))
//	      (then (drop (memory.grow (i32.const 1)))))
//	    (local.get $old)))
func guestWasm() []byte {
	section := func(id byte, contents ...byte) []byte {
		return append(binary.AppendUvarint([]byte{id}, uint64(len(contents))), contents...)
	}
	const (
		i32      = 0x7f
		void     = 0x40
		get, set = 0x20, 0x21
		gget     = 0x23
		gset     = 0x24
		iff, els = 0x04, 0x05
		end      = 0x0b
		konst    = 0x41
		add, sub = 0x6a, 0x6b
	)
	body := []byte{
		0, // locals
		gget, 2, konst, 1, add, gset, 2,
		gget, 1, iff, void, gget, 1, 0x0f, end,
		get, 0, iff, void,
		get, 0, get, 1, add, gget, 0, 0x47, iff, void, 0x00, end,
		els,
		gget, 0, get, 2, konst, 1, sub, add, konst, 0, get, 2, sub, 0x71, set, 0,
		end,
		get, 0, get, 3, add, gset, 0,
		0x3f, 0, konst, 16, 0x74, gget, 0, 0x49, iff, void, konst, 1, 0x40, 0, 0x1a, end,
		get, 0,
		end,
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	out = append(out, section(1, 1, 0x60, 4, i32, i32, i32, i32, 1, i32)...)
	out = append(out, section(3, 1, 0)...)
	out = append(out, section(5, 1, 1, 1, 64)...)
	out = append(out, section(6, 3, i32, 1, konst, 0x80, 8, end, i32, 1, konst, 0, end, i32, 1, konst, 0, end)...)
	out = append(out, section(7, []byte("\x05\x06memory\x02\x00\x07realloc\x00\x00\x04next\x03\x00\x03lie\x03\x01\x05calls\x03\x02")...)...)
	return append(out, section(10, append([]byte{1, byte(len(body))}, body...)...)...)
}
