;; The post-return function runs after the result has been read, with the flat result as its argument.
;;
;;   next() returns "one", then "two", then "one" again: post-return turns the page and overwrites the text that was
;;   returned, so that a host that reads too late sees "???". freed() returns how often it ran; plain(5) returns 5, and
;;   its post-return gets that 5 and adds it to freed().
(component
  (core module $main
    (memory (export "memory") 1)
    (data (i32.const 0x10) "onetwo")
    (global $turn (mut i32) (i32.const 0))
    (global $freed (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (memory.copy (i32.const 0x40) (i32.add (i32.const 0x10) (i32.mul (global.get $turn) (i32.const 3))) (i32.const 3))
      (i32.store (i32.const 0x20) (i32.const 0x40))
      (i32.store (i32.const 0x24) (i32.const 3))
      (i32.const 0x20))
    (func (export "next-post") (param i32)
      (if (i32.ne (local.get 0) (i32.const 0x20)) (then (unreachable)))
      (memory.fill (i32.const 0x40) (i32.const 63) (i32.const 3))
      (global.set $turn (i32.xor (global.get $turn) (i32.const 1)))
      (global.set $freed (i32.add (global.get $freed) (i32.const 1))))
    (func (export "plain") (param i32) (result i32) (local.get 0))
    (func (export "plain-post") (param i32)
      (global.set $freed (i32.add (global.get $freed) (local.get 0))))
    (func (export "freed") (result i32) (global.get $freed)))
  (core instance $main (instantiate $main))
  (func (export "next") (result string)
    (canon lift (core func $main "next") (memory (core memory $main "memory")) (post-return (core func $main "next-post"))))
  (func (export "plain") (param "n" u32) (result u32)
    (canon lift (core func $main "plain") (post-return (core func $main "plain-post"))))
  (func (export "freed") (result u32) (canon lift (core func $main "freed"))))
