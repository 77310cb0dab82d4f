;; Strings as UTF-16 in the guest: pointers aligned to 2, lengths in code units.
;;
;;   string(""), string("hello") and string("grüße, 世界 🦀") return their argument. units("🦀") returns 2, the code units
;;   that the guest was given, and literal() returns "Aé世🦀".
(component
  (import "test:values/echo" (instance $echo (export "string" (func (param "v" string) (result string)))))

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

  (core func $string (canon lower (func $echo "string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16))
  (core module $main
    (import "echo" "string" (func $string (param i32 i32 i32)))
    (import "libc" "memory" (memory 1))
    (func (export "string") (param i32 i32) (result i32)
      (call $string (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "units") (param i32 i32) (result i32) (local.get 1))
    (data (i32.const 64) "A\00\e9\00\16\4e\3e\d8\80\dd")
    (data (i32.const 32) "\40\00\00\00\05\00\00\00")
    (func (export "literal") (result i32) (i32.const 32)))
  (core instance $main (instantiate $main
    (with "echo" (instance (export "string" (func $string))))
    (with "libc" (instance $libc))))
  (func (export "string") (param "v" string) (result string)
    (canon lift (core func $main "string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16))
  (func (export "units") (param "v" string) (result u32)
    (canon lift (core func $main "units") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16))
  (func (export "literal") (result string) (canon lift (core func $main "literal") (memory (core memory $libc "memory")) string-encoding=utf16)))
