;; A loop over flonums that a compiler could keep in registers: points of a 256 by 256 grid that stay bounded.
(define limit 400)

(define (bounded? cr ci)
  (let iterate ((zr 0.) (zi 0.) (n 0))
    (let ((zr2 (* zr zr)) (zi2 (* zi zi)))
      (cond ((> (+ zr2 zi2) 4.) #f)
            ((= n limit) #t)
            (else (iterate (+ (- zr2 zi2) cr) (+ (* 2. zr zi) ci) (+ n 1)))))))

(define (count-bounded size)
  (let ((step (/ 3. size)))
    (let rows ((y 0) (total 0))
      (if (= y size)
          total
          (let columns ((x 0) (total total))
            (if (= x size)
                (rows (+ y 1) total)
                (columns (+ x 1)
                         (if (bounded? (- (* x step) 2.25) (- (* y step) 1.5)) (+ total 1) total))))))))

(benchmark "mandelbrot 256" (lambda () (count-bounded 256)) 11082)
