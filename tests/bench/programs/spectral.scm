;; The greatest eigenvalue of a matrix that is computed element by element: integer and floating-point arithmetic mixed.
(define (element i j) (/ 1. (+ (quotient (* (+ i j) (+ i j 1)) 2) i 1)))

(define (times v n entry)
  (let ((result (make-vector n 0.)))
    (do ((i 0 (+ i 1))) ((= i n) result)
      (vector-set! result i
                   (let sum ((j 0) (total 0.))
                     (if (= j n) total (sum (+ j 1) (+ total (* (entry i j) (vector-ref v j))))))))))

(define (normal v n) (times (times v n element) n (lambda (i j) (element j i))))

(define (product u v n)
  (let sum ((i 0) (total 0.)) (if (= i n) total (sum (+ i 1) (+ total (* (vector-ref u i) (vector-ref v i)))))))

(define (run n)
  (let loop ((i 0) (u (make-vector n 1.)) (v #f))
    (if (= i 10)
        (round (* 1e6 (sqrt (/ (product u v n) (product v v n)))))
        (let ((v (normal u n))) (loop (+ i 1) (normal v n) v)))))

(benchmark "spectral" 20 (lambda () (run 100)) 1274220.)
