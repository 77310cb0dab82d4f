;; An instance made without a component, from inline exports; what it exports is reached through aliases.
;;
;;   test:values/answers exports answer(), which returns 42, and reply(), the same function. The component also exports it
;;   on its own, as answer().
(component
  (core module $main (func (export "answer") (result i32) (i32.const 42)))
  (core instance $main (instantiate $main))
  (func $lifted (result u32) (canon lift (core func $main "answer")))
  (instance $inner (export "hidden" (func $lifted)))
  (alias export $inner "hidden" (func $answer))
  (instance $answers
    (export "answer" (func $answer))
    (export "reply" (func $answer)))
  (export $exported "test:values/answers" (instance $answers))
  (alias export $exported "reply" (func $reply))
  (export "answer" (func $reply)))
