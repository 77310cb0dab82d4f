;; Arguments that the canonical ABI forbids, from a guest to the import log(level: enum, message: string) -> list<u32>.
;; Each function traps.
;;
;;   level() passes the fourth of three cases; oob() a message outside the memory; utf8() the bytes c0 80, an overlong
;;   NUL; surrogate() the bytes ed a0 80; cut() the first two bytes of a three byte sequence. The import is not called.
;;   retptr() asks for the result at the odd address 33, and retptr-oob() 4 bytes before the end of the memory. The
;;   canonical ABI finds out when the import has returned.
;;   fine() passes "ok", and returns the length of the list that the import returned.
(component
  (import "test:values/echo" (instance $echo
    (type $level-shape (enum "low" "mid" "high"))
    (export "level" (type $level (eq $level-shape)))
    (export "log" (func (param "level" $level) (param "message" string) (result (list u32))))))

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

  (core func $log (canon lower (func $echo "log") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $main
    (import "echo" "log" (func $log (param i32 i32 i32 i32)))
    (import "libc" "memory" (memory 4))
    (data (i32.const 64) "ok\c0\80\ed\a0\80\e4\b8\96")
    (func (export "fine") (result i32)
      (call $log (i32.const 2) (i32.const 64) (i32.const 2) (i32.const 32))
      (i32.load (i32.const 36)))
    (func (export "level") (call $log (i32.const 3) (i32.const 64) (i32.const 2) (i32.const 32)))
    (func (export "oob") (call $log (i32.const 0) (i32.const 0x3fffe) (i32.const 3) (i32.const 32)))
    (func (export "utf8") (call $log (i32.const 0) (i32.const 66) (i32.const 2) (i32.const 32)))
    (func (export "surrogate") (call $log (i32.const 0) (i32.const 68) (i32.const 3) (i32.const 32)))
    (func (export "cut") (call $log (i32.const 0) (i32.const 71) (i32.const 2) (i32.const 32)))
    (func (export "retptr") (call $log (i32.const 0) (i32.const 64) (i32.const 2) (i32.const 33)))
    (func (export "retptr-oob") (call $log (i32.const 0) (i32.const 64) (i32.const 2) (i32.const 0x3fffc))))
  (core instance $main (instantiate $main
    (with "echo" (instance (export "log" (func $log))))
    (with "libc" (instance $libc))))
  (func (export "fine") (result u32) (canon lift (core func $main "fine")))
  (func (export "level") (canon lift (core func $main "level")))
  (func (export "oob") (canon lift (core func $main "oob")))
  (func (export "utf8") (canon lift (core func $main "utf8")))
  (func (export "surrogate") (canon lift (core func $main "surrogate")))
  (func (export "cut") (canon lift (core func $main "cut")))
  (func (export "retptr") (canon lift (core func $main "retptr")))
  (func (export "retptr-oob") (canon lift (core func $main "retptr-oob"))))
