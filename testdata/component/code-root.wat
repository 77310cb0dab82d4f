;; A component that imports code: a core module, a component, and, in an instance, another core module. The instance also
;; holds an instance with a function of the host's, which the imported component imports in turn.
;;
;;   twice(x) returns 2x, by the core module; next-a() and next-b() count in two instances of the component, by what the
;;   host's step() returns; kept() returns the number that the other core module holds.
(component
  (import "math" (core module $math (export "twice" (func (param i32) (result i32)))))
  (import "counter" (component $counter
    (import "step" (func (result u32)))
    (export "next" (func (result u32)))))
  (import "test:values/kit" (instance $kit
    (export "inner" (instance (export "step" (func (result u32)))))
    (export "store" (core module (export "kept" (func (result i32)))))))

  (core instance $math (instantiate $math))
  (func (export "twice") (param "x" u32) (result u32) (canon lift (core func $math "twice")))

  (alias export $kit "inner" (instance $inner))
  (alias export $inner "step" (func $step))
  (instance $a (instantiate $counter (with "step" (func $step))))
  (instance $b (instantiate $counter (with "step" (func $step))))
  (export "next-a" (func $a "next"))
  (export "next-b" (func $b "next"))

  (alias export $kit "store" (core module $store))
  (core instance $store (instantiate $store))
  (func (export "kept") (result u32) (canon lift (core func $store "kept"))))
