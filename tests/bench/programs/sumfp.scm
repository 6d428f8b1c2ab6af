;; A loop that adds flonums.
(define (sum n)
  (let loop ((i n) (total 0.))
    (if (< i 0.)
        total
        (loop (- i 1.) (+ i total)))))

(benchmark "sumfp 10000." 4500 (lambda () (sum 10000.)) 50005000.)
