;; An exported interface as wit-component makes one: its functions are lifted, handed to a nested component that imports
;; them under names of its own together with the types, and that component's instance is exported with a type ascribed.
;;
;;   test:values/shapes exports area({ w: 3, h: 4 }), which returns 12, and grow({ w: 3, h: 4 }, 2), which returns
;;   { w: 6, h: 8 }.
(component
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
  (core module $main
    (import "libc" "memory" (memory 1))
    (func (export "area") (param i32 i32) (result i64)
      (i64.mul (i64.extend_i32_u (local.get 0)) (i64.extend_i32_u (local.get 1))))
    (func (export "grow") (param i32 i32 i32) (result i32)
      (i32.store (i32.const 16) (i32.mul (local.get 0) (local.get 2)))
      (i32.store (i32.const 20) (i32.mul (local.get 1) (local.get 2)))
      (i32.const 16)))
  (core instance $main (instantiate $main (with "libc" (instance $libc))))

  (type $size (record (field "w" u32) (field "h" u32)))
  (func $area (param "s" $size) (result u64) (canon lift (core func $main "area")))
  (func $grow (param "s" $size) (param "by" u32) (result $size) (canon lift (core func $main "grow") (memory (core memory $libc "memory"))))

  (component $shapes-shim
    (type $size-shape (record (field "w" u32) (field "h" u32)))
    (import "import-type-size" (type $size (eq $size-shape)))
    (import "import-func-area" (func $area (param "s" $size) (result u64)))
    (import "import-func-grow" (func $grow (param "s" $size) (param "by" u32) (result $size)))
    (export $size-out "size" (type $size))
    (export "area" (func $area) (func (param "s" $size-out) (result u64)))
    (export "grow" (func $grow) (func (param "s" $size-out) (param "by" u32) (result $size-out))))
  (instance $shapes (instantiate $shapes-shim
    (with "import-type-size" (type $size))
    (with "import-func-area" (func $area))
    (with "import-func-grow" (func $grow))))
  (export "test:values/shapes@0.1.0" (instance $shapes)))
