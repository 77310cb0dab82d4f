;; Strings as Latin-1 or UTF-16 in the guest: the top bit of a length says which.
;;
;;   string(""), string("hello"), string("grüße") and string("世界 🦀") return their argument. units("grüße") returns 5,
;;   units("世🦀") returns 0x80000003: the length as the guest was given it. latin1() returns "é", from one byte,
;;   wide() returns "Aé世🦀".
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

  (core func $string (canon lower (func $echo "string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=latin1+utf16))
  (core module $main
    (import "echo" "string" (func $string (param i32 i32 i32)))
    (import "libc" "memory" (memory 1))
    (func (export "string") (param i32 i32) (result i32)
      (call $string (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "units") (param i32 i32) (result i32) (local.get 1))
    (data (i32.const 64) "A\00\e9\00\16\4e\3e\d8\80\dd")
    (data (i32.const 80) "\e9")
    (data (i32.const 32) "\40\00\00\00\05\00\00\80\50\00\00\00\01\00\00\00")
    (func (export "wide") (result i32) (i32.const 32))
    (func (export "latin1") (result i32) (i32.const 40)))
  (core instance $main (instantiate $main
    (with "echo" (instance (export "string" (func $string))))
    (with "libc" (instance $libc))))
  (func (export "string") (param "v" string) (result string)
    (canon lift (core func $main "string") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=latin1+utf16))
  (func (export "units") (param "v" string) (result u32)
    (canon lift (core func $main "units") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=latin1+utf16))
  (func (export "wide") (result string) (canon lift (core func $main "wide") (memory (core memory $libc "memory")) string-encoding=latin1+utf16))
  (func (export "latin1") (result string) (canon lift (core func $main "latin1") (memory (core memory $libc "memory")) string-encoding=latin1+utf16)))
