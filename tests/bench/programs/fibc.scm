;; Fibonacci numbers counted by successors, every result handed to a continuation: call/cc below deep frames.
(define (add x y k)
  (if (= y 0)
      (k x)
      (add (+ x 1) (- y 1) k)))

(define (fib n k)
  (cond ((= n 0) (k 0))
        ((= n 1) (k 1))
        (else (add (call-with-current-continuation (lambda (k) (fib (- n 1) k)))
                   (call-with-current-continuation (lambda (k) (fib (- n 2) k)))
                   k))))

(benchmark "fibc 18" 2500 (lambda () (fib 18 (lambda (n) n))) 2584)
