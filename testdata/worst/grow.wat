;; Takes memory a page at a time until there is no more, writes to all of it, and goes on asking.
(module
  (memory (export "memory") 1)
  (func (export "run")
    (local $at i32)
    (loop $more
      (local.set $at (memory.grow (i32.const 1)))
      (if (i32.ne (local.get $at) (i32.const -1))
        (then (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 1) (i32.const 65536))))
      (br $more))))
