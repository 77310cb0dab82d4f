;; Passes lists of lists of lists from one component to another, which describe more than the memory holds.
(component
  (component $inner
    (core module $m
      (memory (export "memory") 64)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
      (func (export "take") (param i32 i32)))
    (core instance $m (instantiate $m))
    (func (export "take") (param "lists" (list (list (list u64))))
      (canon lift (core func $m "take") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $inner (instantiate $inner))
  (core module $memory (memory (export "memory") 64))
  (core instance $memory (instantiate $memory))
  (core func $take (canon lower (func $inner "take") (memory (core memory $memory "memory"))))
  (core module $main
    (import "inner" "take" (func $take (param i32 i32)))
    (import "memory" "memory" (memory 64))
    (func (export "run") (local $i i32)
      ;; at 1 MiB 1,000 lists of 2,000 empty lists, which are at 0
      (loop $next
        (i32.store offset=0x100004 (i32.mul (local.get $i) (i32.const 8)) (i32.const 2000))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const 1000))))
      (loop (call $take (i32.const 0x100000) (i32.const 1000)) (br 0))))
  (core instance $main (instantiate $main
    (with "inner" (instance (export "take" (func $take))))
    (with "memory" (instance $memory))))
  (func (export "run") (canon lift (core func $main "run"))))
