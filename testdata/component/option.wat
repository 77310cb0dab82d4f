;; Options, also of strings, of options, and in a list.
;;
;;   maybe-u32(none), maybe-u32(some(0)), maybe-u64(some(2^64-1)), maybe-string(some("")), nested(none), nested(some(none)),
;;   nested(some(some(true))) and maybes([none, some("a")]) return their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "maybe-u32" (func (param "v" (option u32)) (result (option u32))))
    (export "maybe-u64" (func (param "v" (option u64)) (result (option u64))))
    (export "maybe-string" (func (param "v" (option string)) (result (option string))))
    (export "nested" (func (param "v" (option (option bool))) (result (option (option bool)))))
    (export "maybes" (func (param "v" (list (option string))) (result (list (option string)))))))

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

  (core func $maybe-u32 (canon lower (func $echo "maybe-u32") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $maybe-u64 (canon lower (func $echo "maybe-u64") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $maybe-string (canon lower (func $echo "maybe-string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $nested (canon lower (func $echo "nested") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $maybes (canon lower (func $echo "maybes") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "maybe-u32" (func $maybe-u32 (param i32 i32 i32)))
    (import "echo" "maybe-u64" (func $maybe-u64 (param i32 i64 i32)))
    (import "echo" "maybe-string" (func $maybe-string (param i32 i32 i32 i32)))
    (import "echo" "nested" (func $nested (param i32 i32 i32 i32)))
    (import "echo" "maybes" (func $maybes (param i32 i32 i32)))
    (func (export "maybe-u32") (param i32 i32) (result i32)
      (call $maybe-u32 (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "maybe-u64") (param i32 i64) (result i32)
      (call $maybe-u64 (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "maybe-string") (param i32 i32 i32) (result i32)
      (call $maybe-string (local.get 0) (local.get 1) (local.get 2) (i32.const 16))
      (i32.const 16))
    (func (export "nested") (param i32 i32 i32) (result i32)
      (call $nested (local.get 0) (local.get 1) (local.get 2) (i32.const 16))
      (i32.const 16))
    (func (export "maybes") (param i32 i32) (result i32)
      (call $maybes (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "maybe-u32" (func $maybe-u32))
    (export "maybe-u64" (func $maybe-u64))
    (export "maybe-string" (func $maybe-string))
    (export "nested" (func $nested))
    (export "maybes" (func $maybes))))))

  (func (export "maybe-u32") (param "v" (option u32)) (result (option u32))
    (canon lift (core func $main "maybe-u32") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "maybe-u64") (param "v" (option u64)) (result (option u64))
    (canon lift (core func $main "maybe-u64") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "maybe-string") (param "v" (option string)) (result (option string))
    (canon lift (core func $main "maybe-string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "nested") (param "v" (option (option bool))) (result (option (option bool)))
    (canon lift (core func $main "nested") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "maybes") (param "v" (list (option string))) (result (list (option string)))
    (canon lift (core func $main "maybes") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
