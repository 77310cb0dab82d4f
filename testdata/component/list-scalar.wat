;; Lists whose elements have every size and alignment.
;;
;;   list-bool([true, false]), list-u16([1, 65535]), list-s64([-1]), list-f32([0.5]), list-f64([0.25]) and
;;   list-char(["a", "🦀"]) return their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "list-bool" (func (param "v" (list bool)) (result (list bool))))
    (export "list-u16" (func (param "v" (list u16)) (result (list u16))))
    (export "list-s64" (func (param "v" (list s64)) (result (list s64))))
    (export "list-f32" (func (param "v" (list f32)) (result (list f32))))
    (export "list-f64" (func (param "v" (list f64)) (result (list f64))))
    (export "list-char" (func (param "v" (list char)) (result (list char))))))

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

  (core func $list-bool (canon lower (func $echo "list-bool") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $list-u16 (canon lower (func $echo "list-u16") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $list-s64 (canon lower (func $echo "list-s64") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $list-f32 (canon lower (func $echo "list-f32") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $list-f64 (canon lower (func $echo "list-f64") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $list-char (canon lower (func $echo "list-char") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "list-bool" (func $list-bool (param i32 i32 i32)))
    (import "echo" "list-u16" (func $list-u16 (param i32 i32 i32)))
    (import "echo" "list-s64" (func $list-s64 (param i32 i32 i32)))
    (import "echo" "list-f32" (func $list-f32 (param i32 i32 i32)))
    (import "echo" "list-f64" (func $list-f64 (param i32 i32 i32)))
    (import "echo" "list-char" (func $list-char (param i32 i32 i32)))
    (func (export "list-bool") (param i32 i32) (result i32)
      (call $list-bool (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "list-u16") (param i32 i32) (result i32)
      (call $list-u16 (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "list-s64") (param i32 i32) (result i32)
      (call $list-s64 (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "list-f32") (param i32 i32) (result i32)
      (call $list-f32 (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "list-f64") (param i32 i32) (result i32)
      (call $list-f64 (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "list-char") (param i32 i32) (result i32)
      (call $list-char (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "list-bool" (func $list-bool))
    (export "list-u16" (func $list-u16))
    (export "list-s64" (func $list-s64))
    (export "list-f32" (func $list-f32))
    (export "list-f64" (func $list-f64))
    (export "list-char" (func $list-char))))))

  (func (export "list-bool") (param "v" (list bool)) (result (list bool))
    (canon lift (core func $main "list-bool") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "list-u16") (param "v" (list u16)) (result (list u16))
    (canon lift (core func $main "list-u16") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "list-s64") (param "v" (list s64)) (result (list s64))
    (canon lift (core func $main "list-s64") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "list-f32") (param "v" (list f32)) (result (list f32))
    (canon lift (core func $main "list-f32") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "list-f64") (param "v" (list f64)) (result (list f64))
    (canon lift (core func $main "list-f64") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "list-char") (param "v" (list char)) (result (list char))
    (canon lift (core func $main "list-char") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
