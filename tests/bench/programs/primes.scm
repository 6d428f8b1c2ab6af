;; The sieve on a list: recursion that makes lists, remainders.
(define (interval low high)
  (if (> low high) '() (cons low (interval (+ low 1) high))))

(define (without-multiples n list)
  (cond ((null? list) '())
        ((= 0 (remainder (car list) n)) (without-multiples n (cdr list)))
        (else (cons (car list) (without-multiples n (cdr list))))))

(define (sieve list)
  (if (null? list)
      '()
      (cons (car list) (sieve (without-multiples (car list) (cdr list))))))

(define (count-primes limit) (length (sieve (interval 2 limit))))

(benchmark "primes 5000" 300 (lambda () (count-primes 5000)) 669)
