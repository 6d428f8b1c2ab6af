;; Integers factored by trial division and by Pollard's rho, with a Miller-Rabin test: products beyond fixnums, gcd.
(define (power b e m)
  (let loop ((b b) (e e) (r 1))
    (if (= e 0) r (loop (modulo (* b b) m) (quotient e 2) (if (odd? e) (modulo (* r b) m) r)))))

(define (witness? a n)
  (let split ((d (- n 1)) (s 0))
    (if (even? d)
        (split (quotient d 2) (+ s 1))
        (let ((x (power a d n)))
          (and (not (= x 1))
               (let loop ((x x) (k 0)) (cond ((= x (- n 1)) #f) ((= k (- s 1)) #t) (else (loop (modulo (* x x) n) (+ k 1))))))))))

(define (prime? n) (and (> n 1) (let loop ((rest '(2 3 5 7 11 13 17 19 23 29 31 37))) (cond ((null? rest) #t) ((= n (car rest)) #t) ((= 0 (modulo n (car rest))) #f) ((witness? (car rest) n) #f) (else (loop (cdr rest)))))))

(define (rho n c)
  (define (f x) (modulo (+ (* x x) c) n))
  (let loop ((x 2) (y 2))
    (let* ((x (f x)) (y (f (f y))) (d (gcd (- x y) n)))
      (cond ((= d 1) (loop x y)) ((= d n) (rho n (+ c 1))) (else d)))))

(define (factors n)
  (cond ((= n 1) '()) ((prime? n) (list n)) ((even? n) (cons 2 (factors (quotient n 2)))) (else (let ((d (rho n 1))) (append (factors d) (factors (quotient n d)))))))

(define (run) (map (lambda (n) (apply max (factors n))) '(1000000016000000063 600851475143 1234567890123456789 999999866000004473 8616460799)))

(benchmark "factors" 40 run '(1000000009 6857 27961 999999937 96079))
