;; The smallest component: a preamble. It imports nothing, exports nothing, and can be instantiated.
(component)
