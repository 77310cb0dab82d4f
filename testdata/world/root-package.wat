;; A component that imports from the package that its own world would be in, were the name not taken.
(component
  (type $a (instance (export "f" (func))))
  (import "root:component/root" (instance (type $a)))
)
