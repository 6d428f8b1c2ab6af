;; Quicksort of a vector of pseudo-random integers, in place, by a comparison that is handed in.
(define (random-vector n)
  (let ((vector (make-vector n)))
    (let loop ((i 0) (seed 42))
      (if (= i n)
          vector
          (begin
            (vector-set! vector i seed)
            (loop (+ i 1) (modulo (+ (* seed 1103515245) 12345) 2147483648)))))))

(define (quicksort! vector before?)
  (define (swap! i j)
    (let ((element (vector-ref vector i)))
      (vector-set! vector i (vector-ref vector j))
      (vector-set! vector j element)))
  (define (sort! low high)
    (if (< low high)
        (let ((pivot (vector-ref vector (quotient (+ low high) 2))))
          (let partition ((i low) (j high))
            (let ((i (let up ((i i)) (if (before? (vector-ref vector i) pivot) (up (+ i 1)) i)))
                  (j (let down ((j j)) (if (before? pivot (vector-ref vector j)) (down (- j 1)) j))))
              (cond ((< i j) (swap! i j) (partition (+ i 1) (- j 1)))
                    ((= i j) (sort! low (- i 1)) (sort! (+ i 1) high))
                    (else (sort! low j) (sort! i high))))))))
  (sort! 0 (- (vector-length vector) 1))
  vector)

(define (ordered? vector)
  (let loop ((i 1))
    (or (= i (vector-length vector))
        (and (<= (vector-ref vector (- i 1)) (vector-ref vector i))
             (loop (+ i 1))))))

(define (total vector)
  (let loop ((i 0) (sum 0))
    (if (= i (vector-length vector)) sum (loop (+ i 1) (+ sum (vector-ref vector i))))))

(define (work n)
  (let* ((vector (random-vector n)) (before (total vector)))
    (quicksort! vector (lambda (a b) (< a b)))
    (list (ordered? vector) (= before (total vector)))))

(benchmark "quicksort 10000" 200 (lambda () (work 10000)) '(#t #t))
