;; Memories that ask for much: one module wants 16 pages at once and may grow to 4096, another has a memory of its own.
;;
;;   pages() returns 16; grow(n) returns the pages before, or 4294967295 when the host refuses; own() returns 1.
(component
  (core module $main
    (memory 16 4096)
    (func (export "pages") (result i32) (memory.size))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
  (core instance $main (instantiate $main))
  (core module $other (memory 1) (func (export "pages") (result i32) (memory.size)))
  (core instance $other (instantiate $other))
  (func (export "pages") (result u32) (canon lift (core func $main "pages")))
  (func (export "grow") (param "n" u32) (result u32) (canon lift (core func $main "grow")))
  (func (export "own") (result u32) (canon lift (core func $other "pages"))))
