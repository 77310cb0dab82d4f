;; A component for code-root to import: next() adds what step() returns to a number that begins at 0, and returns it.
(component
  (import "step" (func $step (result u32)))
  (core func $step (canon lower (func $step)))
  (core module $main
    (import "" "step" (func $step (result i32)))
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $n (i32.add (global.get $n) (call $step)))
      (global.get $n)))
  (core instance $main (instantiate $main (with "" (instance (export "step" (func $step))))))
  (func (export "next") (result u32) (canon lift (core func $main "next"))))
