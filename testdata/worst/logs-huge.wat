;; Logs lines of sixty-five megabytes.
(module
  (import "astrid:sys/host@1.0.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1000)
  (func (export "run") (loop (call $log (i32.const 2) (i32.const 0) (i32.const 65_000_000)) (br 0))))
