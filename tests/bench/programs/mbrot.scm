;; The Mandelbrot set: a loop over flonums that a compiler could keep in registers; counts stored in a matrix.
(define limit 64)

(define (escape-time cr ci)
  (let loop ((zr cr) (zi ci) (count 0))
    (if (= count limit)
        limit
        (let ((zr2 (* zr zr)) (zi2 (* zi zi)))
          (if (> (+ zr2 zi2) 16.)
              count
              (loop (+ (- zr2 zi2) cr) (+ (* 2. zr zi) ci) (+ count 1)))))))

(define (fill! matrix n left top step)
  (do ((x 0 (+ x 1)))
      ((= x n))
    (do ((y 0 (+ y 1)))
        ((= y n))
      (vector-set! (vector-ref matrix x) y
                   (escape-time (+ left (* step (exact->inexact x))) (+ top (* step (exact->inexact y))))))))

(define (picture n)
  (let ((matrix (make-vector n)))
    (do ((x 0 (+ x 1))) ((= x n)) (vector-set! matrix x (make-vector n 0)))
    (fill! matrix n -1. -.5 .005)
    matrix))

(define (black-points n)
  (let ((matrix (picture n)))
    (let columns ((x 0) (black 0))
      (if (= x n)
          black
          (let rows ((y 0) (black black))
            (cond ((= y n) (columns (+ x 1) black))
                  ((= limit (vector-ref (vector-ref matrix x) y)) (rows (+ y 1) (+ black 1)))
                  (else (rows (+ y 1) black))))))))

(benchmark "mbrot 100" 25 (lambda () (black-points 100)) 6031)
