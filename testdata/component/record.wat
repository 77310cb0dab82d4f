;; A record whose fields need padding: on the stack six values, in memory 0, 8, 16, 20, 24 and 28.
;;
;;   row({ flag: true, big: 2^63, small: 7, name: "n", letter: "x" }) returns its argument.
(component
  (import "test:values/echo" (instance $echo
    (type $row-shape (record (field "flag" bool) (field "big" u64) (field "small" u16) (field "name" string) (field "letter" char)))
    (export "row-type" (type $row (eq $row-shape)))
    (export "row" (func (param "v" $row) (result $row)))))
  (alias export $echo "row-type" (type $row))

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

  (core func $row (canon lower (func $echo "row") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "row" (func $row (param i32 i64 i32 i32 i32 i32 i32)))
    (func (export "row") (param i32 i64 i32 i32 i32 i32) (result i32)
      (call $row (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "row" (func $row))))))

  (func (export "row") (param "v" $row) (result $row)
    (canon lift (core func $main "row") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
