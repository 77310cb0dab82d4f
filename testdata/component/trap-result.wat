;; Results that the canonical ABI forbids. Each function traps.
;;
;;   enum() returns the fourth of three cases; char-surrogate() returns U+D800, char-range() returns 0x110000;
;;   string-utf8() returns the bytes ff fe, string-oob() a string that ends one byte after the memory, string-wrap() one
;;   whose end wraps around; list-misaligned() returns a list of u32 at an odd address, list-oob() one with 2^30 elements;
;;   option() returns the discriminant 2; pointer-misaligned() returns its result at the address 17, and
;;   pointer-oob() 4 bytes before the end of the memory; nested() returns ["ok", <bytes ff fe>].
;;   string-edge() is the last that is allowed: it ends with the memory, and returns "end".
(component
  (core module $main
    (memory (export "memory") 1)
    (data (i32.const 16) "\ff\feok")
    (data (i32.const 65533) "end")
    (func $at (param i32 i32) (result i32)
      (i32.store (i32.const 32) (local.get 0))
      (i32.store (i32.const 36) (local.get 1))
      (i32.const 32))
    (func (export "enum") (result i32) (i32.const 3))
    (func (export "char-surrogate") (result i32) (i32.const 0xd800))
    (func (export "char-range") (result i32) (i32.const 0x110000))
    (func (export "string-utf8") (result i32) (call $at (i32.const 16) (i32.const 2)))
    (func (export "string-oob") (result i32) (call $at (i32.const 65533) (i32.const 4)))
    (func (export "string-edge") (result i32) (call $at (i32.const 65533) (i32.const 3)))
    (func (export "string-wrap") (result i32) (call $at (i32.const 0xfffffff0) (i32.const 0x7fffffff)))
    (func (export "list-misaligned") (result i32) (call $at (i32.const 17) (i32.const 1)))
    (func (export "list-oob") (result i32) (call $at (i32.const 16) (i32.const 0x40000000)))
    (func (export "option") (result i32) (call $at (i32.const 2) (i32.const 0)))
    (func (export "pointer-misaligned") (result i32) (i32.const 17))
    (func (export "pointer-oob") (result i32) (i32.const 65532))
    (func (export "nested") (result i32)
      (i32.store (i32.const 48) (i32.const 18))
      (i32.store (i32.const 52) (i32.const 2))
      (i32.store (i32.const 56) (i32.const 16))
      (i32.store (i32.const 60) (i32.const 2))
      (call $at (i32.const 48) (i32.const 2))))
  (core instance $main (instantiate $main))
  (alias core export $main "memory" (core memory $memory))
  (type $abc-shape (enum "a" "b" "c"))
  (import "abc" (type $abc (eq $abc-shape)))
  (func (export "enum") (result $abc) (canon lift (core func $main "enum")))
  (func (export "char-surrogate") (result char) (canon lift (core func $main "char-surrogate")))
  (func (export "char-range") (result char) (canon lift (core func $main "char-range")))
  (func (export "string-utf8") (result string) (canon lift (core func $main "string-utf8") (memory $memory)))
  (func (export "string-oob") (result string) (canon lift (core func $main "string-oob") (memory $memory)))
  (func (export "string-edge") (result string) (canon lift (core func $main "string-edge") (memory $memory)))
  (func (export "string-wrap") (result string) (canon lift (core func $main "string-wrap") (memory $memory)))
  (func (export "list-misaligned") (result (list u32)) (canon lift (core func $main "list-misaligned") (memory $memory)))
  (func (export "list-oob") (result (list u32)) (canon lift (core func $main "list-oob") (memory $memory)))
  (func (export "option") (result (option u32)) (canon lift (core func $main "option") (memory $memory)))
  (func (export "pointer-misaligned") (result string) (canon lift (core func $main "pointer-misaligned") (memory $memory)))
  (func (export "pointer-oob") (result string) (canon lift (core func $main "pointer-oob") (memory $memory)))
  (func (export "nested") (result (list string)) (canon lift (core func $main "nested") (memory $memory))))
