;; What an instance can change: memory, which is large enough to be mapped, and globals.
;;
;;   peek(at)         the byte at an address
;;   poke(at, value)  sets it
;;   sum()            of all bytes, each times its address
;;   bump()           counts in globals of each type, and returns the count; all of them have to agree
;;   grow(pages)      memory.grow
;;   boom()           traps
;;   ask(at)          a byte that the host says, which it also stores at an address
(component
  (import "test:state/host" (instance $host
    (export "secret" (func (result u8)))))
  (core func $secret (canon lower (func $host "secret")))

  (core module $main
    (import "host" "secret" (func $secret (result i32)))
    (memory (export "memory") 8)
    (data (i32.const 16) "beginning")
    (data (i32.const 0x20000) "middle")
    (data (i32.const 0x7fffd) "end")
    (global $a (mut i32) (i32.const 7))
    (global $b (mut i64) (i64.const -7))
    (global $c (mut f32) (f32.const 0.5))
    (global $d (mut f64) (f64.const -0.25))
    (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
    (func (export "sum") (result i32)
      (local $at i32) (local $sum i32)
      (loop $next
        (local.set $sum (i32.add (local.get $sum) (i32.mul (i32.load8_u (local.get $at)) (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 0x80000))))
      (local.get $sum))
    (func (export "bump") (result i32)
      (local $n i32)
      (global.set $a (i32.add (global.get $a) (i32.const 1)))
      (global.set $b (i64.sub (global.get $b) (i64.const 1)))
      (global.set $c (f32.add (global.get $c) (f32.const 1)))
      (global.set $d (f64.add (global.get $d) (f64.const 1)))
      (local.set $n (i32.sub (global.get $a) (i32.const 7)))
      (if (i32.or
            (i64.ne (i64.sub (i64.const -7) (global.get $b)) (i64.extend_i32_s (local.get $n)))
            (i32.or
              (f32.ne (f32.sub (global.get $c) (f32.const 0.5)) (f32.convert_i32_s (local.get $n)))
              (f64.ne (f64.add (global.get $d) (f64.const 0.25)) (f64.convert_i32_s (local.get $n)))))
        (then (unreachable)))
      (local.get $n))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "boom") unreachable)
    (func (export "ask") (param i32) (result i32)
      (i32.store8 (local.get 0) (call $secret))
      (i32.load8_u (local.get 0))))
  (core instance $main (instantiate $main (with "host" (instance (export "secret" (func $secret))))))

  (func (export "peek") (param "at" u32) (result u8) (canon lift (core func $main "peek")))
  (func (export "poke") (param "at" u32) (param "value" u8) (canon lift (core func $main "poke")))
  (func (export "sum") (result u32) (canon lift (core func $main "sum")))
  (func (export "bump") (result u32) (canon lift (core func $main "bump")))
  (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $main "grow")))
  (func (export "boom") (canon lift (core func $main "boom")))
  (func (export "ask") (param "at" u32) (result u8) (canon lift (core func $main "ask"))))
