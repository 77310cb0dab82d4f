;; Makes resources and keeps their handles.
(component
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core module $main
    (import "r" "new" (func $new (param i32) (result i32)))
    (func (export "run") (loop (drop (call $new (i32.const 1))) (br 0))))
  (core instance $main (instantiate $main (with "r" (instance (export "new" (func $new))))))
  (func (export "run") (canon lift (core func $main "run"))))
