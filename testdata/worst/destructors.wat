;; A chain of destructors, each of which recurses before it drops the next resource: each has a stack of its own, and all of
;; them are there at the same time.
(component
  (core module $table
    (table (export "t") 1 funcref)
    (type $dtor (func (param i32)))
    (func (export "dtor") (param i32) (call_indirect (type $dtor) (local.get 0) (i32.const 0))))
  (core instance $table (instantiate $table))
  (type $link (resource (rep i32) (dtor (core func $table "dtor"))))
  (core func $new (canon resource.new $link))
  (core func $drop (canon resource.drop $link))
  (core module $main
    (import "r" "new" (func $new (param i32) (result i32)))
    (import "r" "drop" (func $drop (param i32)))
    (import "r" "t" (table 1 funcref))
    (memory 1)
    (global $depth (mut i32) (i32.const 0))
    (func $dtor (param $next i32)
      (drop (call $deep (global.get $depth) (local.get $next))))
    ;; Recurses depth times, and then drops a handle.
    (func $deep (param $depth i32) (param $next i32) (result i64)
      (i64.load (i32.const 0)) (i64.load (i32.const 8)) (i64.load (i32.const 16)) (i64.load (i32.const 24))
      (i64.load (i32.const 32)) (i64.load (i32.const 40)) (i64.load (i32.const 48)) (i64.load (i32.const 56))
      (if (result i64) (local.get $depth)
        (then (call $deep (i32.sub (local.get $depth) (i32.const 1)) (local.get $next)))
        (else
          (if (local.get $next) (then (call $drop (local.get $next))))
          (i64.const 0)))
      i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add)
    (elem (i32.const 0) func $dtor)
    ;; Makes the chain and drops its head.
    (func (export "run")
      (local $next i32) (local $n i32)
      (global.set $depth (i32.const 600)) (local.set $n (i32.const 100000))
      (loop $more
        (local.set $next (call $new (local.get $next)))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $drop (local.get $next))))
  (core instance $main (instantiate $main
    (with "r" (instance (export "new" (func $new)) (export "drop" (func $drop)) (export "t" (table $table "t"))))))
  (func (export "run") (canon lift (core func $main "run"))))
