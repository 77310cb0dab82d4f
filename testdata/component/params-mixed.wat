;; Several parameters of composite types in one function, and a result of more than one flat value.
;;
;;   describe("n", [1, 2, 3], some(2.5), { a: 1, b: 2 }) returns ("n", 3, some(2.5), 3), computed by the guest: the name,
;;   the length of the list, the option, and a + b.
(component
  ;; Memory and an allocator that hands out a fresh, aligned block every time.
  (core module $libc
    (memory (export "memory") 4)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (core module $main
    (import "libc" "memory" (memory 1))
    (func (export "describe") (param $name i32) (param $name-len i32) (param $list i32) (param $len i32)
      (param $some i32) (param $f f64) (param $a i32) (param $b i64) (result i32)
      ;; at 16: string; 24: u32; 32: option<f64>; 48: u64
      (i32.store (i32.const 16) (local.get $name))
      (i32.store (i32.const 20) (local.get $name-len))
      (i32.store (i32.const 24) (local.get $len))
      (i32.store8 (i32.const 32) (local.get $some))
      (f64.store (i32.const 40) (local.get $f))
      (i64.store (i32.const 48) (i64.add (i64.extend_i32_u (local.get $a)) (local.get $b)))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "libc" (instance $libc))))
  (type $pair-shape (record (field "a" u32) (field "b" u64)))
  (import "pair" (type $pair (eq $pair-shape)))
  (func (export "describe") (param "name" string) (param "list" (list u16)) (param "maybe" (option f64)) (param "pair" $pair)
    (result (tuple string u32 (option f64) u64))
    (canon lift (core func $main "describe") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
