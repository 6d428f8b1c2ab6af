;; Digits of pi by Machin's formula: long integers multiplied by and divided by short ones, then written in decimal.
;; The arc tangent of 1/x, times `unit`.
(define (arc-tangent x unit)
  (let ((square (* x x)))
    (let loop ((power (quotient unit x)) (n 1) (sign 1) (sum 0))
      (if (= power 0)
          sum
          (loop (quotient power square) (+ n 2) (- sign) (+ sum (* sign (quotient power n))))))))

(define (digits-of-pi n)
  (let* ((guard 10) (unit (expt 10 (+ n guard))))
    (quotient (* 4 (- (* 4 (arc-tangent 5 unit)) (arc-tangent 239 unit)))
              (expt 10 guard))))

;; The first three and n decimals; the last ten of them.
(define (last-digits n)
  (let ((text (number->string (digits-of-pi n))))
    (list (string-length text) (substring text (- (string-length text) 10) (string-length text)))))

(benchmark "pi 1000" 400 (lambda () (last-digits 1000)) '(1001 "2164201989"))
