;; Grows tables until there is no more, and goes on asking.
(module
  (table $a 1 funcref) (table $b 1 externref)
  (func (export "run")
    (loop
      (drop (table.grow $a (ref.null func) (i32.const 10000)))
      (drop (table.grow $b (ref.null extern) (i32.const 10000)))
      (br 0))))
