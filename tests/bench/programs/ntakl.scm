;; As takl, but the predicate is a chain of conditions that a simple compiler does as well as a good one.
(define (count-down n)
  (if (= n 0) '() (cons n (count-down (- n 1)))))

(define (shorter? x y)
  (cond ((null? y) #f)
        ((null? x) #t)
        (else (shorter? (cdr x) (cdr y)))))

(define (tak x y z)
  (if (shorter? y x)
      (tak (tak (cdr x) y z)
           (tak (cdr y) z x)
           (tak (cdr z) x y))
      z))

(define x (count-down 18))
(define y (count-down 12))
(define z (count-down 6))

(benchmark "ntakl 18 12 6" 300 (lambda () (length (tak x y z))) 7)
