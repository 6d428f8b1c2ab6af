;; Fibonacci numbers as flonums: flonums as arguments and results of calls.
(define (fib n)
  (if (< n 2.)
      n
      (+ (fib (- n 1.)) (fib (- n 2.)))))

(benchmark "fibfp 25." 150 (lambda () (fib 25.)) 75025.)
