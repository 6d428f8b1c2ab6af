;; Takeuchi's function where every result is handed to a continuation: call/cc taken and left by the thousand.
(define (tak x y z)
  (call-with-current-continuation (lambda (k) (tak-to k x y z))))

(define (tak-to k x y z)
  (if (not (< y x))
      (k z)
      (call-with-current-continuation
       (lambda (k)
         (tak-to k
                 (call-with-current-continuation (lambda (k) (tak-to k (- x 1) y z)))
                 (call-with-current-continuation (lambda (k) (tak-to k (- y 1) z x)))
                 (call-with-current-continuation (lambda (k) (tak-to k (- z 1) x y))))))))

(benchmark "ctak 18 12 6" 450 (lambda () (tak 18 12 6)) 7)
