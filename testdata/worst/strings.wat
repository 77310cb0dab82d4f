;; Asks for the capabilities of a capsule whose id and capability are a memory long.
(module
  (import "astrid:sys/host@1.0.0" "check-capsule-capability" (func $check (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1000)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
  (func (export "run")
    (loop (call $check (i32.const 16) (i32.const 65_000_000) (i32.const 16) (i32.const 65_000_000) (i32.const 0)) (br 0))))
