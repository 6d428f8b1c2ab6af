;; Flonums that go through procedure calls: Leibniz's series for pi, its terms from a procedure of their own.
(define (term k)
  (let ((value (/ 1. (+ (* 2. k) 1.))))
    (if (even? k) value (- value))))

(define (sum from to)
  (let loop ((k from) (total 0.))
    (if (= k to)
        total
        (loop (+ k 1) (+ total (term k))))))

(benchmark "flonum series" 150 (lambda () (floor (* 10000. (* 4. (sum 0 100000))))) 31415.)
