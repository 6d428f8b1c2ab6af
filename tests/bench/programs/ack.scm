;; Ackermann's function: recursion thousands of frames deep, again and again.
(define (ack m n)
  (cond ((= m 0) (+ n 1))
        ((= n 0) (ack (- m 1) 1))
        (else (ack (- m 1) (ack m (- n 1))))))

(benchmark "ack 3 8" 100 (lambda () (ack 3 8)) 2045)
