;; Calls itself without end, in frames of eight kilobytes: a thousand values are on its stack across the call. Before
;; that it calls the host.
(module
  (import "astrid:sys/host@1.0.0" "clock-monotonic-ns" (func $now (result i64)))
  (memory (export "memory") 1)
  (type $fifty (func (result
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)))
  (func $fifty (type $fifty)
    (local i64)
    local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0
    local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0
    local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0
    local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0
    local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0 local.get 0)
  (func $keep (param
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64))
  (func $f
    call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty
    call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty call $fifty
    (drop (call $now))
    (call $f)
    call $keep call $keep call $keep call $keep call $keep call $keep call $keep call $keep call $keep call $keep
    call $keep call $keep call $keep call $keep call $keep call $keep call $keep call $keep call $keep call $keep)
  (func (export "run") (call $f)))
