;; Lists of a fixed length, which lie in the value itself: three on the stack, seventeen in memory, strings and lists of
;; lists. And maps, which are lists of pairs.
;;
;;   three([1, 2, 3]), words(["a", "bc"]), many([0, 1, ..., 16]), rows([[1, 2], [3, 4]]) and ages({"a": 1, "b": 2}) return
;;   their argument.
(component
  (import "test:values/echo" (instance $echo
    (export "three" (func (param "v" (list u16 3)) (result (list u16 3))))
    (export "words" (func (param "v" (list string 2)) (result (list string 2))))
    (export "many" (func (param "v" (list u8 17)) (result (list u8 17))))
    (export "rows" (func (param "v" (list (list u32 2) 2)) (result (list (list u32 2) 2))))
    (export "ages" (func (param "v" (map string u32)) (result (map string u32))))))

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

  (core func $three (canon lower (func $echo "three") (memory $memory)))
  (core func $words (canon lower (func $echo "words") (memory $memory) (realloc $realloc)))
  (core func $many (canon lower (func $echo "many") (memory $memory)))
  (core func $rows (canon lower (func $echo "rows") (memory $memory)))
  (core func $ages (canon lower (func $echo "ages") (memory $memory) (realloc $realloc)))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "three" (func $three (param i32 i32 i32 i32)))
    (import "echo" "words" (func $words (param i32 i32 i32 i32 i32)))
    (import "echo" "many" (func $many (param i32 i32)))
    (import "echo" "rows" (func $rows (param i32 i32 i32 i32 i32)))
    (import "echo" "ages" (func $ages (param i32 i32 i32)))
    (func (export "three") (param i32 i32 i32) (result i32)
      (call $three (local.get 0) (local.get 1) (local.get 2) (i32.const 16))
      (i32.const 16))
    (func (export "words") (param i32 i32 i32 i32) (result i32)
      (call $words (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 16))
      (i32.const 16))
    (func (export "many") (param i32) (result i32)
      (call $many (local.get 0) (i32.const 16))
      (i32.const 16))
    (func (export "rows") (param i32 i32 i32 i32) (result i32)
      (call $rows (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 16))
      (i32.const 16))
    (func (export "ages") (param i32 i32) (result i32)
      (call $ages (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "three" (func $three)) (export "words" (func $words)) (export "many" (func $many))
    (export "rows" (func $rows)) (export "ages" (func $ages))))))
  (func (export "three") (param "v" (list u16 3)) (result (list u16 3)) (canon lift (core func $main "three") (memory $memory)))
  (func (export "words") (param "v" (list string 2)) (result (list string 2))
    (canon lift (core func $main "words") (memory $memory) (realloc $realloc)))
  (func (export "many") (param "v" (list u8 17)) (result (list u8 17))
    (canon lift (core func $main "many") (memory $memory) (realloc $realloc)))
  (func (export "rows") (param "v" (list (list u32 2) 2)) (result (list (list u32 2) 2))
    (canon lift (core func $main "rows") (memory $memory)))
  (func (export "ages") (param "v" (map string u32)) (result (map string u32))
    (canon lift (core func $main "ages") (memory $memory) (realloc $realloc))))
