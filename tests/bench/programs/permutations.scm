;; All permutations of nine numbers, in place by swaps and as lists: counted by inversions; and pancakes turned over (fannkuch).
(define (swap! v i j)
  (let ((x (vector-ref v i)))
    (vector-set! v i (vector-ref v j))
    (vector-set! v j x)))

(define (each-permutation! v visit)
  (let loop ((k (vector-length v)))
    (if (= k 1)
        (visit v)
        (let inner ((i 0))
          (loop (- k 1))
          (if (< i (- k 1))
              (begin
                (swap! v (if (even? k) i 0) (- k 1))
                (inner (+ i 1))))))))

(define (flips! v)
  (let loop ((flips 0))
    (let ((first (vector-ref v 0)))
      (if (= first 0)
          flips
          (let turn ((i 0) (j first))
            (if (< i j)
                (begin (swap! v i j) (turn (+ i 1) (- j 1)))
                (loop (+ flips 1))))))))

(define (most-flips n)
  (let ((v (make-vector n 0)) (copy (make-vector n 0)) (most 0) (sum 0))
    (do ((i 0 (+ i 1))) ((= i n)) (vector-set! v i i))
    (each-permutation! v
      (lambda (v)
        (do ((i 0 (+ i 1))) ((= i n)) (vector-set! copy i (vector-ref v i)))
        (let ((flips (flips! copy)))
          (set! sum (+ sum flips))
          (if (> flips most) (set! most flips)))))
    (list most sum)))

(benchmark "permutations" 20 (lambda () (most-flips 8)) '(22 180260))
