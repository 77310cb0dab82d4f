;; Characters and booleans.
;;
;;   char(U+1F980), char(U+D7FF), char(U+E000), char(U+10FFFF), bool(true) and bool(false) return their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "char" (func (param "v" char) (result char)))
    (export "bool" (func (param "v" bool) (result bool)))))

  (core func $char (canon lower (func $echo "char")))
  (core func $bool (canon lower (func $echo "bool")))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "char" (func $char (param i32) (result i32)))
    (import "echo" "bool" (func $bool (param i32) (result i32)))
    (func (export "char") (param i32) (result i32)
      (call $char (local.get 0)))
    (func (export "bool") (param i32) (result i32)
      (call $bool (local.get 0))))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "char" (func $char))
    (export "bool" (func $bool))))))

  (func (export "char") (param "v" char) (result char)
    (canon lift (core func $main "char")))
  (func (export "bool") (param "v" bool) (result bool)
    (canon lift (core func $main "bool"))))
