;; Digits of pi by Chudnovsky's series with binary splitting: products of integers of thousands of digits, an integer
;; square root by Newton's method, and the result in decimal.
(define (split a b receive)
  (if (= (- b a) 1)
      (if (= a 0)
          (receive 1 1 13591409)
          (let ((p (* (- (* 6 a) 5) (- (* 2 a) 1) (- (* 6 a) 1))) (q (* a a a 10939058860032000)))
            (receive p q (* (if (even? a) 1 -1) p (+ 13591409 (* 545140134 a))))))
      (let ((middle (quotient (+ a b) 2)))
        (split a middle
               (lambda (p1 q1 t1)
                 (split middle b
                        (lambda (p2 q2 t2)
                          (receive (* p1 p2) (* q1 q2) (+ (* q2 t1) (* p1 t2))))))))))

(define (square-root n guess)
  (let ((better (quotient (+ guess (quotient n guess)) 2)))
    (if (>= better guess) guess (square-root n better))))

(define (pi-digits digits)
  (let ((one (expt 10 digits)))
    (split 0 (+ 2 (quotient digits 14))
           (lambda (p q t)
             (let ((root (square-root (* 10005 one one) (* 101 one))))
               (quotient (* q 426880 root) t))))))

(benchmark "chudnovsky" 200
           (lambda ()
             (let ((text (number->string (pi-digits 2000))))
               (list (string-length text) (substring text 0 20) (substring text 1980 1995))))
           '(2001 "31415926535897932384" "599581339047802"))
