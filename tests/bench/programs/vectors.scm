;; The vector procedures of the library: vector-map, vector-for-each, vector-fill!, vector->list, with procedures handed in.
(define (numbers n)
  (let ((vector (make-vector n 0)))
    (do ((i 0 (+ i 1))) ((= i n) vector) (vector-set! vector i i))))
(define some (numbers 2000))

(define (dot v w)
  (let ((total 0))
    (vector-for-each (lambda (a b) (set! total (+ total (* a b)))) v w)
    total))

(define (run)
  (let loop ((i 0) (total 0))
    (if (= i 200)
        total
        (let* ((squares (vector-map (lambda (x) (* x x)) some)) (sums (vector-map + squares some)) (count 0))
          (vector-for-each (lambda (x) (if (even? x) (set! count (+ count 1)))) sums)
          (vector-fill! sums i)
          (loop (+ i 1) (+ total count (dot some sums) (length (vector->list squares)) (vector-length (list->vector (vector->list some)))))))))

(benchmark "vectors" 10 run 39781300000)
