;; Tuples: one of one element, whose flat result needs no memory, and one that mixes sizes.
;;
;;   one((7,)), and mixed((1, 2^40, "s", 0.5)) return their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "one" (func (param "v" (tuple u32)) (result (tuple u32))))
    (export "mixed" (func (param "v" (tuple u8 u64 string f32)) (result (tuple u8 u64 string f32))))))

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

  (core func $one (canon lower (func $echo "one")))
  (core func $mixed (canon lower (func $echo "mixed") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "one" (func $one (param i32) (result i32)))
    (import "echo" "mixed" (func $mixed (param i32 i64 i32 i32 f32 i32)))
    (func (export "one") (param i32) (result i32)
      (call $one (local.get 0)))
    (func (export "mixed") (param i32 i64 i32 i32 f32) (result i32)
      (call $mixed (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "one" (func $one))
    (export "mixed" (func $mixed))))))

  (func (export "one") (param "v" (tuple u32)) (result (tuple u32))
    (canon lift (core func $main "one")))
  (func (export "mixed") (param "v" (tuple u8 u64 string f32)) (result (tuple u8 u64 string f32))
    (canon lift (core func $main "mixed") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
