;; Calls that end while handles to a resource of the host's are on their way.
;;
;;   arm(n) lets the allocator answer n times more; then it traps.
;;   lend(t: borrow) traps. late() passes a thing that it owns to take, and after it the char U+D800, which traps; so does
;;   pair(), which returns the two. give() returns a thing of the host's make(), and its post-return traps.
;;   many() calls the import many, whose result has owned things everywhere, with texts between them for which the allocator
;;   is asked, and keeps what it gets. put(t: own, s: string, u: own) keeps both.
(component
  (import "test:values/things" (instance $things
    (export "thing" (type $thing (sub resource)))
    (type $either-shape (variant (case "neither") (case "one" (own $thing))))
    (export "either" (type $either (eq $either-shape)))
    (export "make" (func (result (own $thing))))
    (export "take" (func (param "t" (own $thing)) (param "c" char)))
    (export "many" (func (result (tuple string (own $thing) (list (tuple (own $thing) string))
      (option (own $thing)) $either (result (own $thing)) string (list (own $thing) 2)))))))
  (alias export $things "thing" (type $thing))

  (core module $libc
    (memory (export "memory") 1)
    (global $left (export "left") (mut i32) (i32.const -1))
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (if (i32.eqz (global.get $left)) (then unreachable))
      (global.set $left (i32.sub (global.get $left) (i32.const 1)))
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))

  (core func $make (canon lower (func $things "make")))
  (core func $take (canon lower (func $things "take")))
  (core func $many (canon lower (func $things "many")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $main
    (import "things" "make" (func $make (result i32)))
    (import "things" "take" (func $take (param i32 i32)))
    (import "things" "many" (func $many (param i32)))
    (import "libc" "memory" (memory 1))
    (import "libc" "left" (global $left (mut i32)))
    (func (export "arm") (param i32) (global.set $left (local.get 0)))
    (func (export "lend") (param i32) unreachable)
    (func (export "late") (call $take (call $make) (i32.const 0xd800)))
    (func (export "pair") (result i32)
      (i32.store (i32.const 16) (call $make))
      (i32.store (i32.const 20) (i32.const 0xd800))
      (i32.const 16))
    (func (export "give") (result i32) (call $make))
    (func (export "give-post") (param i32) unreachable)
    (func (export "many") (call $many (i32.const 16)))
    (func (export "put") (param i32 i32 i32 i32)))
  (core instance $main (instantiate $main
    (with "things" (instance
      (export "make" (func $make))
      (export "take" (func $take))
      (export "many" (func $many))))
    (with "libc" (instance $libc))))

  (func (export "arm") (param "n" u32) (canon lift (core func $main "arm")))
  (func (export "lend") (param "t" (borrow $thing)) (canon lift (core func $main "lend")))
  (func (export "late") (canon lift (core func $main "late")))
  (func (export "pair") (result (tuple (own $thing) char))
    (canon lift (core func $main "pair") (memory (core memory $libc "memory"))))
  (func (export "give") (result (own $thing))
    (canon lift (core func $main "give") (post-return (core func $main "give-post"))))
  (func (export "many") (canon lift (core func $main "many")))
  (func (export "put") (param "t" (own $thing)) (param "s" string) (param "u" (own $thing))
    (canon lift (core func $main "put") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
