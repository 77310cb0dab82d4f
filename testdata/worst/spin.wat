;; Loops, and calls nobody.
(module (func (export "run") (loop (br 0))))
