;; Prefixes of permutations reversed until the first element is the smallest: vectors of small integers moved about.
(define (fill! v n) (do ((i 0 (+ i 1))) ((= i n) v) (vector-set! v i i)))

(define (copy! from to n) (do ((i 0 (+ i 1))) ((= i n)) (vector-set! to i (vector-ref from i))))

(define (flips! v)
  (let again ((count 0))
    (let ((first (vector-ref v 0)))
      (if (= first 0)
          count
          (let swap ((i 0) (j first))
            (if (< i j)
                (let ((x (vector-ref v i)))
                  (vector-set! v i (vector-ref v j))
                  (vector-set! v j x)
                  (swap (+ i 1) (- j 1)))
                (again (+ count 1))))))))

(define (rotate! v r)
  (let ((first (vector-ref v 0)))
    (do ((i 0 (+ i 1))) ((= i r)) (vector-set! v i (vector-ref v (+ i 1))))
    (vector-set! v r first)))

(define (fannkuch n)
  (let ((current (fill! (make-vector n 0) n)) (scratch (make-vector n 0)) (counts (fill! (make-vector n 0) n)))
    (let next ((most 0) (sum 0) (even #t))
      (copy! current scratch n)
      (let* ((flips (flips! scratch)) (most (if (> flips most) flips most)) (sum (if even (+ sum flips) (- sum flips))))
        (let advance ((r 1))
          (if (= r n)
              (list sum most)
              (begin
                (rotate! current r)
                (let ((left (- (vector-ref counts r) 1)))
                  (if (< left 0)
                      (begin (vector-set! counts r r) (advance (+ r 1)))
                      (begin (vector-set! counts r left) (next most sum (not even))))))))))))

(benchmark "fannkuch" 24 (lambda () (fannkuch 8)) '(1616 22))
