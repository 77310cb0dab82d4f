;; Types that pass through a component within the component, and come out under other names. One interface defines
;; them, the other uses it; the first export is described by less than it has.
(component
  (type $a (instance (type $r (record (field "n" u32))) (export "rec" (type (eq $r)))))
  (import "test:through/a" (instance $ai (type $a)))
  (alias export $ai "rec" (type $rec))
  (component $inner
    (import "given" (type $given (sub resource)))
    (type $r0 (record (field "n" u32)))
    (import "rec" (type $rec (eq $r0)))
    (type $l (list $rec))
    (export $res "res" (type $given))
    (export $rec2 "record-of-a" (type $rec))
    (export "list-of-it" (type $l))
    (type $e (enum "one" "two"))
    (export "choice" (type $e)))
  (type $own (resource (rep i32)))
  (instance $i (instantiate $inner (with "given" (type $own)) (with "rec" (type $rec))))
  (export $e1 "test:through/b" (instance $i))
  (alias export $i "choice" (type $choice))
  (alias export $i "res" (type $res))
  (instance $j (export "chosen" (type $choice)) (export "resource-of-b" (type $res)))
  (export "test:through/c" (instance $j))
)
