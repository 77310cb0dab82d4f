;; A nested component reaches out for a type, a core module and a component of the one around it.
;;
;;   area((6, 7)) returns 42.
(component
  (type $pair (tuple u32 u32))
  (core module $product
    (func (export "mul") (param i32 i32) (result i32) (i32.mul (local.get 0) (local.get 1))))
  (component $lifter
    (alias outer 1 $pair (type $p))
    (alias outer 1 $product (core module $m))
    (core instance $i (instantiate $m))
    (func (export "mul") (param "p" $p) (result u32) (canon lift (core func $i "mul"))))
  (component $wrapper
    (alias outer 1 $lifter (component $l))
    (instance $i (instantiate $l))
    (alias export $i "mul" (func $mul))
    (export "area" (func $mul)))
  (instance $w (instantiate $wrapper))
  (export "area" (func $w "area")))
