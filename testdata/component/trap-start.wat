;; A start function that traps: the component cannot be instantiated.
(component
  (core module $main (func $start (unreachable)) (start $start) (func (export "never")))
  (core instance $main (instantiate $main))
  (func (export "never") (canon lift (core func $main "never"))))
