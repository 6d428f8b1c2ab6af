;; Takeuchi's function: calls with three arguments, nested in arguments; small integers compared.
(define (tak x y z)
  (if (not (< y x))
      z
      (tak (tak (- x 1) y z)
           (tak (- y 1) z x)
           (tak (- z 1) x y))))

(benchmark "tak 18 12 6" 3000 (lambda () (tak 18 12 6)) 7)
