;; Two components inside one, each with a memory of its own: the string that one lowers is lifted by the other, and the
;; answer goes the way back. No byte of either memory is seen by the other.
;;
;;   shout("abc") returns "ABC!": the inner component of the caller passes it to the provider, which makes capitals of
;;   a to z; the caller then adds the mark.
(component
  (component $provider
    (core module $m
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (local.get 3))))
      (func (export "upper") (param $at i32) (param $len i32) (result i32)
        (local $i i32) (local $c i32)
        (block $done
          (loop $next
            (br_if $done (i32.eq (local.get $i) (local.get $len)))
            (local.set $c (i32.load8_u (i32.add (local.get $at) (local.get $i))))
            (if (i32.and (i32.ge_u (local.get $c) (i32.const 97)) (i32.le_u (local.get $c) (i32.const 122)))
              (then (i32.store8 (i32.add (local.get $at) (local.get $i)) (i32.sub (local.get $c) (i32.const 32)))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (i32.store (i32.const 16) (local.get $at))
        (i32.store (i32.const 20) (local.get $len))
        (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "upper") (param "s" string) (result string)
      (canon lift (core func $m "upper") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))

  (component $caller
    (import "upper" (func $upper (param "s" string) (result string)))
    (core module $libc
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 2048))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (local.get 3)))))
    (core instance $libc (instantiate $libc))
    (core func $upper (canon lower (func $upper)
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "upper" (func $upper (param i32 i32 i32)))
      (import "libc" "memory" (memory 1))
      (func (export "shout") (param i32 i32) (result i32)
        (call $upper (local.get 0) (local.get 1) (i32.const 16))
        ;; the copy below leaves room for the mark
        (memory.copy (i32.const 32) (i32.load (i32.const 16)) (i32.load (i32.const 20)))
        (i32.store8 (i32.add (i32.const 32) (i32.load (i32.const 20))) (i32.const 33))
        (i32.store (i32.const 16) (i32.const 32))
        (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (i32.const 1)))
        (i32.const 16)))
    (core instance $m (instantiate $m
      (with "" (instance (export "upper" (func $upper))))
      (with "libc" (instance $libc))))
    (func (export "shout") (param "s" string) (result string)
      (canon lift (core func $m "shout") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))

  (instance $provider (instantiate $provider))
  (instance $caller (instantiate $caller (with "upper" (func $provider "upper"))))
  (export "shout" (func $caller "shout")))
