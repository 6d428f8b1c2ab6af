;; Calls with three arguments, nested in arguments: Takeuchi's function.
(define (tak x y z)
  (if (not (< y x))
      z
      (tak (tak (- x 1) y z)
           (tak (- y 1) z x)
           (tak (- z 1) x y))))

(define (tak-times n result)
  (if (= n 0)
      result
      (tak-times (- n 1) (+ result (tak 18 12 6)))))

(benchmark "tak 18 12 6, 1000 times" (lambda () (tak-times 1000 0)) 7000)
