;; An instance that changes its table: pick(n) makes the nth of two functions the one that picked() calls, which returns
;; its number; the first one before any pick.
(component
  (core module $main
    (table $t 2 funcref)
    (elem (i32.const 0) $zero $one)
    (func $zero (result i32) (i32.const 0))
    (func $one (result i32) (i32.const 1))
    (func (export "pick") (param i32) (table.set $t (i32.const 0) (table.get $t (local.get 0))))
    (func (export "picked") (result i32) (call_indirect (result i32) (i32.const 0))))
  (core instance $main (instantiate $main))
  (func (export "pick") (param "n" u32) (canon lift (core func $main "pick")))
  (func (export "picked") (result u32) (canon lift (core func $main "picked"))))
