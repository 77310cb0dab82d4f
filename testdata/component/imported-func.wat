;; A function imported under a bare name, outside any interface, beside one that the component never calls.
;;
;;   twice(21) calls the import double(21) and returns what it answers: 42. The import unused is linked and not called.
(component
  (import "double" (func $double (param "n" u32) (result u32)))
  (import "unused" (func (param "s" string) (result (list string))))
  (core func $double (canon lower (func $double)))
  (core module $main
    (import "" "double" (func $double (param i32) (result i32)))
    (func (export "twice") (param i32) (result i32) (call $double (local.get 0))))
  (core instance $main (instantiate $main (with "" (instance (export "double" (func $double))))))
  (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $main "twice"))))
