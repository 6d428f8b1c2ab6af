;;; R7RS 6.2.6 on complex numbers, and the library (scheme complex).

(define (near? z w) (<= (magnitude (- z w)) (* 1e-13 (max 1 (magnitude w)))))
(define pi (acos -1))

;; --- reading and writing -----------------------------------------------------------------------------------------------
(check (map number->string '(1+2i +i -i 3-4i 1/2+3/4i 1.5-2.5i +2i 1e3+1e-3i)) => '("1+2i" "+i" "-i" "3-4i" "1/2+3/4i" "1.5-2.5i" "+2i" "1000.0+0.001i"))
(check (map number->string '(+inf.0+nan.0i -inf.0-inf.0i 1-0.0i #xa+bi #e1.5+.5i #i1/2-i)) => '("+inf.0+nan.0i" "-inf.0-inf.0i" "1.0-0.0i" "10+11i" "3/2+1/2i" "0.5-1.0i"))
(check (list (number->string 255+16i 16) (string->number "ff+10i" 16) (string->number "101-i" 2)) => '("ff+10i" 255+16i 5-i))
(check (map string->number '("1+" "i" "1+2" "1i" "1@2i" "++i" "1+2i+3i")) => '(#f #f #f #f #f #f #f))
(check (map (lambda (z) (eqv? z (string->number (number->string z)))) (list 1+2i 0.1-0.3i (sqrt -2) (make-polar 3 1) (exp 1+i) -1/3-i +nan.0+i)) => '(#t #t #t #t #t #t #t))
(check (symbol? '-i) => #f)
(check (symbol? '|-i|) => #t)
(check (call-with-port (open-output-string) (lambda (port) (write '|+i| port) (write '+i port) (get-output-string port))) => "|+i|+i")
(check (near? 1@2 (make-polar 1 2)) => #t)
(check (list 3+0i 1@0 (eqv? 3+0i 3)) => '(3 1 #t))

;; --- classes -------------------------------------------------------------------------------------------------------------
(check (list (complex? 3+4i) (complex? 3) (number? 3+4i)) => '(#t #t #t))
(check (list (real? 3) (real? -2.5+0i) (real? -2.5+0.0i) (real? 1+i)) => '(#t #t #f #f))
(check (list (rational? 1+i) (integer? 3+0i) (integer? 3+i)) => '(#f #t #f))
(check (list (exact? 1+2i) (exact? 1+2.0i) (inexact? 1+2.0i) (inexact? 1+2i)) => '(#t #f #t #f))
(check (list (finite? 3.0+inf.0i) (infinite? 3.0+inf.0i) (infinite? +nan.0+5.0i) (nan? +nan.0+5.0i) (nan? 1+2i)) => '(#f #t #f #t #f))
(check (list (exact 1.5-0.5i) (inexact 1/2+i)) => '(3/2-1/2i 0.5+1.0i))
(check (list (eqv? 1+2i 1+2i) (equal? 1+2i 1.0+2.0i) (eqv? 0.0+i -0.0+i) (memv 1+i '(1 +i 1+i 2))) => '(#t #f #f (1+i 2)))
(check (list (zero? 0.0+0.0i) (zero? +i) (= 1+2i 1.0+2.0i) (= 1 1.0+0.0i) (= 1+i 1-i)) => '(#t #f #t #t #f))

;; --- arithmetic ----------------------------------------------------------------------------------------------------------
(check (list (+ 1+2i 3-2i) (- 1+2i) (- 5 +i) (* +i +i) (* 1+2i 3+4i 2) (/ 1+2i 3-4i) (/ +i)) => '(4 -1-2i 5-i -1 -10+20i -1/5+2/5i -i))
(check (list (+ 1.5 +2i) (* 2.0 1+i) (/ 1+2i 2.0) (square 1+i)) => '(1.5+2.0i 2.0+2.0i 0.5+1.0i +2i))
(check (let loop ((n 0) (z 1)) (if (= n 20) z (loop (+ n 1) (* z 1+i)))) => -1024)
(check (list (make-rectangular 1 2) (make-rectangular 1 0) (make-rectangular 1 2.0) (make-polar 2 0)) => '(1+2i 1 1.0+2.0i 2))
(check (list (real-part 1+2i) (imag-part 1+2i) (real-part 5) (imag-part 1.5) (magnitude 3-4i) (magnitude -5)) => '(1 2 5 0 5 5))
(check (list (angle 5) (near? (angle -1.0) pi) (near? (angle +i) (/ pi 2)) (near? (angle -i) (/ pi -2))) => '(0 #t #t #t))
(check-error divide-by-zero (/ 1+i 0))

;; --- roots, powers, logarithms, circle ------------------------------------------------------------------------------------
(check (list (sqrt -1) (sqrt -4) (sqrt -1/4) (sqrt -3+4i) (sqrt -4.0)) => '(+i +2i +1/2i 1+2i 0.0+2.0i))
(check-values (exact-integer-sqrt 17) => 4 1)
(check (list (expt +i 2) (expt 1+i 10) (expt 1+i -2) (expt -4 1/2) (expt 2+i 0)) => '(-1 +32i -1/2i +2i 1))
(check (list (expt 0 1+i) (expt 0.0 1+i)) => '(0 0.0))
(check (near? (expt -8 1/3) (make-rectangular 1 (sqrt 3))) => #t)
(check (near? (expt +i +i) (exp (/ pi -2))) => #t)
(check (list (near? (log -1) (make-rectangular 0 pi)) (near? (log +i) (make-rectangular 0 (/ pi 2))) (near? (log -8 2) (/ (log -8) (log 2)))) => '(#t #t #t))
(check (near? (exp (make-rectangular 0 pi)) -1) => #t)
(check (map (lambda (z) (near? (exp (log z)) z)) '(-2 1+i -3-4i 0.5-2i)) => '(#t #t #t #t))
(check (map (lambda (z) (near? (+ (square (sin z)) (square (cos z))) 1)) '(1+i -2-0.5i 0.25+2i)) => '(#t #t #t))
(check (map (lambda (z) (near? (tan z) (/ (sin z) (cos z)))) '(1+i -2-0.5i 0.25+2i)) => '(#t #t #t))
(check (map (lambda (z) (near? (sin (asin z)) z)) '(2 -2 1+i -3-0.5i)) => '(#t #t #t #t))
(check (map (lambda (z) (near? (cos (acos z)) z)) '(2 -2 1+i -3-0.5i)) => '(#t #t #t #t))
(check (map (lambda (z) (near? (tan (atan z)) z)) '(1+i -3-0.5i +2i)) => '(#t #t #t))
;; The report's formulas for asin, acos and atan decide on the cuts.
(define (asin-by-formula z) (* -i (log (+ (* +i z) (sqrt (- 1 (* z z)))))))
(check (map (lambda (z) (near? (asin z) (asin-by-formula z))) '(2 -2 1.5 1+i 0.5 -0.25-2i)) => '(#t #t #t #t #t #t))
(check (map (lambda (z) (near? (acos z) (- (/ pi 2) (asin z)))) '(2 -2 1.5 1+i 0.5 -0.25-2i)) => '(#t #t #t #t #t #t))
(check (map (lambda (z) (near? (atan z) (/ (- (log (+ 1 (* +i z))) (log (- 1 (* +i z)))) +2i))) '(+2i -2i 1+i 0.5 -0.25-2i)) => '(#t #t #t #t #t))

;; --- errors --------------------------------------------------------------------------------------------------------------
(check-error type-error (< 1+i 2))
(check-error type-error (max 1 +i))
(check-error type-error (abs +i))
(check-error type-error (floor 1+i))
(check-error type-error (quotient 1+i 2))
(check-error type-error (even? +i))
(check-error type-error (positive? +i))
(check-error type-error (vector-ref (vector 1 2) +i))
(check-error type-error (make-rectangular +i 1))
(check-error type-error (magnitude 'a))
(check-error divide-by-zero (atan +i))
(check-error divide-by-zero (expt 0 -1+i))

;; --- the library -----------------------------------------------------------------------------------------------------------
(import (prefix (scheme complex) c:))
(check (list (c:make-rectangular 1 2) (c:real-part 1+2i) (c:imag-part 1+2i) (c:magnitude 3+4i) (c:angle 1) (c:make-polar 1 0)) => '(1+2i 1 2 5 0 1))
(check-end 55)
