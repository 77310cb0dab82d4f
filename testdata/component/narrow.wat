;; What lies above the width of a type is ignored when a core value is lifted, and every non-zero bool is true.
;;
;;   u8() returns 0xff, from 0x1ff; s8() returns -1, from 0xff; u16() returns 0xffff, from 0xabcffff; s16() returns -32768,
;;   from 0x18000; bool() returns true, from 0x100; flags() returns {f0, f2}, from 0xfffffffd & 0x7 with the rest set;
;;   bools() returns [true, false, true], from the bytes 2, 0, 255.
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
    (func (export "u8") (result i32) (i32.const 0x1ff))
    (func (export "s8") (result i32) (i32.const 0xff))
    (func (export "u16") (result i32) (i32.const 0xabcffff))
    (func (export "s16") (result i32) (i32.const 0x18000))
    (func (export "bool") (result i32) (i32.const 0x100))
    (func (export "flags") (result i32) (i32.const 0xfffffffd))
    (data (i32.const 32) "\02\00\ff")
    (func (export "bools") (result i32)
      (i32.store (i32.const 16) (i32.const 32))
      (i32.store (i32.const 20) (i32.const 3))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "libc" (instance $libc))))
  (type $three-shape (flags "f0" "f1" "f2"))
  (import "three" (type $three (eq $three-shape)))
  (func (export "u8") (result u8) (canon lift (core func $main "u8")))
  (func (export "s8") (result s8) (canon lift (core func $main "s8")))
  (func (export "u16") (result u16) (canon lift (core func $main "u16")))
  (func (export "s16") (result s16) (canon lift (core func $main "s16")))
  (func (export "bool") (result bool) (canon lift (core func $main "bool")))
  (func (export "flags") (result $three) (canon lift (core func $main "flags")))
  (func (export "bools") (result (list bool)) (canon lift (core func $main "bools") (memory (core memory $libc "memory")))))
