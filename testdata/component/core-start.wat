;; A core module with a start function, which runs when the component is instantiated and calls the host.
;;
;;   While it is instantiated, the component calls the import mark(7). started() returns true.
(component
  (import "test:values/echo" (instance $echo (export "mark" (func (param "n" u32)))))
  (core func $mark (canon lower (func $echo "mark")))
  (core module $main
    (import "echo" "mark" (func $mark (param i32)))
    (global $started (mut i32) (i32.const 0))
    (func $start
      (call $mark (i32.const 7))
      (global.set $started (i32.const 1)))
    (start $start)
    (func (export "started") (result i32) (global.get $started)))
  (core instance $main (instantiate $main (with "echo" (instance (export "mark" (func $mark))))))
  (func (export "started") (result bool) (canon lift (core func $main "started"))))
