;; Four core modules that share one memory, one table and one mutable global through instance exports and aliases.
;;
;;   bump() returns 1, then 2, then 3: the counter lives in a global of one module, is stored into the memory of the
;;   second by the third, which finds the function to call in a table, and is read back by the fourth.
(component
  (core module $counter (global (export "count") (mut i32) (i32.const 0)))
  (core instance $counter (instantiate $counter))
  (core module $memory (memory (export "mem") 1) (table (export "tab") 4 funcref))
  (core instance $memory (instantiate $memory))
  (alias core export $counter "count" (core global $count))
  (alias core export $memory "mem" (core memory $mem))
  (alias core export $memory "tab" (core table $tab))
  (core instance $shared
    (export "g" (global $count))
    (export "m" (memory $mem))
    (export "t" (table $tab)))
  (core module $step
    (import "shared" "g" (global $g (mut i32)))
    (import "shared" "m" (memory 1))
    (import "shared" "t" (table 4 funcref))
    (func $step
      (global.set $g (i32.add (global.get $g) (i32.const 1)))
      (i32.store (i32.const 8) (global.get $g)))
    (elem (i32.const 2) func $step))
  (core instance (instantiate $step (with "shared" (instance $shared))))
  (core module $main
    (import "shared" "t" (table $t 4 funcref))
    (import "shared" "m" (memory 1))
    (type $nothing (func))
    (func (export "bump") (result i32)
      (call_indirect $t (type $nothing) (i32.const 2))
      (i32.load (i32.const 8))))
  (core instance $main (instantiate $main (with "shared" (instance $shared))))
  (func (export "bump") (result u32) (canon lift (core func $main "bump"))))
