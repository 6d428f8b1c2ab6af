;; Five bodies that attract each other, one flonum vector each: floating-point arithmetic between loads and stores of vectors.
(define (body x y z vx vy vz mass) (vector x y z vx vy vz mass))

(define (bodies)
  (list (body 0. 0. 0. 0. 0. 0. 39.5)
        (body 4.8 -1.2 -.1 .6 2.8 -.02 .038)
        (body 8.3 4.1 -.4 -1. 1.8 .008 .011)
        (body 12.9 -15.1 -.2 1.1 .9 -.01 .0017)
        (body 15.4 -25.9 .2 1. .6 -.03 .002)))

(define (pull! a b dt)
  (let* ((dx (- (vector-ref a 0) (vector-ref b 0)))
         (dy (- (vector-ref a 1) (vector-ref b 1)))
         (dz (- (vector-ref a 2) (vector-ref b 2)))
         (square (+ (* dx dx) (* dy dy) (* dz dz)))
         (force (/ dt (* square (sqrt square))))
         (by-a (* force (vector-ref a 6)))
         (by-b (* force (vector-ref b 6))))
    (vector-set! a 3 (- (vector-ref a 3) (* dx by-b)))
    (vector-set! a 4 (- (vector-ref a 4) (* dy by-b)))
    (vector-set! a 5 (- (vector-ref a 5) (* dz by-b)))
    (vector-set! b 3 (+ (vector-ref b 3) (* dx by-a)))
    (vector-set! b 4 (+ (vector-ref b 4) (* dy by-a)))
    (vector-set! b 5 (+ (vector-ref b 5) (* dz by-a)))))

(define (move! a dt)
  (do ((i 0 (+ i 1))) ((= i 3))
    (vector-set! a i (+ (vector-ref a i) (* dt (vector-ref a (+ i 3)))))))

(define (step! all dt)
  (let each ((rest all))
    (if (pair? rest)
        (begin
          (let pairs ((others (cdr rest)))
            (if (pair? others) (begin (pull! (car rest) (car others) dt) (pairs (cdr others)))))
          (each (cdr rest)))))
  (for-each (lambda (a) (move! a dt)) all))

(define (momentum all)
  (let sum ((rest all) (total 0.))
    (if (null? rest) total (sum (cdr rest) (+ total (* (vector-ref (car rest) 6) (vector-ref (car rest) 3)))))))

(define (run steps)
  (let* ((all (bodies)) (before (momentum all)))
    (do ((i 0 (+ i 1))) ((= i steps)) (step! all .01))
    (< (abs (- (momentum all) before)) 1e-9)))

(benchmark "nbody" 20 (lambda () (run 5000)) #t)
