;; Calls itself without end, in small frames.
(module
  (func $f (export "run") (call $f)))
