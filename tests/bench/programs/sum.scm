;; A loop that adds small integers.
(define (sum n)
  (let loop ((i n) (total 0))
    (if (< i 0)
        total
        (loop (- i 1) (+ i total)))))

(benchmark "sum 10000" 30000 (lambda () (sum 10000)) 50005000)
