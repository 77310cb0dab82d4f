;; Denies with a reason of as many control characters as the payload says, in decimal digits.
(module
  (memory (export "memory") 1000)
  (global $top (mut i32) (i32.const 65_500_000))
  (data (i32.const 0) "deny")
  (data (i32.const 16) "\00\00\00\00\04\00\00\00\01\00\00\00\40\00\00\00") ;; action, some data; its length is written below
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $top)
    (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get 3)) (i32.const 7)) (i32.const -8))))
  (func (export "astrid-hook-trigger") (param i32 i32 i32 i32) (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get 3)))
        (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 10)) (i32.sub (i32.load8_u (local.get 2)) (i32.const 48))))
        (local.set 2 (i32.add (local.get 2) (i32.const 1)))
        (local.set 3 (i32.sub (local.get 3) (i32.const 1)))
        (br $next)))
    (memory.fill (i32.const 64) (i32.const 1) (local.get $n))
    (i32.store (i32.const 32) (local.get $n))
    (i32.const 16)))
