;; An instance inside an exported instance, which WIT cannot say and a component can.
;;
;;   test:values/outer exports the instance inner, which exports reply(): it returns 42.
(component
  (core module $main (func (export "answer") (result i32) (i32.const 42)))
  (core instance $main (instantiate $main))
  (func $answer (result u32) (canon lift (core func $main "answer")))
  (instance $inner (export "reply" (func $answer)))
  (instance $outer (export "inner" (instance $inner)))
  (export "test:values/outer" (instance $outer)))
