;; An interface that refers to a type that only the world has a name for.
(component
  (import "r" (type $r (sub resource)))
  (type $b (instance
    (alias outer 1 $r (type $r1))
    (type $h (borrow $r1))
    (export "f" (func (param "r" $h)))))
  (import "test:world/b" (instance (type $b)))
)
