;; Interfaces that refer to types of another interface without naming them themselves, as no toolchain would write
;; it. WIT has to give them names: one of its own where the name is taken.
(component
  (type $a (instance
    (type $r (record (field "n" u32)))
    (export "rec" (type (eq $r)))
    (export "res" (type (sub resource)))))
  (import "test:use/a@1.0.0" (instance $ai (type $a)))
  (alias export $ai "rec" (type $rec))
  (alias export $ai "res" (type $res))
  (type $b (instance
    (alias outer 1 $rec (type $rec1))
    (alias outer 1 $res (type $res1))
    (type $h (borrow $res1))
    (export "rec" (func (param "r" $rec1) (param "h" $h)))))
  (import "test:use/b@1.0.0" (instance (type $b)))
)
