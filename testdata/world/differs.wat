;; An interface that is imported with one type and exported with another.
(component
  (type $a (instance (type $r (enum "x")) (export "t" (type (eq $r)))))
  (import "test:differs/a" (instance (type $a)))
  (component $c
    (type $r (enum "y"))
    (export "t" (type $r)))
  (instance $i (instantiate $c))
  (export "test:differs/a" (instance $i))
)
