// Package core screens, rewrites and meters core WebAssembly modules before an engine compiles them.
//
// It owns the binary format of core modules down to every instruction, the limits of what may be compiled, the
// renaming of imports for linking, and the code that metering adds. It knows nothing of components, and nothing of
// wazero but what the two read differently; it imports the standard library only.
//
// # Screen
//
// Parse walks the whole module once. It is at least as strict as wazero 1.12: where wazero reads something else than
// the specification says (sub-opcodes of more than one byte), Parse refuses it. It leaves to the engine the types of
// operands, and which globals a constant expression may use. Refused although wazero would take them are: encodings
// that the specification does not allow, and locals of a type without a default value. Custom sections are not
// looked into.
//
// # Fuel
//
// A metered module counts its work in units of fuel, by the weights that this package publishes (Weight…). Code is
// charged by straight piece, at the start of each, before it runs; a piece that is cut short by a trap or an
// exception is charged whole. A short piece may be charged together with one that runs before it: then one run of
// that piece pays at most 64 units for pieces that do not run. Small functions that can only be called
// directly are charged by their callers. Nothing that runs goes uncharged, and what is charged depends on the path
// taken and on nothing else: the same calls cost the same on every machine, whatever the slices.
//
// Between two looks at the counter a module does what one pass through a function body does at most: there is one at
// the entry of every function that can do more, at the head of every loop, and at bulk operations.
//
// # Call depth
//
// A metered module also counts the calls that it is in, because engines keep their stacks outside of all memory limits.
// Counted is at least one call of every cycle of calls, every call of an imported function, one of every eight
// nested calls that cannot recurse, and every call out of a large frame; a call weighs one for each KiB, begun, that
// the caller's frame and those of the uncounted calls before it take at most. What a frame takes at most is estimated
// from what the function computes. Tail calls are free, except where the engine keeps the frame all the same: when
// they have more than six parameters or eight results.
//
// # What the engine does
//
// Rewrite adds to a metered module, with the last index in each space so that nothing is renumbered:
//
//	$meter.f      global, mut i64   fuel left of the grant, at first Meter.Slice
//	$meter.d      global, mut i32   call depth left, at first Meter.Depth
//	$meter.t      table, 1 funcref  the slow path, a function of type () -> (), at first null
//	$meter.start  function          the start function, if there was one
//
// and, without names, an immutable global for each function that code refers to, which ref.func then reads: wazero makes
// a new reference each time, and keeps it for as long as the instance lives.
//
// The engine
//
//   - after instantiation puts its slow path into $meter.t (a module with an imported table, an imported function
//     and an active element segment does it), and only then calls $meter.start if Rewritten.Start says so. Code that
//     runs before would trap with an invalid table access as soon as its slice is used up;
//   - keeps these exports from whoever links by name: no import may resolve to them;
//   - sets $meter.d to the depth it grants, and does so again before each call from outside if Rewritten.Leaks says so;
//   - accounts: granted is what $meter.f was set to last, and granted - $meter.f, which may exceed granted, has been
//     used since. A module may be read, and set, whenever its code is not running, and in the slow path.
//
// In the slow path it looks at $meter.d first: if that is negative the guest is deeper than granted. Either the call
// ends, or it may go on, and then takes the slow path at each counted call from there. If $meter.f is negative it
// accounts, looks at cancellation, deadline and budget, and either ends the call by panicking (wazero returns an error
// that wraps the panic's, and guest code cannot catch it) or sets $meter.f to a new grant: at least 1, at most the slice
// and what is left of the budget. Then, unless it did a moment ago, it yields (runtime.Gosched): compiled code cannot be
// preempted, and without that a few busy guests keep garbage collections, timers and each other waiting. A guest that
// was interrupted, or trapped, is torn in the middle of a function: its instance must not be called again, nor any other
// of the same component.
//
// With several metered modules in one component each counts on its own: the work between two looks is the sum of
// their slices, and the depth the sum of their depths. Each further call from the host into a guest that is in one has a
// stack of its own, which counts on from the same depth.
//
// # What cannot be metered
//
// Rewrite refuses with an *Error to meter modules whose own exports begin with "$meter.", as it refuses to export their
// state, and modules that could block where no fuel is used: memory.atomic.wait on a shared memory. It refuses try_table
// with catch clauses unless Meter.Exceptions is set: on wazero 1.12 entering one copies the whole stack of the call and
// keeps the copy until it is left, so that the time is not in proportion to any weight and the memory is bounded by no
// limit. With it set, fuel and depth are right, that memory is not.
//
// An exception that leaves a module and is caught in another leaves the first one's depth counter as it was, until
// the next call from outside: it may then report too great a depth, never too small a one.
package core
