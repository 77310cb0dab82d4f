;; Loops in a component within the component.
(component
  (component $inner
    (core module $m (func (export "spin") (loop (br 0))))
    (core instance $m (instantiate $m))
    (func (export "spin") (canon lift (core func $m "spin"))))
  (instance $inner (instantiate $inner))
  (core func $spin (canon lower (func $inner "spin")))
  (core module $main
    (import "inner" "spin" (func $spin))
    (func (export "run") (call $spin)))
  (core instance $main (instantiate $main (with "inner" (instance (export "spin" (func $spin))))))
  (func (export "run") (canon lift (core func $main "run"))))
