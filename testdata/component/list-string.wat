;; A list of strings: pointers inside what a pointer points to.
;;
;;   list-string([]), list-string([""]) and list-string(["a", "", "世界"]) return their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "list-string" (func (param "v" (list string)) (result (list string))))))

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

  (core func $list-string (canon lower (func $echo "list-string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "list-string" (func $list-string (param i32 i32 i32)))
    (func (export "list-string") (param i32 i32) (result i32)
      (call $list-string (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "list-string" (func $list-string))))))

  (func (export "list-string") (param "v" (list string)) (result (list string))
    (canon lift (core func $main "list-string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
