;; Two packages, each with an interface that uses one of the other.
(component
  (type $a (instance (type $r (enum "x")) (export "t" (type (eq $r)))))
  (import "test:one/a" (instance $ai (type $a)))
  (alias export $ai "t" (type $t))
  (type $b (instance (alias outer 1 $t (type $t1)) (export "t" (type (eq $t1))) (type $r (enum "y")) (export "u" (type (eq $r)))))
  (import "test:two/b" (instance $bi (type $b)))
  (alias export $bi "u" (type $u))
  (type $c (instance (alias outer 1 $u (type $u1)) (export "u" (type (eq $u1)))))
  (import "test:one/c" (instance (type $c)))
)
