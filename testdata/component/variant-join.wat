;; Variants whose cases share the same flat slots. A slot of i32 and f32 is an i32; of anything else that differs, an i64.
;;
;;   narrow: none, int(2^32-1), float(1.5): one i32 for both payloads
;;   wide: none, int(-1), long(-2^63), single(1.5), double(-2.5): one i64
;;   mixed: text("t"), double(0.1), pair((0.5, 2^63)): i64 and i64
;;   each returns its argument. What the unused slots hold is no part of the value.
(component
  (import "test:values/echo" (instance $echo
    (type $narrow-shape (variant (case "none") (case "int" u32) (case "float" f32)))
    (export "narrow-type" (type $narrow (eq $narrow-shape)))
    (type $wide-shape (variant (case "none") (case "int" s32) (case "long" s64) (case "single" f32) (case "double" f64)))
    (export "wide-type" (type $wide (eq $wide-shape)))
    (type $mixed-shape (variant (case "text" string) (case "double" f64) (case "pair" (tuple f32 u64))))
    (export "mixed-type" (type $mixed (eq $mixed-shape)))
    (export "narrow" (func (param "v" $narrow) (result $narrow)))
    (export "wide" (func (param "v" $wide) (result $wide)))
    (export "mixed" (func (param "v" $mixed) (result $mixed)))))
  (alias export $echo "narrow-type" (type $narrow))
  (alias export $echo "wide-type" (type $wide))
  (alias export $echo "mixed-type" (type $mixed))

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

  (core func $narrow (canon lower (func $echo "narrow") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $wide (canon lower (func $echo "wide") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $mixed (canon lower (func $echo "mixed") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "narrow" (func $narrow (param i32 i32 i32)))
    (import "echo" "wide" (func $wide (param i32 i64 i32)))
    (import "echo" "mixed" (func $mixed (param i32 i64 i64 i32)))
    (func (export "narrow") (param i32 i32) (result i32)
      (call $narrow (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "wide") (param i32 i64) (result i32)
      (call $wide (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "mixed") (param i32 i64 i64) (result i32)
      (call $mixed (local.get 0) (local.get 1) (local.get 2) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "narrow" (func $narrow))
    (export "wide" (func $wide))
    (export "mixed" (func $mixed))))))

  (func (export "narrow") (param "v" $narrow) (result $narrow)
    (canon lift (core func $main "narrow") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "wide") (param "v" $wide) (result $wide)
    (canon lift (core func $main "wide") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "mixed") (param "v" $mixed) (result $mixed)
    (canon lift (core func $main "mixed") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
