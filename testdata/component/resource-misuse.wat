;; Every way to misuse a handle table. Each function traps.
;;
;;   no-such-handle() drops a handle that was never made; zero() drops the handle 0, which exists in no table;
;;   twice() drops one handle twice; after-drop() asks for the representation of a handle that was dropped;
;;   wrong-type() drops a handle of the resource a as one of the resource b.
;;   fine() does the same things in their right order, and returns the representation, 42.
(component
  (type $a (resource (rep i32)))
  (type $b (resource (rep i32)))
  (core func $a-new (canon resource.new $a))
  (core func $a-rep (canon resource.rep $a))
  (core func $a-drop (canon resource.drop $a))
  (core func $b-drop (canon resource.drop $b))
  (core module $main
    (import "" "a-new" (func $a-new (param i32) (result i32)))
    (import "" "a-rep" (func $a-rep (param i32) (result i32)))
    (import "" "a-drop" (func $a-drop (param i32)))
    (import "" "b-drop" (func $b-drop (param i32)))
    (func (export "fine") (result i32)
      (local $h i32)
      (local.set $h (call $a-new (i32.const 42)))
      (call $a-rep (local.get $h))
      (call $a-drop (local.get $h)))
    (func (export "no-such-handle") (call $a-drop (i32.const 77)))
    (func (export "zero") (call $a-drop (i32.const 0)))
    (func (export "twice")
      (local $h i32)
      (local.set $h (call $a-new (i32.const 1)))
      (call $a-drop (local.get $h))
      (call $a-drop (local.get $h)))
    (func (export "after-drop")
      (local $h i32)
      (local.set $h (call $a-new (i32.const 1)))
      (call $a-drop (local.get $h))
      (drop (call $a-rep (local.get $h))))
    (func (export "wrong-type") (call $b-drop (call $a-new (i32.const 1)))))
  (core instance $main (instantiate $main (with "" (instance
    (export "a-new" (func $a-new))
    (export "a-rep" (func $a-rep))
    (export "a-drop" (func $a-drop))
    (export "b-drop" (func $b-drop))))))
  (func (export "fine") (result u32) (canon lift (core func $main "fine")))
  (func (export "no-such-handle") (canon lift (core func $main "no-such-handle")))
  (func (export "zero") (canon lift (core func $main "zero")))
  (func (export "twice") (canon lift (core func $main "twice")))
  (func (export "after-drop") (canon lift (core func $main "after-drop")))
  (func (export "wrong-type") (canon lift (core func $main "wrong-type"))))
