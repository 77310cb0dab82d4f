;; Allocators that lie. Each function takes a list<u32>, has an allocator of its own, and traps when the list has two
;; elements or more.
;;
;;   oob(v) gets the last four bytes of the memory; misaligned(v) gets an odd address; wrap(v) gets 0xfffffffc; trap(v) has
;;   an allocator that is unreachable. The allocator is called for an empty list too, and the same holds of what it says:
;;   only oob([]) returns, with 0.
;;   grow(v) is no lie: the memory grows inside realloc, and its length is returned.
(component
  (core module $main
    (memory (export "memory") 1)
    (func (export "oob-realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65532))
    (func (export "misaligned-realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1025))
    (func (export "wrap-realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0xfffffffc))
    (func (export "trap-realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
    (func (export "grow-realloc") (param i32 i32 i32 i32) (result i32)
      (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
    (func (export "length") (param i32 i32) (result i32) (local.get 1)))
  (core instance $main (instantiate $main))
  (alias core export $main "length" (core func $length))
  (alias core export $main "memory" (core memory $memory))
  (func (export "oob") (param "v" (list u32)) (result u32)
    (canon lift (core func $length) (memory $memory) (realloc (core func $main "oob-realloc"))))
  (func (export "misaligned") (param "v" (list u32)) (result u32)
    (canon lift (core func $length) (memory $memory) (realloc (core func $main "misaligned-realloc"))))
  (func (export "wrap") (param "v" (list u32)) (result u32)
    (canon lift (core func $length) (memory $memory) (realloc (core func $main "wrap-realloc"))))
  (func (export "trap") (param "v" (list u32)) (result u32)
    (canon lift (core func $length) (memory $memory) (realloc (core func $main "trap-realloc"))))
  (func (export "grow") (param "v" (list u32)) (result u32)
    (canon lift (core func $length) (memory $memory) (realloc (core func $main "grow-realloc")))))
