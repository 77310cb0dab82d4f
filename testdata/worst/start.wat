;; Never finishes its start function.
(module
  (func $start (loop (br 0)))
  (start $start)
  (func (export "run")))
