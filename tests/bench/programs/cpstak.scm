;; Takeuchi's function in continuation-passing style: closures made and called, no stack.
(define (tak x y z)
  (define (to receive x y z)
    (if (not (< y x))
        (receive z)
        (to (lambda (a)
              (to (lambda (b)
                    (to (lambda (c) (to receive a b c))
                        (- z 1) x y))
                  (- y 1) z x))
            (- x 1) y z)))
  (to (lambda (result) result) x y z))

(benchmark "cpstak 18 12 6" 1000 (lambda () (tak 18 12 6)) 7)
