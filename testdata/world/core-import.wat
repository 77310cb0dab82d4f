;; Imports that are no part of a world: a core module and a component.
(component
  (import "m" (core module))
  (import "c" (component))
  (import "f" (func (param "n" u8)))
)
