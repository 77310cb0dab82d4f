;; Seventeen parameters of every integer size: one more than travels on the stack, so that both sides pass a pointer to
;; a tuple. The caller of an export allocates it with realloc (80 bytes, aligned to 8); the guest passes the same pointer on.
;;
;;   sum(1, 2, ..., 17) returns 153.
(component
  (import "test:values/echo" (instance $echo
    (export "sum" (func (param "p0" u8) (param "p1" u16) (param "p2" u32) (param "p3" u64) (param "p4" u8) (param "p5" u16) (param "p6" u32) (param "p7" u64) (param "p8" u8) (param "p9" u16) (param "p10" u32) (param "p11" u64) (param "p12" u8) (param "p13" u16) (param "p14" u32) (param "p15" u64) (param "p16" u8) (result u64)))))

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

  (core func $sum (canon lower (func $echo "sum") (memory (core memory $libc "memory"))))
  (core module $main
    (import "echo" "sum" (func $sum (param i32) (result i64)))
    (func (export "sum") (param i32) (result i64)
      (call $sum (local.get 0))))
  (core instance $main (instantiate $main (with "echo" (instance (export "sum" (func $sum))))))
  (func (export "sum") (param "p0" u8) (param "p1" u16) (param "p2" u32) (param "p3" u64) (param "p4" u8) (param "p5" u16) (param "p6" u32) (param "p7" u64) (param "p8" u8) (param "p9" u16) (param "p10" u32) (param "p11" u64) (param "p12" u8) (param "p13" u16) (param "p14" u32) (param "p15" u64) (param "p16" u8) (result u64)
    (canon lift (core func $main "sum") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
