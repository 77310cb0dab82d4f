package core

// opcode is an instruction: its byte, or prefix<<8 | sub-opcode for the prefixed ones.
type opcode uint16

const (
	opUnreachable  opcode = 0x00
	opBlock        opcode = 0x02
	opLoop         opcode = 0x03
	opIf           opcode = 0x04
	opElse         opcode = 0x05
	opEnd          opcode = 0x0b
	opBr           opcode = 0x0c
	opCall         opcode = 0x10
	opCallIndirect opcode = 0x11
	opTryTable     opcode = 0x1f
	opLocalGet     opcode = 0x20
	opLocalSet     opcode = 0x21
	opLocalTee     opcode = 0x22
	opGlobalGet    opcode = 0x23
	opGlobalSet    opcode = 0x24
	opTableSet     opcode = 0x26
	opMemoryGrow   opcode = 0x40
	opI32Const     opcode = 0x41
	opI64Const     opcode = 0x42
	opRefFunc      opcode = 0xd2
	opMemoryInit   opcode = 0xfc08
	opDataDrop     opcode = 0xfc09
	opTableInit    opcode = 0xfc0c
	opElemDrop     opcode = 0xfc0d
	opTableCopy    opcode = 0xfc0e
	opTableGrow    opcode = 0xfc0f
	opTableFill    opcode = 0xfc11
	opAtomicFence  opcode = 0xfe03

	prefixMisc   = 0xfc
	prefixVector = 0xfd
	prefixAtomic = 0xfe
)

// immediate is the shape of what follows an opcode.
type immediate uint8

const (
	immInvalid   immediate = iota // no such instruction, or one that is refused
	immPrefix                     // a sub-opcode
	immNone                       //
	immBlock                      // block type
	immTry                        // block type, catch clauses
	immEnd                        // end
	immElse                       // else
	immLabel                      // label
	immLabels                     // vector of labels, label
	immFunc                       // function
	immType                       // type
	immTypeTable                  // type, table
	immTag                        // tag
	immLocal                      // local
	immGlobal                     // global
	immTable                      // table
	immTables                     // table, table
	immElem                       // element segment
	immElemTable                  // element segment, table
	immData                       // data segment
	immDataZero                   // data segment, zero byte
	immZero                       // zero byte
	immZeros                      // two zero bytes
	immMem                        // alignment, offset
	immMemLane                    // alignment, offset, lane
	immLane                       // lane
	imm4                          // four bytes
	imm8                          // eight bytes
	imm16                         // sixteen bytes
	immI32                        // signed 32-bit number
	immI64                        // signed 64-bit number
	immTypes                      // one value type, counted
	immHeap                       // heap type
)

// class is what the walker and the meter need to know of an instruction. The grids below name a class for
// every opcode by a letter.
type class struct {
	imm     immediate
	weight  Weight  // what the meter charges; see weights.go
	role    role    // what the meter does about it
	feature Feature // the extension that it belongs to
	konst   bool    // allowed in constant expressions
}

// role sorts instructions by how they move control, and by what the meter has to do at them.
type role uint8

const (
	roleNone   role = iota
	roleOpen        // block, loop, if, try_table
	roleElse        // else
	roleEnd         // end
	roleBranch      // br_if and the like: control may go on
	roleStop        // unreachable, throw: control does not go on
	roleJump        // br, br_table: neither, and it goes to a label
	roleReturn      // return
	roleCall        // a call that comes back
	roleTail        // a call that does not
	roleBulk        // a bulk operation: an i32 length is on top of the stack
	roleGrow        // memory.grow, table.grow: an i32 delta is on top of the stack
	roleWait        // memory.atomic.wait: blocks
)

var classes = [128]class{
	'u': {imm: immNone, weight: WeightPlain, role: roleStop},
	'o': {imm: immNone, weight: WeightNone},
	'n': {imm: immNone, weight: WeightPlain},
	'+': {imm: immNone, weight: WeightPlain, konst: true},
	'd': {imm: immNone, weight: WeightDivide},
	'B': {imm: immBlock, weight: WeightNone, role: roleOpen},
	'I': {imm: immBlock, weight: WeightPlain, role: roleOpen},
	'Y': {imm: immTry, weight: WeightTry, role: roleOpen, feature: FeatureExceptions},
	'E': {imm: immElse, weight: WeightNone, role: roleElse},
	'e': {imm: immEnd, weight: WeightNone, role: roleEnd},
	'W': {imm: immTag, weight: WeightThrow, role: roleStop, feature: FeatureExceptions},
	'w': {imm: immNone, weight: WeightThrow, role: roleStop, feature: FeatureExceptions},
	'b': {imm: immLabel, weight: WeightPlain, role: roleJump},
	'c': {imm: immLabel, weight: WeightPlain, role: roleBranch},
	'j': {imm: immLabels, weight: WeightPlain, role: roleJump},
	'r': {imm: immNone, weight: WeightPlain, role: roleReturn},
	'C': {imm: immFunc, weight: WeightCall, role: roleCall},
	'K': {imm: immTypeTable, weight: WeightIndirect, role: roleCall},
	'R': {imm: immType, weight: WeightIndirect, role: roleCall, feature: FeatureFunctionReferences},
	'T': {imm: immFunc, weight: WeightCall, role: roleTail, feature: FeatureTailCall},
	'U': {imm: immTypeTable, weight: WeightIndirect, role: roleTail, feature: FeatureTailCall},
	'V': {imm: immType, weight: WeightIndirect, role: roleTail, feature: FeatureTailCall | FeatureFunctionReferences},
	's': {imm: immTypes, weight: WeightPlain, feature: FeatureReferenceTypes},
	'l': {imm: immLocal, weight: WeightPlain},
	'g': {imm: immGlobal, weight: WeightPlain, konst: true},
	'G': {imm: immGlobal, weight: WeightPlain},
	't': {imm: immTable, weight: WeightPlain, feature: FeatureReferenceTypes},
	'm': {imm: immMem, weight: WeightPlain},
	'z': {imm: immZero, weight: WeightPlain},
	'M': {imm: immZero, weight: WeightGrow, role: roleGrow},
	'i': {imm: immI32, weight: WeightPlain, konst: true},
	'k': {imm: immI64, weight: WeightPlain, konst: true},
	'4': {imm: imm4, weight: WeightPlain, konst: true},
	'8': {imm: imm8, weight: WeightPlain, konst: true},
	'x': {imm: immNone, weight: WeightPlain, feature: FeatureSignExtension},
	'h': {imm: immHeap, weight: WeightPlain, feature: FeatureReferenceTypes, konst: true},
	'q': {imm: immNone, weight: WeightPlain, feature: FeatureReferenceTypes},
	'f': {imm: immFunc, weight: WeightPlain, feature: FeatureReferenceTypes, konst: true},
	'a': {imm: immNone, weight: WeightPlain, feature: FeatureFunctionReferences},
	'N': {imm: immLabel, weight: WeightPlain, role: roleBranch, feature: FeatureFunctionReferences},
	'p': {imm: immPrefix},

	'S': {imm: immNone, weight: WeightPlain, feature: FeatureSaturatingFloatToInt},
	'D': {imm: immDataZero, weight: WeightBulk, role: roleBulk, feature: FeatureBulkMemory},
	'v': {imm: immData, weight: WeightPlain, feature: FeatureBulkMemory},
	'y': {imm: immZeros, weight: WeightBulk, role: roleBulk, feature: FeatureBulkMemory},
	'F': {imm: immZero, weight: WeightBulk, role: roleBulk, feature: FeatureBulkMemory},
	'Q': {imm: immElemTable, weight: WeightBulk, role: roleBulk, feature: FeatureBulkMemory},
	'O': {imm: immElem, weight: WeightPlain, feature: FeatureBulkMemory},
	'P': {imm: immTables, weight: WeightBulk, role: roleBulk, feature: FeatureBulkMemory},
	'A': {imm: immTable, weight: WeightGrow, role: roleGrow, feature: FeatureReferenceTypes},
	'H': {imm: immTable, weight: WeightBulk, role: roleBulk, feature: FeatureReferenceTypes},

	'1': {imm: immMem, weight: WeightPlain, feature: FeatureSIMD},
	'2': {imm: immMemLane, weight: WeightPlain, feature: FeatureSIMD},
	'3': {imm: imm16, weight: WeightPlain, feature: FeatureSIMD, konst: true},
	'#': {imm: imm16, weight: WeightPlain, feature: FeatureSIMD},
	'5': {imm: immLane, weight: WeightPlain, feature: FeatureSIMD},
	'6': {imm: immNone, weight: WeightPlain, feature: FeatureSIMD},
	'7': {imm: immNone, weight: WeightDivide, feature: FeatureSIMD},

	'9': {imm: immMem, weight: WeightAtomic, feature: FeatureThreads},
	'X': {imm: immMem, weight: WeightAtomic, role: roleWait, feature: FeatureThreads},
	'Z': {imm: immZero, weight: WeightAtomic, feature: FeatureThreads},
}

// The grids: a letter of classes for each opcode, sixteen to a row, '-' for what is refused. That is the
// obsolete exception handling (0x06, 0x07, 0x09, 0x18, 0x19), garbage collection (0xfb, 0xd3), relaxed SIMD
// (vector sub-opcodes from 0x100) and what no proposal uses.
const plainOps = "" +
	"uoBBIE--W-webcjr" + // 0x00 control
	"CKTURV----nns--Y" + // 0x10 calls, parametric
	"lllgGtt-mmmmmmmm" + // 0x20 variables, tables, loads
	"mmmmmmmmmmmmmmmz" + // 0x30 loads, stores
	"Mik48nnnnnnnnnnn" + // 0x40 constants, comparisons
	"nnnnnnnnnnnnnnnn" + // 0x50
	"nnnnnnnnnn+++ddd" + // 0x60 i32 arithmetic
	"dnnnnnnnnnnn+++d" + // 0x70 i64 arithmetic
	"dddnnnnnnnnnnnnn" + // 0x80
	"ndnnndnnnnnnnnnd" + // 0x90 f32, f64
	"nnndnnnnnnnnnnnn" + // 0xa0 conversions
	"nnnnnnnnnnnnnnnn" + // 0xb0
	"xxxxx-----------" + // 0xc0 sign extension
	"hqf-aNN---------" + // 0xd0 references
	"----------------" + // 0xe0
	"------------ppp-" // 0xf0 prefixes

const miscOps = "" +
	"SSSSSSSSDvyFQOPA" + // 0xfc 0x00
	"tH" // 0xfc 0x10

const vectorOps = "" +
	"1111111111113#66" + // 0xfd 0x00
	"6666655555555555" + // 0xfd 0x10
	"5556666666666666" + // 0xfd 0x20
	"6666666666666666" + // 0xfd 0x30
	"6666666666666666" + // 0xfd 0x40
	"6666222222221166" + // 0xfd 0x50
	"6666666666666666" + // 0xfd 0x60
	"6666666666666666" + // 0xfd 0x70
	"6666666666666666" + // 0xfd 0x80
	"6666666666-66666" + // 0xfd 0x90
	"66-66--66666666-" + // 0xfd 0xa0
	"-6---666666-6666" + // 0xfd 0xb0
	"66-66--66666666-" + // 0xfd 0xc0
	"-6---66666666666" + // 0xfd 0xd0
	"66-76667666666-7" + // 0xfd 0xe0
	"6667666666666666" // 0xfd 0xf0

const atomicOps = "" +
	"9XXZ------------" + // 0xfe 0x00
	"9999999999999999" + // 0xfe 0x10
	"9999999999999999" + // 0xfe 0x20
	"9999999999999999" + // 0xfe 0x30
	"999999999999999" // 0xfe 0x40
