package core

// Weight is what an instruction costs, in units of fuel.
type Weight int64

// The published weights. They are roughly proportional to time on a compiling engine, where one unit is one
// simple instruction; what counts is that they never change for a given version of this package, so that the
// same work costs the same fuel everywhere.
const (
	// WeightNone is for what makes no code: nop, block, loop, else, end.
	WeightNone Weight = 0
	// WeightPlain is for every instruction that is not named below.
	WeightPlain Weight = 1
	// WeightDivide is for integer division and remainder, and for division and square root of floats, in vectors
	// too.
	WeightDivide Weight = 8
	// WeightCall is for call and return_call.
	WeightCall Weight = 3
	// WeightImport is added to WeightCall when the function is imported.
	WeightImport Weight = 20
	// WeightIndirect is for call_indirect, call_ref and their tail calls.
	WeightIndirect Weight = 6
	// WeightThrow is for throw and throw_ref.
	WeightThrow Weight = 100
	// WeightTry is for try_table.
	WeightTry Weight = 1000
	// WeightAtomic is for atomic operations.
	WeightAtomic Weight = 8
	// WeightBulk is for memory.copy, memory.fill, memory.init, table.copy, table.fill and table.init, with
	// one more unit for every 32 bytes or elements.
	WeightBulk Weight = 8
	// WeightGrow is for memory.grow and table.grow, with 256 more units for every page and one for every
	// 32 elements asked for.
	WeightGrow Weight = 1000
)

// WeightRow is a row of the table of weights.
type WeightRow struct {
	Instructions string
	Units        Weight
	// Length says what is charged on top, by the length that the instruction is given. "" if nothing is.
	Length string
}

// Weights returns the table of weights, for people.
func Weights() []WeightRow {
	return []WeightRow{
		{"nop, block, loop, else, end", WeightNone, ""},
		{"all others", WeightPlain, ""},
		{"integer div and rem; float and vector div and sqrt", WeightDivide, ""},
		{"call, return_call", WeightCall, ""},
		{"call, return_call of an imported function", WeightCall + WeightImport, ""},
		{"call_indirect, call_ref and their tail calls", WeightIndirect, ""},
		{"throw, throw_ref", WeightThrow, ""},
		{"try_table", WeightTry, ""},
		{"atomic operations", WeightAtomic, ""},
		{"memory.copy, memory.fill, memory.init", WeightBulk, "1 for every 32 bytes"},
		{"table.copy, table.fill, table.init", WeightBulk, "1 for every 32 elements"},
		{"memory.grow", WeightGrow, "256 for every page, 65,536 pages at most"},
		{"table.grow", WeightGrow, "1 for every 32 elements"},
	}
}
