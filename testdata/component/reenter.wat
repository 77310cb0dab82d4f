;; A host function that calls back into the instance that called it.
;;
;;   call() calls the import back() and returns 7 when it returns; fine() returns 1. Up to 2026 the canonical ABI trapped
;;   a fine() that is called from inside back(); since then it allows it. A host may do either, and must survive both.
(component
  (import "test:values/echo" (instance $echo (export "back" (func))))
  (core func $back (canon lower (func $echo "back")))
  (core module $main
    (import "echo" "back" (func $back))
    (func (export "call") (result i32) (call $back) (i32.const 7))
    (func (export "fine") (result i32) (i32.const 1)))
  (core instance $main (instantiate $main (with "echo" (instance (export "back" (func $back))))))
  (func (export "call") (result u32) (canon lift (core func $main "call")))
  (func (export "fine") (result u32) (canon lift (core func $main "fine"))))
