;; One nested component instantiated twice, with different arguments.
;;
;;   by-two(21) returns 42 and by-three(14) returns 42: each instance got another function to import.
(component
  (core module $m
    (func (export "two") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "three") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))
  (core instance $m (instantiate $m))
  (func $two (param "n" u32) (result u32) (canon lift (core func $m "two")))
  (func $three (param "n" u32) (result u32) (canon lift (core func $m "three")))
  (component $renamer
    (import "f" (func $f (param "n" u32) (result u32)))
    (export "g" (func $f)))
  (instance $a (instantiate $renamer (with "f" (func $two))))
  (instance $b (instantiate $renamer (with "f" (func $three))))
  (export "by-two" (func $a "g"))
  (export "by-three" (func $b "g")))
