;; Which points are in a polygon: comparisons and quotients of flonums that come from vectors.
(define (inside? px py xs ys)
  (let ((n (vector-length xs)))
    (let loop ((i 0) (j (- n 1)) (inside #f))
      (if (= i n)
          inside
          (let ((xi (vector-ref xs i)) (yi (vector-ref ys i)) (xj (vector-ref xs j)) (yj (vector-ref ys j)))
            (loop (+ i 1) i
                  (if (and (if (<= yi py) (< py yj) (and (<= yj py) (< py yi)))
                           (< px (+ xi (/ (* (- xj xi) (- py yi)) (- yj yi)))))
                      (not inside)
                      inside)))))))

;; A star of 16 points around (0, 0): radius 1 and 1/2 in turn.
(define (star what)
  (let ((corners (make-vector 32)))
    (do ((i 0 (+ i 1)))
        ((= i 32) corners)
      (vector-set! corners i (* (if (even? i) 1. .5) (what (/ (* i 4. (atan 1.)) 16.)))))))

(define xs (star cos))
(define ys (star sin))

(define (count-inside n)
  (let ((step (/ 2. (exact->inexact n))))
    (let rows ((row 0) (count 0))
      (if (= row n)
          count
          (let columns ((column 0) (count count))
            (if (= column n)
                (rows (+ row 1) count)
                (columns (+ column 1)
                         (if (inside? (+ -.9993 (* step column)) (+ -.9991 (* step row)) xs ys)
                             (+ count 1)
                             count))))))))

(benchmark "pnpoly 100" 75 (lambda () (count-inside 100)) 3896)
