;; A post-return function may not call imports: the instance cannot be left while its result is being freed.
;;
;;   free() traps.
(component
  (import "test:values/echo" (instance $echo (export "mark" (func (param "n" u32)))))
  (core func $mark (canon lower (func $echo "mark")))
  (core module $main
    (import "echo" "mark" (func $mark (param i32)))
    (func (export "free"))
    (func (export "free-post") (call $mark (i32.const 1))))
  (core instance $main (instantiate $main (with "echo" (instance (export "mark" (func $mark))))))
  (func (export "free") (canon lift (core func $main "free") (post-return (core func $main "free-post")))))
