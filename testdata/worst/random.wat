;; Asks for random bytes, which its realloc puts into new memory each time.
(module
  (import "astrid:sys/host@1.0.0" "random-bytes" (func $random (param i64 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
  (func (export "run") (loop (call $random (i64.const 4096) (i32.const 0)) (br 0))))
