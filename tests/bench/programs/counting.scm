;; Hash tables of numbers that grow: each number's least prime factor, counted; then what was counted is taken out again.
(define (count! table key) (table-update! table key (lambda (n) (+ n 1)) 0))

(define (sieve limit)
  (let ((factors (make-number-table)))
    (let next ((n 2))
      (if (<= n limit)
          (begin
            (if (not (table-get factors n #f))
                (let mark ((multiple n))
                  (if (<= multiple limit)
                      (begin
                        (if (not (table-get factors multiple #f)) (table-put! factors multiple n))
                        (mark (+ multiple n))))))
            (next (+ n 1)))))
    factors))

(define (run)
  (let* ((limit 20000) (factors (sieve limit)) (counts (make-number-table)))
    (let loop ((n 2)) (if (<= n limit) (begin (count! counts (table-get factors n #f)) (loop (+ n 1)))))
    (let loop ((n 2)) (if (<= n limit) (begin (table-remove! factors n) (loop (+ n 3)))))
    (list (table-get counts 2 0) (table-get counts 3 0) (table-get counts 7 0) (table-get counts 19997 0)
          (let loop ((n 2) (left 0)) (if (> n limit) left (loop (+ n 1) (if (table-get factors n #f) (+ left 1) left)))))))

(benchmark "counting" 100 run '(10000 3333 762 1 13332))
