;; A resource that the host defines. The component makes one, lends it, keeps one between calls, and gives one back.
;;
;;   The host supplies test:values/things: the resource thing, [constructor]thing(n: u32), [method]thing.get() -> u32 and
;;   peek(t: borrow) -> u32.
;;   probe(5) makes thing(5), calls get and peek, drops it and returns their sum: 10 if both answer 5.
;;   keep(t: own) keeps a thing of the caller; kept() calls get on it; give() -> own gives it back. kept() after give()
;;   traps, and so does give() when nothing is kept. lend(t: borrow) calls get and ends the borrow, as a callee must;
;;   hoard(t: borrow) returns with the borrow still open, and traps.
(component
  (import "test:values/things" (instance $things
    (export "thing" (type $thing (sub resource)))
    (export "[constructor]thing" (func (param "n" u32) (result (own $thing))))
    (export "[method]thing.get" (func (param "self" (borrow $thing)) (result u32)))
    (export "peek" (func (param "t" (borrow $thing)) (result u32)))))
  (alias export $things "thing" (type $thing))
  (core func $make (canon lower (func $things "[constructor]thing")))
  (core func $get (canon lower (func $things "[method]thing.get")))
  (core func $peek (canon lower (func $things "peek")))
  (core func $drop (canon resource.drop $thing))
  (core module $main
    (import "things" "make" (func $make (param i32) (result i32)))
    (import "things" "get" (func $get (param i32) (result i32)))
    (import "things" "peek" (func $peek (param i32) (result i32)))
    (import "things" "drop" (func $drop (param i32)))
    (global $kept (mut i32) (i32.const 0))
    (func (export "probe") (param i32) (result i32)
      (local $t i32)
      (local.set $t (call $make (local.get 0)))
      (i32.add (call $get (local.get $t)) (call $peek (local.get $t)))
      (call $drop (local.get $t)))
    (func (export "keep") (param i32) (global.set $kept (local.get 0)))
    (func (export "kept") (result i32) (call $get (global.get $kept)))
    (func (export "give") (result i32) (global.get $kept))
    (func (export "lend") (param i32) (result i32)
      (call $get (local.get 0))
      (call $drop (local.get 0)))
    (func (export "hoard") (param i32) (result i32)
      (call $get (local.get 0))))
  (core instance $main (instantiate $main (with "things" (instance
    (export "make" (func $make))
    (export "get" (func $get))
    (export "peek" (func $peek))
    (export "drop" (func $drop))))))
  (func (export "probe") (param "n" u32) (result u32) (canon lift (core func $main "probe")))
  (func (export "keep") (param "t" (own $thing)) (canon lift (core func $main "keep")))
  (func (export "kept") (result u32) (canon lift (core func $main "kept")))
  (func (export "give") (result (own $thing)) (canon lift (core func $main "give")))
  (func (export "lend") (param "t" (borrow $thing)) (result u32) (canon lift (core func $main "lend")))
  (func (export "hoard") (param "t" (borrow $thing)) (result u32) (canon lift (core func $main "hoard"))))
