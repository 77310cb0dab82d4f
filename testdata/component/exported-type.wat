;; A type that the component itself exports, and a function that uses it under that name.
;;
;;   origin() returns { x: 0, y: 0 }.
(component
  (core module $main
    (memory (export "memory") 1)
    (func (export "origin") (result i32) (i32.const 16)))
  (core instance $main (instantiate $main))
  (type $point-shape (record (field "x" s32) (field "y" s32)))
  (export $point "point" (type $point-shape))
  (func (export "origin") (result $point)
    (canon lift (core func $main "origin") (memory (core memory $main "memory")))))
