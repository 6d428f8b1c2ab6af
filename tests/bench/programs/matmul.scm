;; Products of matrices that are vectors of rows, of flonums and of integers.
(define (make-matrix n entry)
  (let ((rows (make-vector n #f)))
    (do ((i 0 (+ i 1))) ((= i n) rows)
      (let ((row (make-vector n 0)))
        (do ((j 0 (+ j 1))) ((= j n)) (vector-set! row j (entry i j)))
        (vector-set! rows i row)))))

(define (product a b n zero)
  (make-matrix n (lambda (i j)
                   (let ((row (vector-ref a i)))
                     (let sum ((k 0) (total zero))
                       (if (= k n) total (sum (+ k 1) (+ total (* (vector-ref row k) (vector-ref (vector-ref b k) j))))))))))

(define (diagonal-sum a n)
  (let sum ((i 0) (total 0)) (if (= i n) total (sum (+ i 1) (+ total (vector-ref (vector-ref a i) i))))))

(define (run n)
  (let ((a (make-matrix n (lambda (i j) (+ i (* 2 j))))) (b (make-matrix n (lambda (i j) (- i j))))
        (x (make-matrix n (lambda (i j) (/ 1. (+ i j 1.))))))
    (list (diagonal-sum (product a b n 0) n) (round (* 1000. (diagonal-sum (product x x n 0.) n))))))

(benchmark "matmul" 8 (lambda () (run 100)) '(8332500 5489.))
