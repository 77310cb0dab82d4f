;; A method of a resource that another interface defines.
(component
  (type $a (instance (export "r" (type (sub resource)))))
  (import "test:foreign/a" (instance $ai (type $a)))
  (alias export $ai "r" (type $r))
  (type $b (instance
    (alias outer 1 $r (type $r1))
    (export "r" (type $r2 (eq $r1)))
    (type $h (borrow $r2))
    (export "[method]r.m" (func (param "self" $h)))))
  (import "test:foreign/b" (instance (type $b)))
)
