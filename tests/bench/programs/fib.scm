;; Fibonacci numbers: calls of one procedure, sums of small integers.
(define (fib n)
  (if (< n 2)
      n
      (+ (fib (- n 1)) (fib (- n 2)))))

(benchmark "fib 25" 700 (lambda () (fib 25)) 75025)
