;; Results with and without payloads, in every place.
;;
;;   bare(ok), bare(err), ok-only(ok(7)), err-only(err("e")), both(ok("s")), both(err(2^64-1)), nested(ok(none)),
;;   nested(err([1])) and results([ok(1), err(0.5)]) return their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "bare" (func (param "v" (result)) (result (result))))
    (export "ok-only" (func (param "v" (result u32)) (result (result u32))))
    (export "err-only" (func (param "v" (result (error string))) (result (result (error string)))))
    (export "both" (func (param "v" (result string (error u64))) (result (result string (error u64)))))
    (export "nested" (func (param "v" (result (option u32) (error (list u8)))) (result (result (option u32) (error (list u8))))))
    (export "results" (func (param "v" (list (result u8 (error f64)))) (result (list (result u8 (error f64))))))))

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
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at)))
  (core instance $libc (instantiate $libc))

  (core func $bare (canon lower (func $echo "bare")))
  (core func $ok-only (canon lower (func $echo "ok-only") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $err-only (canon lower (func $echo "err-only") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $both (canon lower (func $echo "both") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $nested (canon lower (func $echo "nested") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $results (canon lower (func $echo "results") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "bare" (func $bare (param i32) (result i32)))
    (import "echo" "ok-only" (func $ok-only (param i32 i32 i32)))
    (import "echo" "err-only" (func $err-only (param i32 i32 i32 i32)))
    (import "echo" "both" (func $both (param i32 i64 i32 i32)))
    (import "echo" "nested" (func $nested (param i32 i32 i32 i32)))
    (import "echo" "results" (func $results (param i32 i32 i32)))
    (func (export "bare") (param i32) (result i32)
      (call $bare (local.get 0)))
    (func (export "ok-only") (param i32 i32) (result i32)
      (call $ok-only (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "err-only") (param i32 i32 i32) (result i32)
      (call $err-only (local.get 0) (local.get 1) (local.get 2) (i32.const 16))
      (i32.const 16))
    (func (export "both") (param i32 i64 i32) (result i32)
      (call $both (local.get 0) (local.get 1) (local.get 2) (i32.const 16))
      (i32.const 16))
    (func (export "nested") (param i32 i32 i32) (result i32)
      (call $nested (local.get 0) (local.get 1) (local.get 2) (i32.const 16))
      (i32.const 16))
    (func (export "results") (param i32 i32) (result i32)
      (call $results (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "bare" (func $bare))
    (export "ok-only" (func $ok-only))
    (export "err-only" (func $err-only))
    (export "both" (func $both))
    (export "nested" (func $nested))
    (export "results" (func $results))))))

  (func (export "bare") (param "v" (result)) (result (result))
    (canon lift (core func $main "bare")))
  (func (export "ok-only") (param "v" (result u32)) (result (result u32))
    (canon lift (core func $main "ok-only") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "err-only") (param "v" (result (error string))) (result (result (error string)))
    (canon lift (core func $main "err-only") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "both") (param "v" (result string (error u64))) (result (result string (error u64)))
    (canon lift (core func $main "both") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "nested") (param "v" (result (option u32) (error (list u8)))) (result (result (option u32) (error (list u8))))
    (canon lift (core func $main "nested") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "results") (param "v" (list (result u8 (error f64)))) (result (list (result u8 (error f64))))
    (canon lift (core func $main "results") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
