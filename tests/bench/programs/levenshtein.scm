;; Edit distances of strings by dynamic programming: characters compared, a row of small integers.
(define (distance a b)
  (let* ((n (string-length b)) (row (make-vector (+ n 1) 0)))
    (do ((j 0 (+ j 1))) ((> j n)) (vector-set! row j j))
    (do ((i 0 (+ i 1))) ((= i (string-length a)) (vector-ref row n))
      (let ((c (string-ref a i)))
        (vector-set! row 0 (+ i 1))
        (let loop ((j 1) (diagonal i) (left (+ i 1)))
          (if (<= j n)
              (let* ((above (vector-ref row j))
                     (best (min (+ above 1) (+ left 1) (if (char=? c (string-ref b (- j 1))) diagonal (+ diagonal 1)))))
                (vector-set! row j best)
                (loop (+ j 1) above best))))))))

(define words '("kitten" "sitting" "saturday" "sunday" "levenshtein" "frankenstein" "intention" "execution" "rosettacode" "raisethysword"))

(define (run)
  (let loop ((rest words) (sum 0))
    (if (null? rest)
        sum
        (loop (cdr rest) (let inner ((others words) (sum sum)) (if (null? others) sum (inner (cdr others) (+ sum (distance (car rest) (car others))))))))))

(benchmark "levenshtein" 1200 run 752)
