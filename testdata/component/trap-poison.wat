;; A trap ends an instance: nothing may be called on it again, even a function that never touches what broke.
;;
;;   fine() returns 1. boom() traps, with unreachable; divide() traps, dividing by zero; after either, fine() traps too.
(component
  (core module $main
    (func (export "fine") (result i32) (i32.const 1))
    (func (export "boom") (unreachable))
    (func (export "divide") (result i32) (i32.div_u (i32.const 1) (i32.const 0))))
  (core instance $main (instantiate $main))
  (func (export "fine") (result u32) (canon lift (core func $main "fine")))
  (func (export "boom") (canon lift (core func $main "boom")))
  (func (export "divide") (result u32) (canon lift (core func $main "divide"))))
