;; Bytes: the list that a host copies whole.
;;
;;   list-u8([]), list-u8([0, 1, 255]) and 100 000 bytes return their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "list-u8" (func (param "v" (list u8)) (result (list u8))))))

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

  (core func $list-u8 (canon lower (func $echo "list-u8") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "list-u8" (func $list-u8 (param i32 i32 i32)))
    (func (export "list-u8") (param i32 i32) (result i32)
      (call $list-u8 (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "list-u8" (func $list-u8))))))

  (func (export "list-u8") (param "v" (list u8)) (result (list u8))
    (canon lift (core func $main "list-u8") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
