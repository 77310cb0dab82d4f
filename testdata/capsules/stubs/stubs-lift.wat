;; The same stubs in the other form that a component allows: one lifted function, exported under three names, so that
;; the export section of the component itself shows three equal function indices.
(component
  (core module $main
    (memory (export "memory") 1)
    (data (i32.const 0x10) "continue")
    (func (export "hook") (param i32 i32 i32 i32) (result i32)
      (i32.store (i32.const 0x20) (i32.const 0x10))
      (i32.store (i32.const 0x24) (i32.const 8))
      (i32.const 0x20))
    (func (export "stub") (unreachable))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (if (i32.gt_u (local.get 3) (i32.const 0x7000)) (then (unreachable)))
      (global.set $turn (i32.eqz (global.get $turn)))
      (select (i32.const 0x100) (i32.const 0x8000) (global.get $turn)))
    (global $turn (mut i32) (i32.const 0)))
  (core instance $main (instantiate $main))

  (type $lifecycle (instance
    (type $result (record (field "action" string) (field "data" (option string))))
    (export "capsule-result" (type (eq $result)))))
  (import "astrid:guest/lifecycle@1.0.0" (instance $lifecycle (type $lifecycle)))
  (alias export $lifecycle "capsule-result" (type $capsule-result))
  (import "capsule-result" (type $result (eq $capsule-result)))

  (func $hook (param "action" string) (param "payload" (list u8)) (result $result)
    (canon lift (core func $main "hook") (memory (core memory $main "memory")) (realloc (core func $main "cabi_realloc"))))
  (func $stub (canon lift (core func $main "stub")))

  (export "astrid-hook-trigger" (func $hook))
  (export "run" (func $stub))
  (export "astrid-install" (func $stub))
  (export "astrid-upgrade" (func $stub)))
