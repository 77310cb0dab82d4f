;; An imported instance that holds nothing but a type, and a type import that refers to it: what `use` in a world becomes.
;; The host has nothing to supply for either.
;;
;;   pick(true) returns { word: "yes" }, pick(false) returns { word: "no" }.
(component
  (import "test:values/types" (instance $types
    (type $answer-shape (record (field "word" string)))
    (export "answer" (type (eq $answer-shape)))))
  (alias export $types "answer" (type $answer-type))
  (import "answer" (type $answer (eq $answer-type)))
  (core module $main
    (memory (export "memory") 1)
    (data (i32.const 0x10) "yes")
    (data (i32.const 0x20) "no")
    (data (i32.const 0x30) "\10\00\00\00\03\00\00\00\20\00\00\00\02\00\00\00")
    (func (export "pick") (param i32) (result i32)
      (select (i32.const 0x30) (i32.const 0x38) (local.get 0))))
  (core instance $main (instantiate $main))
  (func (export "pick") (param "yes" bool) (result $answer)
    (canon lift (core func $main "pick") (memory (core memory $main "memory")))))
