;; Sections in an order that no encoder writes, custom sections among them, types that nothing uses, and a module and a
;; component that are never instantiated.
;;
;;   answer() returns 42.
(component
  (@custom "first" "anything")
  (core module $idle (func (unreachable)) (memory 1))
  (type (record (field "never" (list (option (result string (error (tuple f64 char))))))))
  (component $asleep (import "nothing" (func)))
  (core type (module (import "a" "b" (func (param i32))) (export "c" (memory 1 2))))
  (type (component (import "x" (instance (export "y" (func)))) (export "z" (type (sub resource)))))
  (@custom "second" "\00\ff")
  (core module $main (@custom "inside" "x") (func (export "answer") (result i32) (i32.const 42)))
  (core instance $main (instantiate $main))
  (func $answer (result u32) (canon lift (core func $main "answer")))
  (@custom "" "nameless")
  (export "answer" (func $answer)))
