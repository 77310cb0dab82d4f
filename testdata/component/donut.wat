;; A component around two others. It calls the first, which calls the second, which calls a function of the outer one:
;; the outer component is in that call already, so that it is not entered again. From there the first cannot be called,
;; since it waits for its own call.
;;
;;   around(s) passes s all the way and returns the number of its bytes; own(s) calls the same function of the outer
;;   component from itself; through(s) does as around, and calls the first component from inside.
(component
  ;; Memory and an allocator that hands out a fresh block every time; slot 0 of the table is what inside calls.
  (core module $libc
    (memory (export "memory") 4)
    (table (export "table") 1 funcref)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (global.get $top)
      (global.set $top (i32.add (global.get $top) (local.get $size)))))
  (core instance $libc (instantiate $libc))

  (core module $inside
    (import "libc" "table" (table 1 funcref))
    (type $call (func (param i32 i32) (result i32)))
    (func (export "length") (param i32 i32) (result i32)
      (if (i32.eqz (ref.is_null (table.get 0 (i32.const 0)))) (then
        (drop (call_indirect (type $call) (local.get 0) (local.get 1) (i32.const 0)))))
      (local.get 1)))
  (core instance $inside (instantiate $inside (with "libc" (instance $libc))))
  (func $length (param "s" string) (result u32) (canon lift (core func $inside "length")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; A component that hands a string on, through a memory of its own.
  (component $relay
    (import "next" (func $next (param "s" string) (result u32)))
    (core module $libc
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (local.get $size)))))
    (core instance $libc (instantiate $libc))
    (core func $next (canon lower (func $next) (memory (core memory $libc "memory"))))
    (core module $main
      (import "" "next" (func $next (param i32 i32) (result i32)))
      (func (export "pass") (param i32 i32) (result i32) (call $next (local.get 0) (local.get 1))))
    (core instance $main (instantiate $main (with "" (instance (export "next" (func $next))))))
    (func (export "pass") (param "s" string) (result u32) (canon lift (core func $main "pass")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
  (instance $second (instantiate $relay (with "next" (func $length))))
  (instance $first (instantiate $relay (with "next" (func $second "pass"))))

  (core func $pass (canon lower (func $first "pass") (memory (core memory $libc "memory"))))
  (core func $self (canon lower (func $length) (memory (core memory $libc "memory"))))
  (core module $outside
    (import "libc" "table" (table 1 funcref))
    (import "" "pass" (func $pass (param i32 i32) (result i32)))
    (import "" "self" (func $self (param i32 i32) (result i32)))
    (elem declare func $pass)
    (func (export "around") (param i32 i32) (result i32) (call $pass (local.get 0) (local.get 1)))
    (func (export "own") (param i32 i32) (result i32) (call $self (local.get 0) (local.get 1)))
    (func (export "through") (param i32 i32) (result i32)
      (table.set 0 (i32.const 0) (ref.func $pass))
      (call $pass (local.get 0) (local.get 1))))
  (core instance $outside (instantiate $outside
    (with "libc" (instance $libc))
    (with "" (instance (export "pass" (func $pass)) (export "self" (func $self))))))
  (func (export "around") (param "s" string) (result u32) (canon lift (core func $outside "around")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "own") (param "s" string) (result u32) (canon lift (core func $outside "own")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "through") (param "s" string) (result u32) (canon lift (core func $outside "through")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
