;; A record in a record in a list.
;;
;;   line({ from: { x: 1, y: -2 }, to: { x: 3, y: 4 }, label: "l" }) and lines([ that, that ]) return their argument.
(component
  (import "test:values/echo" (instance $echo
    (type $point-shape (record (field "x" s32) (field "y" s32)))
    (export "point-type" (type $point (eq $point-shape)))
    (type $line-shape (record (field "from" $point) (field "to" $point) (field "label" string)))
    (export "line-type" (type $line (eq $line-shape)))
    (export "line" (func (param "v" $line) (result $line)))
    (export "lines" (func (param "v" (list $line)) (result (list $line))))))
  (alias export $echo "point-type" (type $point))
  (alias export $echo "line-type" (type $line))

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

  (core func $line (canon lower (func $echo "line") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $lines (canon lower (func $echo "lines") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "line" (func $line (param i32 i32 i32 i32 i32 i32 i32)))
    (import "echo" "lines" (func $lines (param i32 i32 i32)))
    (func (export "line") (param i32 i32 i32 i32 i32 i32) (result i32)
      (call $line (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (i32.const 16))
      (i32.const 16))
    (func (export "lines") (param i32 i32) (result i32)
      (call $lines (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "line" (func $line))
    (export "lines" (func $lines))))))

  (func (export "line") (param "v" $line) (result $line)
    (canon lift (core func $main "line") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "lines") (param "v" (list $line)) (result (list $line))
    (canon lift (core func $main "lines") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
