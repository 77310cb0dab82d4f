;; A data segment outside the memory: the component cannot be instantiated.
(component
  (core module $main (memory 1) (data (i32.const 65535) "ab") (func (export "never")))
  (core instance $main (instantiate $main))
  (func (export "never") (canon lift (core func $main "never"))))
