;; One core module instantiated twice: each instance has globals and a memory of its own.
;;
;;   bump-a() returns 1, then 2; bump-b() returns 11, then 12; whichever is called, the other does not move.
(component
  (core module $counter
    (import "start" "at" (global $at i32))
    (memory (export "memory") 1)
    (func (export "bump") (result i32)
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
      (i32.add (global.get $at) (i32.load (i32.const 0)))))
  (core module $zero (global (export "at") i32 (i32.const 0)))
  (core module $ten (global (export "at") i32 (i32.const 10)))
  (core instance $zero (instantiate $zero))
  (core instance $ten (instantiate $ten))
  (core instance $a (instantiate $counter (with "start" (instance $zero))))
  (core instance $b (instantiate $counter (with "start" (instance $ten))))
  (func (export "bump-a") (result u32) (canon lift (core func $a "bump")))
  (func (export "bump-b") (result u32) (canon lift (core func $b "bump"))))
