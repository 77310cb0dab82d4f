;; A resource that the component defines and exports, with a destructor. Its representation is a number.
;;
;;   test:values/counters exports the resource counter with [constructor]counter(start: u32), [method]counter.add(n) -> u32,
;;   the static [static]counter.merge(a: own, b: own) -> own, and read(c: borrow) -> u32. The import mark(n) is called
;;   with the number of a counter when it is destroyed: when the host drops it, and, for both counters that merge
;;   consumes, before merge returns. merge makes a counter of the sum of two.
(component
  (import "test:values/echo" (instance $echo (export "mark" (func (param "n" u32)))))
  (core func $mark (canon lower (func $echo "mark")))

  ;; A counter is a cell of this memory, and its representation the address of the cell.
  (core module $cells
    (import "echo" "mark" (func $mark (param i32)))
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 16))
    (func (export "make") (param i32) (result i32)
      (i32.store (global.get $top) (local.get 0))
      (global.get $top)
      (global.set $top (i32.add (global.get $top) (i32.const 4))))
    (func (export "destroy") (param i32)
      (call $mark (i32.load (local.get 0)))))
  (core instance $cells (instantiate $cells (with "echo" (instance (export "mark" (func $mark))))))

  (type $counter (resource (rep i32) (dtor (core func $cells "destroy"))))
  (core func $new (canon resource.new $counter))
  (core func $rep (canon resource.rep $counter))
  (core func $drop (canon resource.drop $counter))

  (core module $main
    (import "cells" "memory" (memory 1))
    (import "cells" "make" (func $make (param i32) (result i32)))
    (import "counter" "new" (func $new (param i32) (result i32)))
    (import "counter" "rep" (func $rep (param i32) (result i32)))
    (import "counter" "drop" (func $drop (param i32)))
    (func (export "constructor") (param i32) (result i32)
      (call $new (call $make (local.get 0))))
    ;; A borrow of a resource of one's own arrives as its representation.
    (func (export "add") (param $cell i32) (param $n i32) (result i32)
      (i32.store (local.get $cell) (i32.add (i32.load (local.get $cell)) (local.get $n)))
      (i32.load (local.get $cell)))
    (func (export "read") (param $cell i32) (result i32)
      (i32.load (local.get $cell)))
    (func (export "forge") (result i32) (i32.const 99))
    ;; An own arrives as a handle.
    (func (export "merge") (param $a i32) (param $b i32) (result i32)
      (local $sum i32)
      (local.set $sum (i32.add (i32.load (call $rep (local.get $a))) (i32.load (call $rep (local.get $b)))))
      (call $drop (local.get $a))
      (call $drop (local.get $b))
      (call $new (call $make (local.get $sum)))))
  (core instance $main (instantiate $main
    (with "cells" (instance $cells))
    (with "counter" (instance
      (export "new" (func $new))
      (export "rep" (func $rep))
      (export "drop" (func $drop))))))

  (func $constructor (param "start" u32) (result (own $counter)) (canon lift (core func $main "constructor")))
  (func $add (param "self" (borrow $counter)) (param "n" u32) (result u32) (canon lift (core func $main "add")))
  (func $read (param "c" (borrow $counter)) (result u32) (canon lift (core func $main "read")))
  (func $merge (param "a" (own $counter)) (param "b" (own $counter)) (result (own $counter))
    (canon lift (core func $main "merge")))
  (func $forge (result (own $counter)) (canon lift (core func $main "forge")))

  (component $counters-shim
    (import "import-type-counter" (type $counter (sub resource)))
    (import "import-constructor" (func $constructor (param "start" u32) (result (own $counter))))
    (import "import-add" (func $add (param "self" (borrow $counter)) (param "n" u32) (result u32)))
    (import "import-read" (func $read (param "c" (borrow $counter)) (result u32)))
    (import "import-merge" (func $merge (param "a" (own $counter)) (param "b" (own $counter)) (result (own $counter))))
    (import "import-forge" (func $forge (result (own $counter))))
    (export $out "counter" (type $counter))
    (export "[constructor]counter" (func $constructor) (func (param "start" u32) (result (own $out))))
    (export "[method]counter.add" (func $add) (func (param "self" (borrow $out)) (param "n" u32) (result u32)))
    (export "[static]counter.merge" (func $merge) (func (param "a" (own $out)) (param "b" (own $out)) (result (own $out))))
    (export "[static]counter.forge" (func $forge) (func (result (own $out))))
    (export "read" (func $read) (func (param "c" (borrow $out)) (result u32))))
  (instance $counters (instantiate $counters-shim
    (with "import-type-counter" (type $counter))
    (with "import-constructor" (func $constructor))
    (with "import-add" (func $add))
    (with "import-read" (func $read))
    (with "import-merge" (func $merge))
    (with "import-forge" (func $forge))))
  (export "test:values/counters" (instance $counters)))
