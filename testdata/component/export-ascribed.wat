;; An instance that is exported with a type that has less in it than the instance: what is not in the type is not seen.
;;
;;   test:values/part exports answer() -> u32, which returns 42, and the instance inner with reply() -> u32, which
;;   returns 7; neither exports hidden().
(component
  (core module $main
    (func (export "answer") (result i32) (i32.const 42))
    (func (export "reply") (result i32) (i32.const 7))
    (func (export "hidden")))
  (core instance $main (instantiate $main))
  (func $answer (result u32) (canon lift (core func $main "answer")))
  (func $reply (result u32) (canon lift (core func $main "reply")))
  (func $hidden (canon lift (core func $main "hidden")))
  (instance $inner (export "reply" (func $reply)) (export "hidden" (func $hidden)))
  (instance $whole (export "hidden" (func $hidden)) (export "answer" (func $answer)) (export "inner" (instance $inner)))
  (type $number (func (result u32)))
  (export "test:values/part" (instance $whole) (instance
    (alias outer 1 $number (type $number))
    (export "answer" (func (type $number)))
    (type $few (instance
      (alias outer 1 $number (type $number))
      (export "reply" (func (type $number)))))
    (export "inner" (instance (type $few))))))
