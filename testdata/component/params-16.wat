;; Sixteen flat parameters: the most that travel on the stack.
;;
;;   sum(1, 2, ..., 16) returns 136: the import takes the same sixteen, adds them up and returns a u64.
(component
  (import "test:values/echo" (instance $echo
    (export "sum" (func (param "p0" u8) (param "p1" u64) (param "p2" u8) (param "p3" u64) (param "p4" u8) (param "p5" u64) (param "p6" u8) (param "p7" u64) (param "p8" u8) (param "p9" u64) (param "p10" u8) (param "p11" u64) (param "p12" u8) (param "p13" u64) (param "p14" u8) (param "p15" u64) (result u64)))))
  (core func $sum (canon lower (func $echo "sum")))
  (core module $main
    (import "echo" "sum" (func $sum (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32 i64) (result i64)))
    (func (export "sum") (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32 i64) (result i64)
      (call $sum (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14) (local.get 15))))
  (core instance $main (instantiate $main (with "echo" (instance (export "sum" (func $sum))))))
  (func (export "sum") (param "p0" u8) (param "p1" u64) (param "p2" u8) (param "p3" u64) (param "p4" u8) (param "p5" u64) (param "p6" u8) (param "p7" u64) (param "p8" u8) (param "p9" u64) (param "p10" u8) (param "p11" u64) (param "p12" u8) (param "p13" u64) (param "p14" u8) (param "p15" u64) (result u64) (canon lift (core func $main "sum"))))
