package core

// Limits screens a module before an engine sees it. What a compiler does with a module can be out of all
// proportion to its size: twenty-nine bytes can declare a hundred million locals, and compile time grows with
// the product of locals and loops, with nesting and with branch tables. A field that is zero has its default;
// the defaults are at least twice what the largest real guest known needs (SpiderMonkey: 12 MB, 12,700
// functions), and keep what one function takes to compile to seconds. Between functions wazero looks at its
// context, which is what bounds the whole.
type Limits struct {
	Bytes             uint64 // "bytes" of the module: 64 MiB
	Types             uint64 // "types": 10,000
	Params            uint64 // "parameters" of a type: 1,000
	Results           uint64 // "results" of a type: 1,000
	Imports           uint64 // "imports": 10,000
	Exports           uint64 // "exports": 10,000
	Functions         uint64 // "functions", imported ones included: 100,000
	Globals           uint64 // "globals", imported ones included, and one for each function that code refers to: 10,000
	Tags              uint64 // "tags", imported ones included: 1,000
	Tables            uint64 // "tables", imported ones included: 1,000
	TableElements     uint64 // "table elements", the sum of the minimum sizes of the tables that the module defines: 100,000
	MemoryPages       uint64 // "memory pages", the minimum size of the memory: 1,024 of 64 KiB
	Segments          uint64 // "element segments": 100,000
	Elements          uint64 // "elements", the sum over the element segments: 1,000,000
	DataSegments      uint64 // "data segments": 100,000 (SpiderMonkey has exactly 10,000)
	DataBytes         uint64 // "data bytes", the sum over the data segments: 64 MiB
	Body              uint64 // "body bytes" of a function: 1 MiB
	Code              uint64 // "code bytes", the whole section: 64 MiB
	Locals            uint64 // "locals" of a function with its parameters, before any is allocated: 2,000
	Loops             uint64 // "loops" of a function: 1,000
	Branches          uint64 // "branches" of a function, blocks and branch table labels included: 20,000
	LocalLoops        uint64 // "locals times nested loops" of a function, each loop counted once for each loop that it is in: 300,000
	LocalBlocks       uint64 // "locals times branches" of a function: 1,000,000
	Addresses         uint64 // "addresses times branches" of a function, each access to memory counted at each later branch on its path: 5,000,000
	Passed            uint64 // "values passed" in a function by its calls, blocks and branches, each time: 500,000
	ModulePassed      uint64 // "values passed in all": 20,000,000
	CallGlobals       uint64 // "globals times calls" of a function, mutable globals only: 500,000
	ModuleCallGlobals uint64 // "globals times calls in all": 20,000,000
	Nesting           uint64 // "nested blocks": 2,000
	Labels            uint64 // "branch table labels" of one instruction: 10,000
	ModuleLabels      uint64 // "branch table labels in all": 500,000
}

// DefaultLimits returns the defaults. Limits{} means the same.
func DefaultLimits() Limits { return Limits{}.filled() }

func (l Limits) filled() Limits {
	or := func(field *uint64, v uint64) {
		if *field == 0 {
			*field = v
		}
	}
	or(&l.Bytes, 64<<20)
	or(&l.Types, 10_000)
	or(&l.Params, 1_000)
	or(&l.Results, 1_000)
	or(&l.Imports, 10_000)
	or(&l.Exports, 10_000)
	or(&l.Functions, 100_000)
	or(&l.Globals, 10_000)
	or(&l.Tags, 1_000)
	or(&l.Tables, 1_000)
	or(&l.TableElements, 100_000)
	or(&l.MemoryPages, 1_024)
	or(&l.Segments, 100_000)
	or(&l.Elements, 1_000_000)
	or(&l.DataSegments, 100_000)
	or(&l.DataBytes, 64<<20)
	or(&l.Body, 1<<20)
	or(&l.Code, 64<<20)
	or(&l.Locals, 2_000)
	or(&l.Loops, 1_000)
	or(&l.Branches, 20_000)
	or(&l.LocalLoops, 300_000)
	or(&l.LocalBlocks, 1_000_000)
	or(&l.Addresses, 5_000_000)
	or(&l.Passed, 500_000)
	or(&l.ModulePassed, 20_000_000)
	or(&l.CallGlobals, 500_000)
	or(&l.ModuleCallGlobals, 20_000_000)
	or(&l.Nesting, 2_000)
	or(&l.Labels, 10_000)
	or(&l.ModuleLabels, 500_000)
	return l
}
