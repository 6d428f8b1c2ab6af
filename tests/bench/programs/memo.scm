;; Functions that remember in hash tables what they answered: of a number by equal? and by eqv?, of two numbers in a pair by equal?.
(define (fibonacci n known)
  (if (< n 2)
      n
      (or (table-get known n #f)
          (let ((answer (+ (fibonacci (- n 1) known) (fibonacci (- n 2) known))))
            (table-put! known n answer)
            answer))))

;; In how many ways n is a sum of numbers up to most.
(define (partitions n most known)
  (cond ((= n 0) 1)
        ((= most 0) 0)
        (else
         (let ((key (cons n most)))
           (or (table-get known key #f)
               (let ((answer (+ (partitions n (- most 1) known) (if (< n most) 0 (partitions (- n most) most known)))))
                 (table-put! known key answer)
                 answer))))))

(define (run)
  (let loop ((i 0) (sum 0))
    (if (< i 200)
        (loop (+ i 1) (+ sum (fibonacci 75 (make-number-table)) (fibonacci 80 (make-value-table))))
        (list sum (partitions 60 60 (make-value-table))))))

(benchmark "memo" 20 run '(5105642685289147000 966467))
