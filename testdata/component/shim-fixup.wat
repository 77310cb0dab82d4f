;; The knot that every component encoder ties: a host function that takes a string needs the memory of the module that
;; imports it. So the module gets a shim instead, which calls through a table, and a third module puts the lowered
;; function into the table once the memory exists.
;;
;;   greet("bob") calls the import log("bob") and returns "bob". The import answers nothing.
(component
  (import "test:values/echo" (instance $echo (export "log" (func (param "message" string)))))

  (core module $shim
    (type $log (func (param i32 i32)))
    (table $table (export "$imports") 1 1 funcref)
    (func (export "0") (param i32 i32)
      (call_indirect $table (type $log) (local.get 0) (local.get 1) (i32.const 0))))
  (core instance $shim (instantiate $shim))

  (core module $main
    (import "echo" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "greet") (param i32 i32) (result i32)
      (call $log (local.get 0) (local.get 1))
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance (export "log" (func $shim "0"))))))

  (core func $log (canon lower (func $echo "log") (memory (core memory $main "memory"))))
  (core module $fixup
    (import "actual" "0" (func $log (param i32 i32)))
    (import "shim" "$imports" (table 1 1 funcref))
    (elem (i32.const 0) func $log))
  (core instance (instantiate $fixup
    (with "shim" (instance $shim))
    (with "actual" (instance (export "0" (func $log))))))

  (func (export "greet") (param "name" string) (result string)
    (canon lift (core func $main "greet")
      (memory (core memory $main "memory")) (realloc (core func $main "cabi_realloc")))))
