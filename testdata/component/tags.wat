;; A tag that one core module defines, another throws and a third catches. The thrower has it by another name, out of an
;; instance that only groups definitions.
;;
;;   caught(x) returns x, or 1000 where nothing was thrown because x is 0; uncaught(x) lets the exception out unless x is 0.
(component
  (core module $definer (tag (export "tag") (param i32)))
  (core module $thrower
    (import "renamed" "signal" (tag $t (param i32)))
    (func (export "throw") (param i32)
      (if (local.get 0) (then (throw $t (local.get 0))))))
  (core module $catcher
    (import "definer" "tag" (tag $t (param i32)))
    (import "thrower" "throw" (func $throw (param i32)))
    (func (export "caught") (param i32) (result i32)
      (block $h (result i32)
        (try_table (catch $t $h) (call $throw (local.get 0)))
        (i32.const 1000)))
    (func (export "uncaught") (param i32) (result i32)
      (call $throw (local.get 0))
      (i32.const 1000)))
  (core instance $definer (instantiate $definer))
  (alias core export $definer "tag" (core tag $tag))
  (core instance $renamed (export "signal" (tag $tag)))
  (core instance $thrower (instantiate $thrower (with "renamed" (instance $renamed))))
  (core instance $catcher (instantiate $catcher
    (with "definer" (instance $definer))
    (with "thrower" (instance $thrower))))
  (func (export "caught") (param "x" u32) (result u32) (canon lift (core func $catcher "caught")))
  (func (export "uncaught") (param "x" u32) (result u32) (canon lift (core func $catcher "uncaught"))))
