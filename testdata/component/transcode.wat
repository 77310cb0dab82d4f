;; A string that crosses between components of different encodings: UTF-8 to UTF-16, UTF-16 to Latin-1 or UTF-16, and back.
;;
;;   length-utf16("grüße 🦀") returns 8, the code units; length-compact("grüße") returns 5, and length-compact("grüße 🦀")
;;   returns 0x80000008. Each is called by a UTF-8 component with the string it was given.
(component
  (component $counter-utf16
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
    (core module $m (func (export "length") (param i32 i32) (result i32) (local.get 1)))
    (core instance $m (instantiate $m))
    (func (export "length") (param "s" string) (result u32)
      (canon lift (core func $m "length") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16)))
  (component $counter-compact
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
    (core module $m (func (export "length") (param i32 i32) (result i32) (local.get 1)))
    (core instance $m (instantiate $m))
    (func (export "length") (param "s" string) (result u32)
      (canon lift (core func $m "length") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=latin1+utf16)))
  (component $caller
    (import "utf16" (func $utf16 (param "s" string) (result u32)))
    (import "compact" (func $compact (param "s" string) (result u32)))
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
    (core func $utf16 (canon lower (func $utf16) (memory (core memory $libc "memory"))))
    (core func $compact (canon lower (func $compact) (memory (core memory $libc "memory"))))
    (core module $m
      (import "" "utf16" (func $utf16 (param i32 i32) (result i32)))
      (import "" "compact" (func $compact (param i32 i32) (result i32)))
      (func (export "utf16") (param i32 i32) (result i32) (call $utf16 (local.get 0) (local.get 1)))
      (func (export "compact") (param i32 i32) (result i32) (call $compact (local.get 0) (local.get 1))))
    (core instance $m (instantiate $m (with "" (instance
      (export "utf16" (func $utf16))
      (export "compact" (func $compact))))))
    (func (export "length-utf16") (param "s" string) (result u32)
      (canon lift (core func $m "utf16") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "length-compact") (param "s" string) (result u32)
      (canon lift (core func $m "compact") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
  (instance $u (instantiate $counter-utf16))
  (instance $c (instantiate $counter-compact))
  (instance $caller (instantiate $caller
    (with "utf16" (func $u "length"))
    (with "compact" (func $c "length"))))
  (export "length-utf16" (func $caller "length-utf16"))
  (export "length-compact" (func $caller "length-compact")))
