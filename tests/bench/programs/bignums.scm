;; Factorials, Fibonacci numbers, powers and roots in large integers, and their digits.
(define (factorial n) (if (= n 0) 1 (* n (factorial (- n 1)))))
(define (fibonacci n) (let loop ((i 0) (a 0) (b 1)) (if (= i n) a (loop (+ i 1) b (+ a b)))))
(define (digit-sum n)
  (let ((text (number->string n)))
    (let loop ((i 0) (sum 0)) (if (= i (string-length text)) sum (loop (+ i 1) (+ sum (- (char->integer (string-ref text i)) 48)))))))
(define (digits-by-division n) (let loop ((n n) (sum 0)) (if (= n 0) sum (loop (quotient n 10) (+ sum (remainder n 10))))))
(define (power b e m)
  (cond ((= e 0) 1) ((even? e) (power (modulo (* b b) m) (quotient e 2) m)) (else (modulo (* b (power b (- e 1) m)) m))))

(define (run)
  (list (digit-sum (factorial 500)) (digit-sum (fibonacci 3000)) (digits-by-division (expt 3 500))
        (power 3 (- (expt 2 127) 2) (- (expt 2 127) 1))
        (exact-integer-sqrt-of (expt 7 301))))
(define (exact-integer-sqrt-of n)
  (let loop ((x (expt 10 130))) (let ((y (quotient (+ x (quotient n x)) 2))) (if (>= y x) (modulo x 1000007) (loop y)))))

(benchmark "bignums" 480 run '(4599 2781 1035 1 610774))
