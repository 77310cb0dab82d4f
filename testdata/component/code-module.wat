;; A core module for code-root to import, which takes it as either of two: it exports more than each asks for.
(module
  (func (export "twice") (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
  (func (export "kept") (result i32) (i32.const 42)))
