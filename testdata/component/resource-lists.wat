;; Handles inside values: a list of borrowed handles, a resource that makes another, an owned handle in a variant, a tuple
;; and a list.
;;
;;   Every use of the import test:values/poll is one of the export of the same name: wait-all(n) makes n tickets, passes
;;   them all to poll as borrows, drops them and returns the sum of what poll returned. fail(n) asks for a stream and
;;   returns what debug() says of the error that it gets instead, or 0 with the stream. pair() returns the numbers of two
;;   tickets that it got in a tuple, as ten times the first and the second. pass(list) returns the owned handles of a
;;   list in the other order.
(component
  (import "test:values/poll" (instance $host
    (export "ticket" (type $ticket (sub resource)))
    (export "problem" (type $problem (sub resource)))
    (export "make" (func (param "n" u32) (result (own $ticket))))
    (export "number" (func (param "t" (borrow $ticket)) (result u32)))
    (export "poll" (func (param "tickets" (list (borrow $ticket))) (result (list u32))))
    (type $outcome-shape (variant (case "fine") (case "failed" (own $problem)) (case "late" u64)))
    (export "outcome" (type $outcome (eq $outcome-shape)))
    (export "fail" (func (param "n" u32) (result $outcome)))
    (export "debug" (func (param "p" (borrow $problem)) (result u32)))
    (export "pair" (func (result (tuple (own $ticket) (own $ticket)))))))
  (alias export $host "ticket" (type $ticket))
  (alias export $host "problem" (type $problem))

  ;; Memory and an allocator that hands out a fresh, aligned block every time.
  (core module $libc
    (memory (export "memory") 4)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))

  (core func $make (canon lower (func $host "make")))
  (core func $number (canon lower (func $host "number")))
  (core func $poll (canon lower (func $host "poll") (memory $memory) (realloc $realloc)))
  (core func $fail (canon lower (func $host "fail") (memory $memory)))
  (core func $debug (canon lower (func $host "debug")))
  (core func $pair (canon lower (func $host "pair") (memory $memory)))
  (core func $drop-ticket (canon resource.drop $ticket))
  (core func $drop-problem (canon resource.drop $problem))

  (core module $main
    (import "libc" "memory" (memory 4))
    (import "libc" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
    (import "host" "make" (func $make (param i32) (result i32)))
    (import "host" "number" (func $number (param i32) (result i32)))
    (import "host" "poll" (func $poll (param i32 i32 i32)))
    (import "host" "fail" (func $fail (param i32 i32)))
    (import "host" "debug" (func $debug (param i32) (result i32)))
    (import "host" "pair" (func $pair (param i32)))
    (import "host" "drop-ticket" (func $drop-ticket (param i32)))
    (import "host" "drop-problem" (func $drop-problem (param i32)))

    (func (export "wait-all") (param $n i32) (result i32)
      (local $list i32) (local $i i32) (local $sum i32) (local $at i32)
      (local.set $list (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (local.get $n) (i32.const 4))))
      (loop $making
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (i32.store (i32.add (local.get $list) (i32.mul (local.get $i) (i32.const 4))) (call $make (local.get $i)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $making))))
      (call $poll (local.get $list) (local.get $n) (i32.const 16))
      ;; The list of numbers lies at 16: pointer and length.
      (local.set $i (i32.const 0))
      (local.set $at (i32.load (i32.const 16)))
      (loop $adding
        (if (i32.lt_u (local.get $i) (i32.load (i32.const 20))) (then
          (local.set $sum (i32.add (local.get $sum) (i32.load (i32.add (local.get $at) (i32.mul (local.get $i) (i32.const 4))))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $adding))))
      (local.set $i (i32.const 0))
      (loop $dropping
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $drop-ticket (i32.load (i32.add (local.get $list) (i32.mul (local.get $i) (i32.const 4)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $dropping))))
      (local.get $sum))

    (func (export "fail") (param $n i32) (result i32)
      (local $said i32)
      (call $fail (local.get $n) (i32.const 16))
      ;; The outcome lies at 16: the case, and its payload at 24.
      (if (i32.eq (i32.load8_u (i32.const 16)) (i32.const 1)) (then
        (local.set $said (call $debug (i32.load (i32.const 24))))
        (call $drop-problem (i32.load (i32.const 24)))))
      (if (i32.eq (i32.load8_u (i32.const 16)) (i32.const 2)) (then
        (local.set $said (i32.wrap_i64 (i64.load (i32.const 24))))))
      (local.get $said))

    (func (export "pair") (result i32)
      (call $pair (i32.const 16))
      (i32.add
        (i32.mul (i32.const 10) (call $number (i32.load (i32.const 16))))
        (call $number (i32.load (i32.const 20))))
      (call $drop-ticket (i32.load (i32.const 16)))
      (call $drop-ticket (i32.load (i32.const 20))))

    (func (export "pass") (param $list i32) (param $n i32) (result i32)
      (local $out i32) (local $i i32)
      (local.set $out (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (local.get $n) (i32.const 4))))
      (loop $turning
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (i32.store
            (i32.add (local.get $out) (i32.mul (i32.const 4) (i32.sub (i32.sub (local.get $n) (local.get $i)) (i32.const 1))))
            (i32.load (i32.add (local.get $list) (i32.mul (local.get $i) (i32.const 4)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $turning))))
      (i32.store (i32.const 16) (local.get $out))
      (i32.store (i32.const 20) (local.get $n))
      (i32.const 16)))
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "host" (instance
      (export "make" (func $make)) (export "number" (func $number)) (export "poll" (func $poll)) (export "fail" (func $fail))
      (export "debug" (func $debug)) (export "pair" (func $pair))
      (export "drop-ticket" (func $drop-ticket)) (export "drop-problem" (func $drop-problem))))))
  (func (export "wait-all") (param "n" u32) (result u32) (canon lift (core func $main "wait-all")))
  (func (export "fail") (param "n" u32) (result u32) (canon lift (core func $main "fail")))
  (func (export "pair") (result u32) (canon lift (core func $main "pair")))
  (func (export "pass") (param "tickets" (list (own $ticket))) (result (list (own $ticket)))
    (canon lift (core func $main "pass") (memory $memory) (realloc $realloc))))
