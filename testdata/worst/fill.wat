;; Fills as much memory as it can have in one instruction, again and again.
(module
  (memory (export "memory") 1000)
  (func (export "run") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65_000_000)) (br 0))))
