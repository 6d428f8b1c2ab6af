;; Linear programs solved by the simplex method: rows of flonums as vectors in a vector, pivots chosen and divided out.
(define (make-table rows columns value)
  (let ((table (make-vector rows #f)))
    (do ((i 0 (+ i 1))) ((= i rows) table)
      (let ((row (make-vector columns 0.)))
        (do ((j 0 (+ j 1))) ((= j columns)) (vector-set! row j (value i j)))
        (vector-set! table i row)))))

(define constraints 12)
(define variables 12)
(define columns (+ variables constraints 1))

;; Row 0 is the goal; a slack variable for each constraint; the last column is the right side.
(define (start-value i j)
  (cond ((= i 0) (if (< j variables) (- (+ 1. (modulo (* j j 5) 11))) 0.))
        ((< j variables) (+ 1. (modulo (* (+ i 3) (+ j 2) (+ i j 1)) 13)))
        ((= j (- columns 1)) (+ 40. (* 3. i)))
        ((= (- j variables) (- i 1)) 1.)
        (else 0.)))

(define (entering table)
  (let ((goal (vector-ref table 0)))
    (let loop ((j 0) (least -1e-9) (best #f))
      (cond ((= j (- columns 1)) best)
            ((< (vector-ref goal j) least) (loop (+ j 1) (vector-ref goal j) j))
            (else (loop (+ j 1) least best))))))

(define (leaving table column)
  (let loop ((i 1) (least 1e30) (best #f))
    (if (> i constraints)
        best
        (let* ((row (vector-ref table i)) (pivot (vector-ref row column)))
          (if (> pivot 1e-9)
              (let ((ratio (/ (vector-ref row (- columns 1)) pivot)))
                (if (< ratio least) (loop (+ i 1) ratio i) (loop (+ i 1) least best)))
              (loop (+ i 1) least best))))))

(define (pivot! table row column)
  (let* ((chosen (vector-ref table row)) (value (vector-ref chosen column)))
    (do ((j 0 (+ j 1))) ((= j columns)) (vector-set! chosen j (/ (vector-ref chosen j) value)))
    (do ((i 0 (+ i 1))) ((> i constraints))
      (if (not (= i row))
          (let* ((other (vector-ref table i)) (factor (vector-ref other column)))
            (if (not (= factor 0.))
                (do ((j 0 (+ j 1))) ((= j columns))
                  (vector-set! other j (- (vector-ref other j) (* factor (vector-ref chosen j)))))))))))

(define (solve table)
  (let loop ((steps 0))
    (let* ((column (entering table)) (row (and column (leaving table column))))
      (if row
          (begin
            (pivot! table row column)
            (loop (+ steps 1)))
          (list steps (exact (round (* 1000. (vector-ref (vector-ref table 0) (- columns 1))))))))))

(define (run)
  (let loop ((i 0) (result #f))
    (if (= i 500) result (loop (+ i 1) (solve (make-table (+ constraints 1) columns start-value))))))

(benchmark "simplex" 10 run '(6 51053))
