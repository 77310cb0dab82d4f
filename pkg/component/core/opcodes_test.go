package core

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

type opcodeModule struct {
	name string
	wasm []byte
}

// operands encodes immediates that are valid in the modules of opcodeModules.
func operands(code opcode, imm immediate) []byte {
	switch imm {
	case immBlock:
		if code == opIf {
			return []byte{0x40, 0x05, 0x0b} // with an else
		}
		return []byte{0x40, 0x0b}
	case immTry:
		return []byte{0x40, 4, 0, 0, 0, 1, 0, 1, 2, 0, 3, 1, 0x0b}
	case immLabel, immFunc, immType, immTag, immLocal, immGlobal, immTable, immElem, immData, immZero, immLane, immI32, immI64:
		return []byte{0}
	case immLabels:
		return []byte{2, 0, 0, 0}
	case immTypeTable, immTables, immElemTable, immDataZero, immZeros:
		return []byte{0, 0}
	case immMem:
		if code == 0xfe13 { // i32.atomic.load16_u wants its natural alignment
			return []byte{1, 5}
		}
		return []byte{0, 5}
	case immMemLane:
		return []byte{0, 5, 0}
	case imm4:
		return make([]byte, 4)
	case imm8:
		return make([]byte, 8)
	case imm16:
		return make([]byte, 16)
	case immTypes:
		return []byte{1, byte(I32)}
	case immHeap:
		return []byte{byte(FuncRef)}
	}
	return nil
}

// opcodeBytes encodes an opcode as wazero and the specification agree on it.
func opcodeBytes(code opcode) []byte {
	if code < 0x100 {
		return []byte{byte(code)}
	}
	b := []byte{byte(code >> 8), byte(code)}
	if b[0] == prefixVector && b[1] >= 0x80 {
		b = append(b, 1)
	}
	return b
}

// withEverything is a module that has one of everything that an instruction can refer to, and one function of
// type () -> () with one i32 local and the given code.
func withEverything(code ...byte) []byte {
	b := builder{}
	b.typ(nil, nil)
	b.typ(nil, []ValType{ExnRef})
	b.fn(0, []byte{1, byte(I32)}, code...)
	b.add(secTable, byte(FuncRef), 0, 1)
	b.add(secMemory, 0, 1)
	b.add(secTag, 0, 0)
	b.add(secGlobal, join([]byte{byte(I32), 1}, i32c(1), []byte{0x0b})...)
	b.export("f", KindFunc, 0)
	b.add(secElement, 1, 0, 1, 0)
	b.counts[secDataCount] = 1
	b.add(secData, 1, 1, 'x')
	return b.bytes()
}

// opcodeModules has a module for each instruction that the grids know. The instruction stands where control does
// not get, so that any operands will do.
func opcodeModules() []opcodeModule {
	var ms []opcodeModule
	add := func(code opcode, letter byte) {
		c := classes[letter]
		switch {
		case letter == '-', letter == 'p', c.imm == immElse, c.imm == immEnd:
			return
		}
		ins := append(opcodeBytes(code), operands(code, c.imm)...)
		body := join([]byte{0x00}, ins, []byte{0x00, 0x0b})
		switch {
		case c.imm == immTry: // its labels take what they catch
			body = join([]byte{0x02, 0x01, 0x02, 0x40, 0x00, 0x1f, 0x40, 4, 0, 0, 0, 1, 0, 1, 2, 0, 3, 1, 0x0b, 0x0b, 0x00, 0x0b, 0x1a, 0x0b})
		case code == 0xd6: // br_on_non_null: its label takes a reference
			body = join([]byte{0x02, byte(FuncRef), 0x00}, ins, []byte{0x00, 0x0b, 0x1a, 0x0b})
		}
		ms = append(ms, opcodeModule{fmt.Sprintf("%#x", uint16(code)), withEverything(body...)})
	}
	for i := range len(plainOps) {
		add(opcode(i), plainOps[i])
	}
	for prefix, ops := range map[opcode]string{prefixMisc: miscOps, prefixVector: vectorOps, prefixAtomic: atomicOps} {
		for i := range len(ops) {
			add(prefix<<8|opcode(i), ops[i])
		}
	}
	return ms
}

func TestGridsAreWhole(t *testing.T) {
	if len(plainOps) != 256 || len(vectorOps) != 256 || len(miscOps) != 18 || len(atomicOps) != 0x4f {
		t.Errorf("%d plain, %d vector, %d misc, %d atomic opcodes", len(plainOps), len(vectorOps), len(miscOps), len(atomicOps))
	}
	for _, ops := range []string{plainOps, miscOps, vectorOps, atomicOps} {
		for i := range len(ops) {
			if ops[i] != '-' && classes[ops[i]].imm == immInvalid {
				t.Errorf("letter %q has no class", ops[i])
			}
		}
	}
}

func TestEveryOpcodeIsRead(t *testing.T) {
	r := newRuntime(t)
	for _, x := range opcodeModules() {
		m, err := Parse(x.wasm, Limits{})
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if err := compiles(r, x.wasm); err != nil {
			t.Errorf("%s: wazero: %v", x.name, err)
		}
		out, err := m.Rewrite(Options{KeepCustom: true})
		if err != nil || !bytes.Equal(out.Bytes, x.wasm) {
			t.Errorf("%s: not the same after rewriting: %v", x.name, err)
		}
		out, err = m.Rewrite(Options{Meter: &Meter{Exceptions: true}})
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if err := compiles(r, out.Bytes); err != nil {
			t.Errorf("%s: wazero on the metered module: %v", x.name, err)
		}
	}
}

func TestOtherOpcodesAreRefused(t *testing.T) {
	r := newRuntime(t)
	known := map[opcode]bool{opElse: true, opEnd: true, prefixMisc: true, prefixVector: true, prefixAtomic: true}
	for i := range 256 {
		known[opcode(i)] = known[opcode(i)] || plainOps[i] != '-'
		known[prefixMisc<<8|opcode(i)] = i < len(miscOps)
		known[prefixVector<<8|opcode(i)] = vectorOps[i] != '-'
		known[prefixAtomic<<8|opcode(i)] = i < len(atomicOps) && atomicOps[i] != '-'
	}
	for _, prefix := range []opcode{0, prefixMisc << 8, prefixVector << 8, prefixAtomic << 8} {
		for i := range opcode(256) {
			if known[prefix|i] {
				continue
			}
			// Zeros to read as immediates, in case somebody does.
			code := join([]byte{0x00}, opcodeBytes(prefix|i), make([]byte, 20), []byte{0x0b})
			wasm := withEverything(code...)
			var e *Error
			if _, err := Parse(wasm, Limits{}); !errors.As(err, &e) || e.Section != "code" {
				t.Errorf("%#x: %v", prefix|i, err)
			}
			if (prefix == 0 || i < 0x80 && prefix != prefixVector<<8) && compiles(r, wasm) == nil {
				t.Errorf("%#x: wazero takes it", prefix|i)
			}
		}
	}
}

// TestReadDifferently has what wazero and the specification read differently, and what only one of them takes.
func TestReadDifferently(t *testing.T) {
	tests := map[string][]byte{
		"relaxed SIMD":                  {0xfd, 0x80, 0x02},
		"vector sub-opcode too long":    {0xfd, 0x8c, 0x00},
		"three bytes of sub-opcode":     {0xfd, 0x80, 0x81, 0x00},
		"misc sub-opcode too long":      {0xfc, 0x80, 0x00},
		"atomic sub-opcode too long":    {0xfe, 0x83, 0x00, 0x00},
		"memory index":                  {0x28, 0x42, 0x00, 0x05},
		"memory index of memory.size":   {0x3f, 0x01},
		"memory.size, zero too long":    {0x3f, 0x80, 0x00},
		"memory.copy of another memory": {0xfc, 0x0a, 0x00, 0x01},
		"obsolete try":                  {0x06, 0x40, 0x0b},
		"obsolete delegate":             {0x18, 0x00},
		"struct.new":                    {0xfb, 0x00, 0x00},
		"block of a long value type":    {0x02, 0xff, 0x7f, 0x0b},
		"i32.const with stray bits":     {0x41, 0xff, 0xff, 0xff, 0xff, 0x37},
		"select of two types":           {0x1c, 0x02, byte(I32), byte(I32)},
		"ref.null of no supported type": {0xd0, 0x6e},
		"undeclared function":           {0xd2, 0x01},
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(withEverything(join([]byte{0x00}, code, []byte{0x00, 0x0b})...), Limits{})
			var e *Error
			if !errors.As(err, &e) || e.Section != "code" || e.Offset == 0 {
				t.Errorf("got %v", err)
			}
		})
	}
}
