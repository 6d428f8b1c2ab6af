;; Takeuchi's function on lists as numbers: two lists followed in step, a predicate made of and, or, not.
(define (count-down n)
  (if (= n 0) '() (cons n (count-down (- n 1)))))

(define (shorter? x y)
  (and (not (null? y))
       (or (null? x)
           (shorter? (cdr x) (cdr y)))))

(define (tak x y z)
  (if (not (shorter? y x))
      z
      (tak (tak (cdr x) y z)
           (tak (cdr y) z x)
           (tak (cdr z) x y))))

(define x (count-down 18))
(define y (count-down 12))
(define z (count-down 6))

(benchmark "takl 18 12 6" 350 (lambda () (length (tak x y z))) 7)
