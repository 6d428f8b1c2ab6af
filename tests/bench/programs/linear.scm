;; A system of linear equations solved by elimination with pivots, and by conjugate gradients: flonums in vectors.
(define seed 7)
(define (next-random) (set! seed (modulo (+ (* seed 1103) 12345) 65536)) (/ seed 65536.))

(define (random-matrix n)
  (let ((rows (make-vector n #f)))
    (do ((i 0 (+ i 1))) ((= i n) rows)
      (let ((row (make-vector n 0.)))
        (do ((j 0 (+ j 1))) ((= j n)) (vector-set! row j (next-random)))
        (vector-set! row i (+ n (vector-ref row i)))
        (vector-set! rows i row)))))

(define (pivot! rows k n)
  (let loop ((i (+ k 1)) (best k))
    (if (= i n)
        (let ((row (vector-ref rows k)))
          (vector-set! rows k (vector-ref rows best))
          (vector-set! rows best row))
        (loop (+ i 1) (if (> (abs (vector-ref (vector-ref rows i) k)) (abs (vector-ref (vector-ref rows best) k))) i best)))))

(define (determinant rows n)
  (do ((k 0 (+ k 1)) (product 1. (begin
                                   (pivot! rows k n)
                                   (let* ((top (vector-ref rows k)) (pivot (vector-ref top k)))
                                     (do ((i (+ k 1) (+ i 1))) ((= i n))
                                       (let* ((row (vector-ref rows i)) (factor (/ (vector-ref row k) pivot)))
                                         (do ((j k (+ j 1))) ((= j n))
                                           (vector-set! row j (- (vector-ref row j) (* factor (vector-ref top j)))))))
                                     (* product (/ pivot n))))))
      ((= k n) product)))

(define (dot u v n)
  (let sum ((i 0) (total 0.)) (if (= i n) total (sum (+ i 1) (+ total (* (vector-ref u i) (vector-ref v i)))))))

(define (apply-matrix rows v n)
  (let ((result (make-vector n 0.)))
    (do ((i 0 (+ i 1))) ((= i n) result) (vector-set! result i (dot (vector-ref rows i) v n)))))

(define (combine u factor v n)
  (let ((result (make-vector n 0.)))
    (do ((i 0 (+ i 1))) ((= i n) result) (vector-set! result i (+ (vector-ref u i) (* factor (vector-ref v i)))))))

(define (symmetric rows n)
  (do ((i 0 (+ i 1))) ((= i n) rows)
    (do ((j 0 (+ j 1))) ((= j i))
      (vector-set! (vector-ref rows i) j (vector-ref (vector-ref rows j) i)))))

(define (gradients rows b n steps)
  (let loop ((k 0) (x (make-vector n 0.)) (r b) (p b) (square (dot b b n)))
    (if (or (= k steps) (< square 1e-20))
        (sqrt (dot r r n))
        (let* ((q (apply-matrix rows p n)) (alpha (/ square (dot p q n)))
               (r (combine r (- alpha) q n)) (next (dot r r n)))
          (loop (+ k 1) (combine x alpha p n) r (combine r (/ next square) p n) next)))))

(define (run)
  (set! seed 7)
  (let ((d (determinant (random-matrix 60) 60)))
    (list (< .5 d 10.) (< (gradients (symmetric (random-matrix 80) 80) (make-vector 80 1.) 80 40) 1e-6))))

(benchmark "linear" 100 run '(#t #t))
