;; Vectors made, filled, copied backwards and forwards; element by element.
(define (numbers n)
  (let ((vector (make-vector n 0)))
    (do ((i 0 (+ i 1)))
        ((= i n) vector)
      (vector-set! vector i i))))

(define (copy-of from)
  (let* ((n (vector-length from)) (to (make-vector n 0)))
    (do ((i (- n 1) (- i 1)))
        ((< i 0) to)
      (vector-set! to i (vector-ref from i)))))

(define (copies n times)
  (do ((i 0 (+ i 1))
       (vector (numbers n) (copy-of vector)))
      ((= i times) (+ (vector-length vector) (vector-ref vector (- n 1))))))

(benchmark "array1 100000" 150 (lambda () (copies 100000 5)) 199999)
