;; A capsule in text: the core module that a bindings generator would emit for world `minimal` of ../../wit.
;;
;; astrid-hook-trigger takes the payload as a key ("motto" when it is empty), asks for that setting, logs the answer
;; and returns it: `continue` with the value, `continue` without data when it is unset, `deny` without data when the
;; host answers with an error. The action is ignored.
(module
  (import "astrid:sys/host@1.0.0" "get-config" (func $get-config (param i32 i32 i32)))
  (import "astrid:sys/host@1.0.0" "log" (func $log (param i32 i32 i32)))

  (memory (export "memory") 1)

  (data (i32.const 0x10) "motto")
  (data (i32.const 0x20) "continue")
  (data (i32.const 0x30) "deny")
  (data (i32.const 0x40) "minimal: unset")
  (data (i32.const 0x50) "minimal: refused")

  ;; 0x80: result<option<string>, error-code>: failed u8, then at 4 some u8, then at 8 pointer and length
  ;; 0xa0: capsule-result: action pointer and length, then at 8 some u8, then at 12 pointer and length

  ;; The next free byte. Freed as a whole when the result of a call has been read.
  (global $top (mut i32) (i32.const 0x100))

  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    ;; Every allocation is new: at = top rounded up to the alignment.
    (local.set $at
      (i32.and
        (i32.sub (i32.add (global.get $top) (local.get $align)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (if (i32.lt_u (global.get $top) (local.get $at)) (then (unreachable)))
    (block $fits
      (loop $more
        ;; top <= pages * 65536, without overflow
        (br_if $fits
          (i64.le_u
            (i64.extend_i32_u (global.get $top))
            (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16))))
        (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
        (unreachable)))
    (memory.copy (local.get $at) (local.get $old)
      (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
    (local.get $at))

  (func (export "astrid-hook-trigger")
    (param $action i32) (param $action-len i32) (param $key i32) (param $key-len i32) (result i32)
    (if (i32.eqz (local.get $key-len))
      (then
        (local.set $key (i32.const 0x10))
        (local.set $key-len (i32.const 5))))
    (call $get-config (local.get $key) (local.get $key-len) (i32.const 0x80))

    (i32.store (i32.const 0xa0) (i32.const 0x20))
    (i32.store (i32.const 0xa4) (i32.const 8))
    (i32.store8 (i32.const 0xa8) (i32.const 0))

    (if (i32.load8_u (i32.const 0x80))
      (then
        (call $log (i32.const 3) (i32.const 0x50) (i32.const 16)) ;; warn
        (i32.store (i32.const 0xa0) (i32.const 0x30))
        (i32.store (i32.const 0xa4) (i32.const 4)))
      (else
        (if (i32.load8_u (i32.const 0x84))
          (then
            (call $log (i32.const 2) (i32.load (i32.const 0x88)) (i32.load (i32.const 0x8c))) ;; info
            (i32.store8 (i32.const 0xa8) (i32.const 1))
            (i64.store (i32.const 0xac) (i64.load (i32.const 0x88))))
          (else
            (call $log (i32.const 2) (i32.const 0x40) (i32.const 14))))))
    (i32.const 0xa0))

  (func (export "cabi_post_astrid-hook-trigger") (param i32)
    (global.set $top (i32.const 0x100))))
