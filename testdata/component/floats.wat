;; Floating point numbers, through an import and an export.
;;
;;   f32(1.5), f64(-0.0), f64(5e-324) and the infinities return their argument; a NaN returns some NaN.
(component
  (import "test:values/echo" (instance $echo
    (export "f32" (func (param "v" f32) (result f32)))
    (export "f64" (func (param "v" f64) (result f64)))))

  (core func $f32 (canon lower (func $echo "f32")))
  (core func $f64 (canon lower (func $echo "f64")))

  ;; The guest hands every value on to the host, and what the host answers to its caller.
  (core module $main
    (import "echo" "f32" (func $f32 (param f32) (result f32)))
    (import "echo" "f64" (func $f64 (param f64) (result f64)))
    (func (export "f32") (param f32) (result f32)
      (call $f32 (local.get 0)))
    (func (export "f64") (param f64) (result f64)
      (call $f64 (local.get 0))))
  (core instance $main (instantiate $main (with "echo" (instance
    (export "f32" (func $f32))
    (export "f64" (func $f64))))))

  (func (export "f32") (param "v" f32) (result f32)
    (canon lift (core func $main "f32")))
  (func (export "f64") (param "v" f64) (result f64)
    (canon lift (core func $main "f64"))))
