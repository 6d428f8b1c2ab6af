;; A list halved by a loop: pairs made and taken apart, no arithmetic.
(define (units n)
  (let loop ((n n) (list '()))
    (if (= n 0) list (loop (- n 1) (cons '() list)))))

(define (halve list)
  (do ((list list (cddr list))
       (half '() (cons (car list) half)))
      ((null? list) half)))

(define units-200 (units 200))

(define (halve-often times)
  (let loop ((i 1))
    (let ((half (halve units-200)))
      (if (= i times) (length half) (loop (+ i 1))))))

(benchmark "diviter" 90 (lambda () (halve-often 10000)) 100)
