;; Calls of one procedure, small integers.
(define (fib n)
  (if (< n 2)
      n
      (+ (fib (- n 1)) (fib (- n 2)))))

(benchmark "fib 35" (lambda () (fib 35)) 9227465)
