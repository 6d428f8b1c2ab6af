;; Integer arithmetic beyond + and *: exact roots, common divisors, powers, products modulo a number, rounding of flonums.
(define (count-squares n)
  (let loop ((i 0) (count 0))
    (if (= i n)
        count
        (loop (+ i 1) (call-with-values (lambda () (exact-integer-sqrt i)) (lambda (root rest) (if (= rest 0) (+ count root) count)))))))

(define (power-mod base e m)
  (let loop ((b base) (e e) (r 1))
    (if (= e 0) r (loop (modulo (* b b) m) (quotient e 2) (if (odd? e) (modulo (* r b) m) r)))))

(define (mixed n)
  (let loop ((i 1) (sum 0))
    (if (= i n)
        sum
        (loop (+ i 1)
              (+ sum (gcd i 360360) (lcm (modulo i 12) 7) (expt (modulo i 10) 5)
                 (exact (floor (sqrt (exact->inexact i)))) (exact (round (* 1.25 i))))))))

(benchmark "roots" 20
           (lambda () (+ (count-squares 200000) (mixed 20000) (power-mod 3 1000000006 1000000007) (power-mod 5 123456789123 1000000000000037)))
           892683465128105)
